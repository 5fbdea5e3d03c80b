"""`dagster-ingest quarantine list|show`: the rows that the audit refused, and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from dagster_ingest.cli.common import (
    JsonOption,
    StateOption,
    TenantOption,
    chosen_tenants,
    console,
    print_json,
)
from dagster_ingest.errors import IngestError
from dagster_ingest.land.quarantine import QuarantinedRow
from dagster_ingest.spec.resolved import TenantSpec

app = typer.Typer(no_args_is_help=True, help="Rows that the audit refused: kept verbatim, with their rules.")

MASK = "***"
TableOption = Annotated[
    str | None, typer.Option("--table", help="Only this raw table, such as wellsky_services.")
]
LimitOption = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many rows for a tenant.")]
AllOption = Annotated[bool, typer.Option("--all", help="Also rows that a later delivery came without.")]
PrivateOption = Annotated[bool, typer.Option("--private", help="Show the values of private columns as well.")]


@app.command("list")
def list_rows(
    tenant: TenantOption = None,
    state: StateOption = None,
    table: TableOption = None,
    limit: LimitOption = 50,
    everything: AllOption = False,
    private: PrivateOption = False,
    as_json: JsonOption = False,
) -> None:
    """Refused rows: file and row, the rules they broke, the value that broke them."""
    found = list(_rows(tenant, state, table, limit, everything))
    if as_json:
        print_json([_plain(spec, row, private) for spec, row in found])
        return
    if not found:
        console.print("No row is in quarantine.")
        return
    console.print(_grid(found, private))


@app.command("show")
def show_row(
    tenant: Annotated[str, typer.Argument(help="Tenant.")],
    table: Annotated[str, typer.Argument(help="Raw table, such as wellsky_services.")],
    row_number: Annotated[int, typer.Argument(help="Row number in its file.")],
    file: Annotated[str | None, typer.Option(help="Only rows of this file (its end is enough).")] = None,
    private: PrivateOption = False,
    as_json: JsonOption = False,
) -> None:
    """One refused row whole: every column as it was delivered."""
    found = [
        (spec, row)
        for spec, row in _rows([tenant], None, table, 1_000_000, True)
        if row.row_number == row_number and (file is None or row.source_uri.endswith(file))
    ]
    if not found:
        raise IngestError(
            f"no row {row_number} of {table} is or was in quarantine",
            where=tenant,
            fix=f"dagster-ingest quarantine list --tenant {tenant} --table {table} --all",
        )
    if as_json:
        print_json([_plain(spec, row, private) for spec, row in found])
        return
    for spec, row in found:
        console.print(
            f"{row.table} {row.state} {row.source_uri} row {row.row_number}", style="bold", markup=False
        )
        console.print(f"load {row.load_id}, {_fate(row)}", markup=False)
        console.print("breaks " + ", ".join(row.rules), style="red", markup=False)
        for name, value in _values(spec, row, private).items():
            console.print(f"  {name}: {value!r}", markup=False, highlight=False, soft_wrap=True)


def _rows(tenants, states, table: str | None, limit: int, everything: bool):
    from dagster_ingest.land.duckdb import DuckDBLanding

    settings, specs = chosen_tenants(tenants)
    for spec in specs:
        landing = DuckDBLanding(settings.warehouse, spec.name)
        for state in states or [None]:
            for row in landing.quarantined(table, state, open_only=not everything, limit=limit):
                yield spec, row


def _grid(found: list[tuple[TenantSpec, QuarantinedRow]], private: bool):
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("tenant", "state", "table", "file", "row", "rule", "value", "first seen"):
        grid.add_column(
            name, overflow="fold", justify="right" if name == "row" else "left", no_wrap=name == "rule"
        )
    for spec, row in found:
        values = _values(spec, row, private)
        for index, rule in enumerate(row.rules):
            place = (spec.name, row.state, row.table, row.source_uri, str(row.row_number))
            value = values.get(rule.partition("|")[0], "")
            first = f"{row.first_seen:%Y-%m-%d %H:%M}"
            grid.add_row(
                *(place if index == 0 else [""] * 5), rule, _short(value), first if index == 0 else ""
            )
    return grid


def _values(spec: TenantSpec, row: QuarantinedRow, private: bool) -> dict[str, Any]:
    """The row's cells; those of private columns masked unless asked for."""
    values: dict[str, Any] = json.loads(row.row)
    if private:
        return values
    contract = next((t.contract for s in spec.sources for t in s.tables if t.raw == row.table), None)
    hidden = {column.field.lower() for column in contract.columns if column.private} if contract else set()
    return {
        name: MASK if value and (name.lower() in hidden or contract is None) else value
        for name, value in values.items()
    }


def _plain(spec: TenantSpec, row: QuarantinedRow, private: bool) -> dict[str, Any]:
    return {"tenant": spec.name, **asdict(row), "row": _values(spec, row, private)}


def _fate(row: QuarantinedRow) -> str:
    if row.resolved_at is not None:
        return f"not refused any more since {row.resolved_at:%Y-%m-%d %H:%M}"
    return "its load was blocked" if row.blocked else "set aside, the rest of its load was committed"


def _short(value: Any) -> str:
    text = "(null)" if value is None else repr(str(value))
    return text if len(text) <= 60 else text[:57] + "..."
