"""`contracts matrix`: every tenant's table with its contract's version, what is newer, and its drift."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.cli.common import JsonOption, TenantOption, chosen_tenants, console, print_json

if TYPE_CHECKING:
    from dagster_ingest.evolution.matrix import Row
    from dagster_ingest.land.profiles import Observed
    from dagster_ingest.settings import Settings
    from dagster_ingest.spec.resolved import TenantSpec

DetailsOption = Annotated[
    bool, typer.Option("--details", help="Also each patch, upgrade and deviation in words.")
]


def matrix(tenant: TenantOption = None, details: DetailsOption = False, as_json: JsonOption = False) -> None:
    """Show who is on which version of a contract, what an upgrade would change, and the drift last seen."""
    from dagster_ingest.evolution.matrix import as_dicts
    from dagster_ingest.evolution.matrix import matrix as rows_of
    from dagster_ingest.spec.catalog import Catalog

    settings, specs = chosen_tenants(tenant)
    catalog = Catalog.of(settings.root)
    rows = rows_of(specs, catalog, lambda spec: _last_loads(settings, spec))
    if as_json:
        print_json(list(as_dicts(rows, catalog.shown)))
        return
    console.print(_grid(rows))
    if details:
        _print_details(rows, catalog)


def _last_loads(settings: Settings, spec: TenantSpec) -> Iterable[Observed]:
    from dagster_ingest.land.warehouse import landing_of

    return landing_of(settings, spec).drift()


def _grid(rows: list[Row]):
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("tenant", "table", "version", "major", "newest", "patch", "drift last seen", "upgrade"):
        grid.add_column(name, overflow="fold", no_wrap=name in ("tenant", "major"))
    previous = None
    for row in rows:
        grid.add_row(
            row.tenant if row.tenant != previous else "",
            row.raw,
            _version(row),
            _major(row),
            _newest(row),
            f"{len(row.patched)} changed" if row.patch else "",
            _drift(row),
            _upgrade(row),
        )
        previous = row.tenant
    return grid


def _version(row: Row) -> str:
    """In force by the tenant file; where the data was audited by another, that one as well."""
    loaded = sorted({d.contract_version for d in row.drift} - {row.version})
    own = " (own)" if row.origin == "own" else ""
    return f"{row.version}{own}" + (f", loaded by {', '.join(loaded)}" if loaded else "")


def _major(row: Row) -> str:
    return "-" if row.major is None else f"{row.major} pinned" if row.pinned else str(row.major)


def _newest(row: Row) -> str:
    """The newest version of the major, and of the newest major where that is another."""
    if row.newest is None:
        return "-"
    return row.newest if row.of_major in (None, row.newest) else f"{row.of_major}, {row.newest}"


def _drift(row: Row) -> str:
    """`3 in AL, 2026-03-02`: deviations of the newest loads, warnings in red."""
    if not row.drift:
        return "[dim]not loaded yet[/dim]"
    day = max(d.seen_at for d in row.drift).date().isoformat()
    drifted = [d for d in row.drift if d.deviations]
    if not drifted:
        return f"[dim]none, {day}[/dim]"
    warned = any(deviation.severity == "warn" for d in drifted for deviation in d.deviations)
    text = ", ".join(f"{len(d.deviations)} in {d.state}" for d in drifted) + f", {day}"
    return f"[yellow]{text}[/yellow]" if warned else text


def _upgrade(row: Row) -> str:
    if row.current:
        return ""
    counts = ", ".join(f"{number} {name}" for name, number in row.counts().items() if number)
    text = f"to {row.newest}: {counts or 'no change'}"
    return f"[red]{text}[/red]" if row.counts()["breaking"] else text


def _print_details(rows: list[Row], catalog) -> None:
    for row in rows:
        lines = [
            *(("patch", text) for text in row.patched),
            *((change.effect.overall, change.words) for change in row.upgrade),
            *(
                (f"{deviation.severity} {drifted.state}", f"{deviation.column or 'rows'}: {deviation.seen}")
                for drifted in row.drift
                for deviation in drifted.deviations
            ),
        ]
        if not lines:
            continue
        place = f"  {catalog.shown(row.patch)}" if row.patch else ""
        console.print(f"\n{row.tenant}/{row.raw} {row.version}{place}", style="bold", markup=False)
        for what, text in lines:
            console.print(f"  {what:<12} {text}", markup=False, highlight=False, soft_wrap=True)
