"""Rows of a tenant's file: as Arrow, and as a digest that no order can change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_ingest.errors import LandError
from dagster_ingest.naming import SYSTEM_COLUMNS, quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from dagster_ingest.land.store import Store


def read(store: Store, layer: str, table: str, state: str | None, columns: Sequence[str] | None) -> pa.Table:
    """See DuckDBLanding.read."""
    with store.reading() as cursor:
        open_cursor, there = _columns(store, cursor, layer, table)
        names = columns or [c for c, _ in there if layer == "raw" or c[0] != "_"]
        listed = ", ".join(quoted(name) for name in names)
        where, values = ("", []) if state is None else (" where _state = ?", [state])
        query = f"select {listed} from {quoted(layer)}.{quoted(table)}{where}"
        return open_cursor.sql(query, params=values).to_arrow_table()


def content_versions(
    store: Store, names: Sequence[tuple[str, str]], state: str, exclude: Sequence[str] = ()
) -> dict[tuple[str, str], tuple[str, int]]:
    """See DuckDBLanding.content_versions."""
    left_out = {*SYSTEM_COLUMNS, *exclude}
    found: dict[tuple[str, str], tuple[str, int]] = {}
    if not names:
        return found
    with store.reading() as cursor:
        for layer, table in names:
            open_cursor, columns = _columns(store, cursor, layer, table)
            counted = sorted(c for c in columns if c[0] not in left_out)
            found[layer, table] = digest(open_cursor, layer, table, state, counted)
    return found


def digest(
    cursor: duckdb.DuckDBPyConnection, layer: str, table: str, state: str, columns: list[tuple[str, str]]
) -> tuple[str, int]:
    """Digest of these columns (name, type; sorted) of a state's rows, and the rows' count."""
    import duckdb

    rows, *sums = _hashed(cursor, layer, table, state, [name for name, _ in columns])
    text = json.dumps([duckdb.__version__, columns, rows, *sums])
    return hashlib.sha256(text.encode()).hexdigest()[:32], rows


def _columns(
    store: Store, cursor: duckdb.DuckDBPyConnection | None, layer: str, table: str
) -> tuple[duckdb.DuckDBPyConnection, list[tuple[str, str]]]:
    """The cursor, and names and types of the table's columns. LandError where it is not there."""
    query = (
        "select column_name, data_type from duckdb_columns() where database_name = current_database()"
        " and schema_name = ? and table_name = ? order by column_index"
    )
    found = cursor.execute(query, [layer, table]).fetchall() if cursor is not None else []
    if cursor is None or not found:
        raise LandError(
            f"there is no table {layer}.{table}",
            where=str(store.path),
            not_done="nothing was read",
            fix="run the step that makes it",
        )
    return cursor, found


def _hashed(
    cursor: duckdb.DuckDBPyConnection, layer: str, table: str, state: str, columns: Sequence[str]
) -> tuple[int, str, str]:
    """Rows of a state, and two sums over the hashes of `columns` that no order can change."""
    listed = ", ".join(quoted(name) for name in columns) or "0"
    query = (
        "select count(*), coalesce(sum(h), 0)::varchar, coalesce(bit_xor(h), 0)::varchar from"
        f" (select hash({listed}) as h from {quoted(layer)}.{quoted(table)} where _state = ?)"
    )
    [row] = cursor.execute(query, [state]).fetchall()
    return row
