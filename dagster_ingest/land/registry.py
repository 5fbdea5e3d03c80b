"""What each partition holds now: the table `_ingest.partitions`, one row for (layer, table, state)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from dagster_ingest.land.base import PartitionVersion

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    import duckdb

SETUP = """
create schema if not exists _ingest;
create schema if not exists raw;
create schema if not exists quarantine;
create table if not exists _ingest.partitions (
    layer varchar not null,
    "table" varchar not null,
    state varchar not null,
    load_id varchar not null,
    data_version varchar not null,
    inputs varchar not null,
    rows bigint not null,
    bytes bigint not null,
    files varchar[] not null,
    committed_at varchar not null,
    superseded varchar[] not null default [],
    fingerprint varchar not null default '',
    cursor varchar not null default '',
    primary key (layer, "table", state)
);
alter table _ingest.partitions add column if not exists fingerprint varchar default '';
alter table _ingest.partitions add column if not exists cursor varchar default '';
"""

_COLUMNS = (
    'layer, "table", state, load_id, data_version, inputs, rows, bytes, committed_at, fingerprint, cursor'
)
_LATER = ("fingerprint", "cursor")  # columns that files of older versions lack until they are written

Key = tuple[str, str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A partition's version and its parts, paths below the tenant's raw folder.

    superseded  parts of the version before, kept a while for queries that still read them
    """

    version: PartitionVersion
    files: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()


def load(cursor: duckdb.DuckDBPyConnection) -> dict[Key, Entry]:
    """All partitions of the file."""
    there = columns_of(cursor, "partitions")
    names = ["''" if name in _LATER and name not in there else name for name in _COLUMNS.split(", ")]
    rows = cursor.execute(f"select {', '.join(names)}, files, superseded from _ingest.partitions").fetchall()
    entries = (Entry(PartitionVersion(*row[:-2]), tuple(row[-2]), tuple(row[-1])) for row in rows)
    return {(e.version.layer, e.version.table, e.version.state): e for e in entries}


def columns_of(cursor: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """Names of the columns that a table of `_ingest` has in this file."""
    rows = cursor.execute(
        "select column_name from duckdb_columns() where database_name = current_database()"
        " and schema_name = '_ingest' and table_name = ?",
        [table],
    ).fetchall()
    return {name for (name,) in rows}


def has(cursor: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether `_ingest` has a table. A file of an older version lacks some until it is next written."""
    query = (
        "select 1 from duckdb_tables() where database_name = current_database()"
        " and schema_name = '_ingest' and table_name = ?"
    )
    return bool(cursor.execute(query, [table]).fetchall())


def is_current(cursor: duckdb.DuckDBPyConnection) -> bool:
    """False for a file that was written by an older version only, until it is next written."""
    return has(cursor, "reviews")


def remove(cursor: duckdb.DuckDBPyConnection, key: Key) -> None:
    cursor.execute('delete from _ingest.partitions where layer = ? and "table" = ? and state = ?', list(key))


def put(cursor: duckdb.DuckDBPyConnection, entries: Iterable[Entry], known: Container[Key]) -> None:
    """Insert or replace partitions. The caller's transaction decides whether it happened.

    known  keys that the table holds, as `load` gave them under this very lock
    """
    for entry in entries:
        v = entry.version
        if (v.layer, v.table, v.state) in known:
            remove(cursor, (v.layer, v.table, v.state))
        cursor.execute(
            f"insert into _ingest.partitions ({_COLUMNS}, files, superseded)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [*dataclasses.astuple(v), list(entry.files), list(entry.superseded)],
        )
