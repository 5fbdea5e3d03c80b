"""`dagster-ingest quarantine list|show`: the rows that the audit refused, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_ingest.cli.common import (
    JsonOption,
    StateOption,
    TableArgument,
    TenantArgument,
    TenantOption,
    chosen_tenants,
    console,
    print_json,
)
from dagster_ingest.cli.quarantine.common import (
    AllOption,
    PrivateOption,
    RuleOption,
    TableOption,
    cells,
    contract_of,
    fate,
)
from dagster_ingest.errors import IngestError

if TYPE_CHECKING:
    from dagster_ingest.land.quarantine import QuarantinedRow
    from dagster_ingest.land.refused import RuleSet
    from dagster_ingest.spec.contract import Contract
    from dagster_ingest.spec.resolved import TenantSpec

LimitOption = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many rows for a tenant.")]


def list_rows(
    tenant: TenantOption = None,
    state: StateOption = None,
    table: TableOption = None,
    rule: RuleOption = None,
    limit: LimitOption = 50,
    summary: Annotated[
        bool, typer.Option("--summary", help="Counts by the set of rules that rows broke together.")
    ] = False,
    everything: AllOption = False,
    private: PrivateOption = False,
    as_json: JsonOption = False,
) -> None:
    """Refused rows: file and row, the rules they broke, the value that broke them."""
    if summary:
        _summary(tenant, state, table, rule, everything, as_json)
        return
    found = list(_rows(tenant, state, table, limit, everything, rule))
    if as_json:
        print_json([_plain(spec, row, private) for spec, row in found])
    elif not found:
        console.print("No row is in quarantine.")
    else:
        console.print(_grid(found, private))


def show_row(
    tenant: TenantArgument,
    table: TableArgument,
    row_number: Annotated[int, typer.Argument(help="Row number in its file.")],
    state: StateOption = None,
    file: Annotated[str | None, typer.Option(help="Only rows of this file (its end is enough).")] = None,
    private: PrivateOption = False,
    as_json: JsonOption = False,
) -> None:
    """One refused row whole: what it breaks, where the contract says so, every column as it came."""
    found = [
        (spec, row)
        for spec, row in _rows([tenant], state, table, 1_000_000, True, None)
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
        _show(spec, row, private)


def _show(spec: TenantSpec, row: QuarantinedRow, private: bool) -> None:
    contract = contract_of(spec, row.table)
    values = cells(contract, row, private)
    places = rule_places(contract)
    console.print(
        f"{row.table} {row.state} {row.source_uri} row {row.row_number}", style="bold", markup=False
    )
    seen = f"first seen {row.first_seen:%Y-%m-%d %H:%M}, last {row.last_seen:%Y-%m-%d %H:%M}"
    console.print(f"load {row.load_id}, {fate(row)}; {seen}", markup=False, highlight=False)
    for rule in row.rules:
        value = values.get(rule.partition("|")[0])
        told = "" if rule.partition("|")[0] not in values else f"  value {value!r}"
        place = places.get(rule, "not in the present contract")
        console.print(f"breaks {rule}  ({place}){told}", style="red", markup=False, soft_wrap=True)
    for name, value in values.items():
        console.print(f"  {name}: {value!r}", markup=False, highlight=False, soft_wrap=True)


def rule_places(contract: Contract | None) -> dict[str, str]:
    """Rule id to `file:line` of the contract, or of the patch that brought the rule."""
    if contract is None:
        return {}
    from dagster_ingest.spec.patch import rule_positions

    found = rule_positions(contract)
    known = {rule: f"{_relative(Path(file))}:{line}" for rule, (file, line) in found.items()}
    return {rule.id: known.get(rule.id, _relative(Path(contract.file))) for rule in contract.rules}


def _relative(file: Path) -> str:
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


def _summary(tenants, states, table: str | None, rule: str | None, everything: bool, as_json: bool) -> None:
    found = [
        (spec, counted)
        for spec, landing in _landings(tenants)
        for state in states or [None]
        for counted in landing.quarantine.summary(table, state, open_only=not everything)
        if rule is None or rule in counted.rules
    ]
    if as_json:
        print_json([{"tenant": spec.name, **asdict(counted)} for spec, counted in found])
    elif not found:
        console.print("No row is in quarantine.")
    else:
        console.print(_counts(found))


def _counts(found: list[tuple[TenantSpec, RuleSet]]):
    """Sets of rules with their counts; above them, for each table and state, every rule's own count."""
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("tenant", "table", "state", "rows", "dismissed", "rules broken together", "last seen"):
        right = name in ("rows", "dismissed")
        grid.add_column(name, overflow="fold", justify="right" if right else "left")
    before: tuple[str, str, str] | None = None
    for spec, counted in found:
        place = (spec.name, counted.table, counted.state)
        if place != before:
            same = [c for s, c in found if (s.name, c.table, c.state) == place]
            rules = sorted({rule for c in same for rule in c.rules})
            each = {rule: sum(c.rows for c in same if rule in c.rules) for rule in rules}
            told = ", ".join(f"{r} {n}" for r, n in sorted(each.items(), key=lambda i: (-i[1], i[0])))
            total, dismissed = sum(c.rows for c in same), sum(c.dismissed for c in same)
            grid.add_row(
                *place, str(total), str(dismissed), told, f"{max(c.last_seen for c in same):%F %H:%M}"
            )
            before = place
        last = f"{counted.last_seen:%Y-%m-%d %H:%M}"
        grid.add_row(
            "", "", "", str(counted.rows), str(counted.dismissed), f"  {' + '.join(counted.rules)}", last
        )
    return grid


def _landings(tenants) -> Iterator[tuple[TenantSpec, Any]]:
    from dagster_ingest.land.warehouse import landing_of

    settings, specs = chosen_tenants(tenants)
    for spec in specs:
        yield spec, landing_of(settings, spec)


def _rows(tenants, states, table: str | None, limit: int, everything: bool, rule: str | None):
    for spec, landing in _landings(tenants):
        for state in states or [None]:
            for row in landing.quarantine.rows(
                table, state, open_only=not everything, limit=limit, rule=rule
            ):
                yield spec, row


def _grid(found: list[tuple[TenantSpec, QuarantinedRow]], private: bool):
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("tenant", "state", "table", "file", "row", "rule", "value", "first seen", "last seen"):
        grid.add_column(
            name, overflow="fold", justify="right" if name == "row" else "left", no_wrap=name == "rule"
        )
    for spec, row in found:
        values = cells(contract_of(spec, row.table), row, private)
        seen = (f"{row.first_seen:%Y-%m-%d %H:%M}", f"{row.last_seen:%Y-%m-%d %H:%M}")
        for index, rule in enumerate(row.rules):
            place = (spec.name, row.state, row.table, row.source_uri, str(row.row_number))
            value = values.get(rule.partition("|")[0], "")
            head, tail = (place, seen) if index == 0 else ([""] * 5, [""] * 2)
            grid.add_row(*head, rule, _short(value), *tail)
    return grid


def _plain(spec: TenantSpec, row: QuarantinedRow, private: bool) -> dict[str, Any]:
    contract = contract_of(spec, row.table)
    places = rule_places(contract)
    where = {rule: places.get(rule) for rule in row.rules}
    values = cells(contract, row, private)
    return {"tenant": spec.name, **asdict(row), "row": values, "fate": fate(row), "places": where}


def _short(value: Any) -> str:
    text = "(null)" if value is None else repr(str(value))
    return text if len(text) <= 60 else text[:57] + "..."
