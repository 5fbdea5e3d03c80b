"""Rows out of Snowflake: as Arrow, as a part again, and as a digest that no order can change."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest.errors import LandError
from dagster_ingest.land import parts
from dagster_ingest.land.snowflake import arrow, digest, registry, shape
from dagster_ingest.land.snowflake import statements as sql
from dagster_ingest.land.snowflake.names import Names, identifier, text
from dagster_ingest.land.snowflake.registry import Entry
from dagster_ingest.land.snowflake.sessions import Session
from dagster_ingest.naming import SYSTEM_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

NOT_READ = "nothing was read"
TOGETHER = 20  # tables whose digests one statement asks for


def read(
    session: Session, names: Names, layer: str, table: str, state: str | None, columns: Sequence[str] | None
) -> pa.Table:
    """See DuckDBLanding.read."""
    there = list(_existing(session, names, [(layer, table)])[layer, table])
    if columns is None:
        columns = _spelled(session, names, table, there) if layer == "raw" else _models(there)
    statement = sql.select(names, layer, table, columns, state)
    return arrow.table(session.batches(statement, NOT_READ), columns)


def fetch(session: Session, names: Names, entry: Entry, into: Path) -> None:
    """Write a load's rows as the part that they came from. LandError where they are not the same."""
    import polars as pl

    # A name of its own until it is whole: a fetch that was killed must not be in the way of the next.
    writer = parts.PartWriter(into.parent, f"{into.stem}-{secrets.token_hex(4)}", entry.columns)
    try:
        writer.said = entry.delivery or None
        statement = sql.select_kept(names, entry.relation, entry.columns)
        for batch in arrow.tables(session.batches(statement, "nothing was fetched"), entry.columns):
            frame = pl.DataFrame(batch)
            writer.write(frame)
        writer.close()
        found = digest.of_part(writer.staging, entry.columns).short()
        if found != entry.digest:
            raise LandError(
                f"the rows of load {entry.version.load_id} are not those that were published:"
                f" {found} instead of {entry.digest}",
                where=f"{entry.version.table} {entry.version.state}",
                not_done="nothing was fetched",
                fix=f"see who changed {entry.relation}; another load can be fetched",
            )
        writer.publish()
        os.replace(writer.final, into)
        parts.sync_folder(into.parent)
    finally:
        writer.discard()


def content_versions(
    session: Session, names: Names, tables: Sequence[tuple[str, str]], state: str, exclude: Sequence[str]
) -> dict[tuple[str, str], tuple[str, int]]:
    """See DuckDBLanding.content_versions."""
    left_out = {name.upper() for name in (*SYSTEM_COLUMNS, *exclude)}
    there = _existing(session, names, tables)
    counted = {
        table: sorted((name, kind) for name, kind in columns.items() if name not in left_out)
        for table, columns in there.items()
    }
    found: dict[tuple[str, str], tuple[str, int]] = {}
    wanted = list(dict.fromkeys(tables))
    for start in range(0, len(wanted), TOGETHER):
        some = wanted[start : start + TOGETHER]
        queries = [
            _content(names, number, table, state, [name for name, _ in counted[table]])
            for number, table in enumerate(some)
        ]
        for number, rows, *sums in session.rows(" UNION ALL ".join(queries), NOT_READ):
            said = json.dumps(["md5", counted[some[number]], rows, *sums])
            found[some[number]] = hashlib.sha256(said.encode()).hexdigest()[:32], int(rows)
    return found


def _content(names: Names, number: int, table: tuple[str, str], state: str, columns: list[str]) -> str:
    cells = [digest.bounded(f"CAST({identifier(name)} AS VARCHAR)") for name in columns]
    return (
        f"SELECT {number}, COUNT(*), {digest.hash_sum('R')}, {digest.hash_sum('R', 'UPPER')}"
        f" FROM (SELECT {digest.joined(cells, 'CHR')} AS R FROM {names.relation(*table)}"
        f" WHERE {identifier('_state')} = {text(state)})"
    )


def _existing(session: Session, names: Names, tables: Iterable[tuple[str, str]]) -> shape.Columns:
    """Columns of the tables. LandError where one is not there."""
    wanted = list(tables)
    found = shape.columns(session, names, wanted)
    for layer, table in wanted:
        if (layer, table) not in found:
            raise LandError(
                f"there is no table {layer}.{table}",
                where=names.schema(layer),
                not_done=NOT_READ,
                fix="run the step that makes it",
            )
    return found


def _spelled(session: Session, names: Names, table: str, there: Sequence[str]) -> list[str]:
    """Columns of a raw table as its sources spell them, those of the latest load first."""
    where = sql.matching(("LAYER", "TABLE_NAME"), [("raw", table)])
    entries = registry.entries(session, names, "PARTITIONS", where)
    spelled: dict[str, str] = {}
    for entry in sorted(entries, key=lambda e: e.version.committed_at, reverse=True):
        for name in entry.columns:
            spelled.setdefault(name.upper(), name)
    known = [name for upper, name in spelled.items() if upper in there and name not in SYSTEM_COLUMNS]
    return [*known, *SYSTEM_COLUMNS]


def _models(there: Sequence[str]) -> list[str]:
    """Columns of a model that are not the platform's."""
    return [name.lower() for name in there if not name.startswith("_")]
