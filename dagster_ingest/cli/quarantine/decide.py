"""`dagster-ingest quarantine dismiss|purge`: what nobody needs to look at, or to keep, any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from dagster_ingest import clock
from dagster_ingest.cli.common import (
    StateOption,
    TableArgument,
    TenantArgument,
    console,
    one_table,
    one_tenant,
)
from dagster_ingest.cli.quarantine.common import TableOption, every
from dagster_ingest.errors import IngestError, SpecError


def dismiss(
    tenant: TenantArgument,
    table: TableArgument,
    state: Annotated[str, typer.Option("--state", "-s", help="State, two letters.")],
    by: Annotated[str, typer.Option("--by", help="Who decides.")],
    note: Annotated[str, typer.Option("--note", help="Why; kept with the row.")],
    row: Annotated[int | None, typer.Option("--row", help="Row number in its file.")] = None,
    file: Annotated[str | None, typer.Option(help="Only rows of this file (its end is enough).")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Rows that broke this rule.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All rows of the table and state.")] = False,
) -> None:
    """Say that rows need nobody's attention: they are not listed and not replayed any more.

    It is no way round the contract: refused again, they count in the verdict as before. A row stays
    dismissed when it comes again, in its place or with the same content in a later file.
    """
    if sum((row is not None, rule is not None, everything)) != 1:
        raise SpecError(
            "it is not said which rows", not_done="nothing was dismissed", fix="one of --row, --rule, --all"
        )
    if not by.strip() or not note.strip():
        raise SpecError(
            "a dismissal needs a name and a reason", not_done="nothing was dismissed", fix="--by, --note"
        )
    _, spec, landing = one_tenant(tenant, [state])
    one_table(spec, table)
    count = landing.quarantine.dismiss(
        table, state, by=by.strip(), note=note.strip(), row=row, file=file, rule=rule
    )
    if not count:
        raise IngestError(
            "no open row of the quarantine is meant",
            where=f"{tenant} {table} {state}",
            not_done="nothing was dismissed",
            fix=f"dagster-ingest quarantine list --tenant {tenant} --table {table} --state {state}",
        )
    console.print(
        f"dismissed {count:,} row{'s' if count != 1 else ''} of {table} {state}; refused again, "
        "they still count in the verdict",
        markup=False,
        highlight=False,
    )


def purge(
    tenant: TenantArgument,
    older_than: Annotated[str, typer.Option("--older-than", help="Resolved longer ago than this: 90d, 36h.")],
    table: TableOption = None,
    state: StateOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Delete rows that were resolved long ago. Open and dismissed rows stay: they are evidence."""
    _, spec, landing = one_tenant(tenant, state)
    if table is not None:
        one_table(spec, table)
    before = clock.utc() - timedelta(minutes=_minutes(older_than))
    total = 0
    for of in every(state):
        for name, count in landing.quarantine.purge(
            before, [table] if table else None, of, dry=dry_run
        ).items():
            total += count
            console.print(f"{name}{f' {of}' if of else ''}: {count:,} rows", markup=False, highlight=False)
    verb = "would be deleted" if dry_run else "deleted"
    console.print(f"{total:,} rows resolved before {before:%Y-%m-%d %H:%M} {verb}", markup=False)


def _minutes(text: str) -> int:
    import re

    from dagster_ingest.spec.texts import DURATION, minutes

    if not re.fullmatch(DURATION, text):
        raise SpecError(
            f"{text!r} is no duration", not_done="nothing was deleted", fix="--older-than 90d, 36h or 90m"
        )
    return minutes(text)
