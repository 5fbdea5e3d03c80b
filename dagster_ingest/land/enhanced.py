"""Enhanced partitions: rows that the platform itself made from stage, in the tenant's file.

They stay in the file whatever warehouse holds the other layers: they are few, made by this process,
and can be made again. The rows and their version change in one transaction.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_ingest.land import reading, registry
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.land.registry import Entry
from dagster_ingest.naming import quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from dagster_ingest.land.catalog import Change

LAYER = "enhanced"
_STATE = "_state"


def replace(
    change: Change, rows: pa.Table, version: PartitionVersion, volatile: Sequence[str]
) -> PartitionVersion:
    """The version as it was recorded: with the digest and the count of the rows.

    volatile  columns that differ between two runs over the same input; no part of the digest
    """
    table, cursor = quoted(version.table), change.cursor
    cursor.register("incoming", rows)
    try:
        cursor.execute(f"create schema if not exists {LAYER}")
        cursor.execute(
            f"create table if not exists {LAYER}.{table} as"
            f" select ''::varchar as {_STATE}, * from incoming limit 0"
        )
        have = {name for name, _ in _columns(cursor, version.table)}
        for name, kind, *_ in cursor.execute("describe select * from incoming").fetchall():
            if name not in have:
                cursor.execute(f"alter table {LAYER}.{table} add column {quoted(name)} {kind}")
        cursor.execute(f"delete from {LAYER}.{table} where {_STATE} = ?", [version.state])
        cursor.execute(
            f"insert into {LAYER}.{table} by name select ? as {_STATE}, * from incoming", [version.state]
        )
    finally:
        cursor.unregister("incoming")
    counted = sorted(c for c in _columns(cursor, version.table) if c[0] not in {_STATE, *volatile})
    data_version, count = reading.digest(cursor, LAYER, version.table, version.state, counted)
    made = dataclasses.replace(version, layer=LAYER, data_version=data_version, rows=count)
    change.put(Entry(made))
    return made


def drop(change: Change, table: str, state: str) -> None:
    """The state has no such partition any more."""
    change.cursor.execute(f"delete from {LAYER}.{quoted(table)} where {_STATE} = ?", [state])
    registry.remove(change.cursor, (LAYER, table, state))
    del change.known.entries[LAYER, table, state]


def _columns(cursor: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return cursor.execute(
        "select column_name, data_type from duckdb_columns() where database_name = current_database()"
        " and schema_name = ? and table_name = ?",
        [LAYER, table],
    ).fetchall()
