"""`dagster-ingest rollback`: a partition's last good state, made the present one again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from dagster_ingest.cli.common import (
    JsonOption,
    TableArgument,
    TenantArgument,
    console,
    one_table,
    one_tenant,
    print_json,
)
from dagster_ingest.errors import SpecError
from dagster_ingest.land.tags import tagged

if TYPE_CHECKING:
    from dagster_ingest.land.history import Past


def rollback(
    tenant: TenantArgument,
    table: TableArgument,
    state: Annotated[str, typer.Option("--state", "-s", help="State, two letters.")],
    to: Annotated[
        str | None, typer.Option("--to", help="The load to go back to. Left out: shows what there is.")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who rolls back.")] = "",
    note: Annotated[str, typer.Option("--note", help="Why; kept with the history.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Bring a raw partition back to an earlier load; without --to, list the loads that are kept.

    What the source delivers now is not taken again until it delivers something else.
    """
    settings, spec, landing = one_tenant(tenant, [state])
    one_table(spec, table, not_done="nothing was rolled back")
    if to is None:
        _show(landing.history(table, state), as_json, f"{tenant} {table} {state}")
        return
    if not by:
        fix = "say who rolls back: --by NAME"
        raise SpecError("nobody is named who rolls back", not_done="nothing was rolled back", fix=fix)
    with tagged(tenant=tenant, state=state, layer="raw", table=table):
        version = landing.rollback(table, state, to, by=by, note=note)
    from dagster_ingest.assets.past import report_by_hand

    words = f"rolled back to load {version.load_id} by {by}" + (f": {note}" if note else "")
    told = {"status": "rolled_back", "load_id": version.load_id, "data_version": version.data_version,
            "rows": version.rows, "by": by, "note": note}  # fmt: skip
    report_by_hand(settings, tenant, "raw", table, state, words, told)
    if as_json:
        print_json(dataclasses.asdict(version))
        return
    console.print(
        f"{table} in {state} holds the {version.rows:,} rows of load {version.load_id} again.\n"
        f"dagster-ingest run --tenant {tenant} --state {state}   # brings the layers after it there, too",
        markup=False,
        highlight=False,
    )


def _show(history: list[Past], as_json: bool, place: str) -> None:
    if as_json:
        print_json([{**dataclasses.asdict(p.version), "ended_at": p.ended_at, "why": p.why} for p in history])
        return
    if not history:
        console.print(f"{place} never held anything.", markup=False)
        return
    grid = Table("load", "rows", "committed", "ended", "why")
    for past in history:
        committed = past.version.committed_at[:19].replace("T", " ")
        ended = past.ended_at[:19].replace("T", " ") or "present"
        grid.add_row(past.version.load_id, f"{past.version.rows:,}", committed, ended, past.why)
    console.print(grid)
