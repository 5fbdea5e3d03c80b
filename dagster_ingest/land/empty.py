"""A DuckDB file with the raw tables of a tenant and no rows: what SQL is compiled against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dagster_ingest.naming import SYSTEM_COLUMNS, quoted

_TYPES = {"_row_number": "bigint", "_row_hash": "ubigint", "_loaded_at": "timestamp"}


def empty_tables(path: Path, tables: Mapping[str, Sequence[str]]) -> None:
    """Write `path` anew: `raw.<name>` for each table, its columns as text, then the load's own."""
    import duckdb

    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw")
        for name, columns in tables.items():
            typed = [f"{quoted(c)} {_TYPES.get(c, 'varchar')}" for c in (*columns, *SYSTEM_COLUMNS)]
            connection.execute(f"create table raw.{quoted(name)} ({', '.join(typed)})")
