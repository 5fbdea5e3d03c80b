"""`dagster-ingest quarantine export`: refused rows as a file to hand to whoever can mend them.

CSV is guarded against formulas: a cell that a spreadsheet might run (it begins with = + - @, a tab or
a line break, or such a sign after blanks) or that begins with an apostrophe gets an apostrophe in
front. Taking that one away gives the cell as it was. JSON lines and parquet are verbatim.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.cli.common import StateOption, TenantArgument, console, one_table, one_tenant
from dagster_ingest.cli.quarantine.common import (
    AllOption,
    PrivateOption,
    RuleOption,
    TableOption,
    cells,
    contract_of,
    every,
)
from dagster_ingest.errors import IngestError, SpecError

if TYPE_CHECKING:
    import polars as pl

    from dagster_ingest.land.quarantine import QuarantinedRow

FORMATS = (".csv", ".jsonl", ".parquet")
FORMULA = r"^[\s]*[=+\-@＝＋－＠]|^[\t\r\n']"
LARGEST = 10_000_000


def export(
    tenant: TenantArgument,
    out: Annotated[Path, typer.Option("--out", help=f"File to write: {', '.join(FORMATS)}.")],
    table: TableOption = None,
    state: StateOption = None,
    rule: RuleOption = None,
    everything: AllOption = False,
    private: PrivateOption = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Refused rows: every column as it was delivered, with the rules, file, row number, load and dates.

    Private columns are masked unless --private. In CSV a cell that a spreadsheet might take for a
    formula begins with an apostrophe.
    """
    if out.suffix.lower() not in FORMATS:
        raise SpecError(
            f"{out.name!r} has no known format", not_done="nothing was written", fix=f"end it in {FORMATS}"
        )
    if out.exists() and not force:
        raise _there(out)
    _, spec, landing = one_tenant(tenant, state)
    if table is not None:
        one_table(spec, table)
    found = [
        row
        for of in every(state)
        for row in landing.quarantine.rows(table, of, open_only=not everything, limit=LARGEST, rule=rule)
    ]
    if not found:
        raise IngestError("no row of the quarantine is meant", where=tenant, not_done="nothing was written")
    frame = _frame(tenant, found, [cells(contract_of(spec, row.table), row, private) for row in found])
    _write(frame, out, force)
    masked = "" if private else "; private columns are masked"
    console.print(f"{len(found):,} rows to {out}{masked}", markup=False, highlight=False)


def _frame(tenant: str, found: list[QuarantinedRow], values: list[dict]) -> pl.DataFrame:
    import polars as pl

    names = list(dict.fromkeys(name for row in values for name in row))
    own = {name: [row.get(name) for row in values] for name in names}
    about = {
        "_tenant": [tenant] * len(found),
        "_table": [row.table for row in found],
        "_state": [row.state for row in found],
        "_rules": [list(row.rules) for row in found],
        "_source_uri": [row.source_uri for row in found],
        "_row_number": [row.row_number for row in found],
        "_load_id": [row.load_id for row in found],
        "_first_seen": [row.first_seen for row in found],
        "_last_seen": [row.last_seen for row in found],
        "_dismissed_by": [row.dismissed_by for row in found],
        "_dismissed_note": [row.dismissed_note for row in found],
        "_resolution": [row.resolution for row in found],
    }
    texts = ("_dismissed_by", "_dismissed_note", "_resolution")
    schema = {
        **dict.fromkeys(own, pl.String),
        **dict.fromkeys(about),
        **dict.fromkeys(texts, pl.String),
    }
    return pl.DataFrame({**own, **about}, schema=schema)


def guarded(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts as CSV may hold them: see the module."""
    import polars as pl

    flat = frame.with_columns(pl.col(pl.List(pl.String)).list.join(" + "))
    text = pl.col(pl.String)
    return flat.with_columns(pl.when(text.str.contains(FORMULA)).then("'" + text).otherwise(text).name.keep())


def _write(frame: pl.DataFrame, out: Path, force: bool) -> None:
    """Whole or not at all, readable for its owner alone; nothing is overwritten unasked."""
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            if out.suffix.lower() == ".csv":
                guarded(frame).write_csv(file)
            elif out.suffix.lower() == ".jsonl":
                frame.write_ndjson(file)
            else:
                frame.write_parquet(file)
        if force:
            os.replace(name, out)
        else:
            try:
                os.link(name, out)
            except FileExistsError:
                raise _there(out) from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _there(out: Path) -> IngestError:
    return IngestError(f"{out} is there already", not_done="nothing was written", fix="--force overwrites it")
