"""Rejected rows, kept verbatim with their rules: one table per raw table in the schema `quarantine`.

A row is the same row when its source, record number and content agree. Seen again, it is brought up
to date and not doubled. When a later load of its state commits without it, it is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dagster_ingest.land.parts import create_locked
from dagster_ingest.naming import SYSTEM_COLUMNS, literal, quoted

if TYPE_CHECKING:
    import duckdb
    import polars as pl

RULES = "_rules"
SPOOL_ROWS = 20_000
ORIGIN = ("_source_uri", "_row_number", "_row_hash")
_SAME = " and ".join(f"q.{c} is not distinct from n.{c}" for c in ORIGIN)


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One rejected row. `row` is its JSON text; `resolved_at` is set when a later load came without it."""

    table: str
    state: str
    load_id: str
    rules: tuple[str, ...]
    source_uri: str
    row_number: int
    row: str
    first_seen: datetime
    last_seen: datetime
    blocked: bool
    resolved_at: datetime | None


class Spool:
    """Rejected rows of one load, in files beside the part until the load ends."""

    def __init__(self, folder: Path, load_id: str) -> None:
        self._folder, self._load_id = folder, load_id
        self._held: list[pl.DataFrame] = []
        self._held_rows = 0
        self._open: list[IO[bytes]] = []
        self.files: list[Path] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Rows with `_rules`; every column that is not the platform's becomes part of the JSON text."""
        import polars as pl

        if rows.is_empty():
            return
        own = [c for c in rows.columns if c not in SYSTEM_COLUMNS and c != RULES]
        text = pl.struct(own).struct.json_encode() if own else pl.lit("{}")
        types = {"_source_uri": pl.String, "_row_number": pl.Int64, "_row_hash": pl.UInt64}
        origin = [
            pl.col(c).cast(t) if c in rows.columns else pl.lit(None, t).alias(c) for c, t in types.items()
        ]
        rules = pl.col(RULES).cast(pl.List(pl.String))
        self._held.append(rows.select(text.alias("_row"), rules, *origin))
        self._held_rows += rows.height
        if self._held_rows >= SPOOL_ROWS:
            self.flush()

    def flush(self) -> None:
        if not self._held:
            return
        import polars as pl

        path = self._folder / f".{self._load_id}.rejects-{len(self.files)}.tmp"
        file = create_locked(path)  # locked until the load ends: a cleaner sees that it is alive
        self._open.append(file)
        self.files.append(path)
        pl.concat(self._held).write_parquet(file, compression="snappy")
        file.flush()
        self._held, self._held_rows = [], 0

    def discard(self) -> None:
        for path in self.files:
            path.unlink(missing_ok=True)
        for file in self._open:
            file.close()
        self.files, self._open, self._held, self._held_rows = [], [], [], 0


def store(
    cursor: duckdb.DuckDBPyConnection,
    table: str,
    state: str,
    load_id: str,
    files: Sequence[Path],
    *,
    blocked: bool,
    seen: datetime,
) -> None:
    """Bring the quarantine of one partition up to date, within the caller's transaction.

    files  spooled rejects of this load; seen  when, naive UTC
    """
    name = f"quarantine.{quoted(table)}"
    if files:
        cursor.execute(
            f"create table if not exists {name} (_row varchar, _state varchar, _load_id varchar,"
            " _rules varchar[], _source_uri varchar, _row_number bigint, _row_hash ubigint,"
            " _first_seen timestamp, _last_seen timestamp, _blocked boolean, _resolved_at timestamp)"
        )
        _merge(cursor, name, state, load_id, files, blocked, seen)
    elif not _exists(cursor, table):
        return
    if not blocked:
        cursor.execute(
            f"update {name} set _resolved_at = ? where _state = ? and _resolved_at is null and _load_id <> ?",
            [seen, state, load_id],
        )


def accept(cursor: duckdb.DuckDBPyConnection, table: str, state: str, load_id: str) -> None:
    """A load that was held is committed after all: its rejects were set aside, and did not block it."""
    if _exists(cursor, table):
        cursor.execute(
            f"update quarantine.{quoted(table)} set _blocked = false where _state = ? and _load_id = ?",
            [state, load_id],
        )


def rows(
    cursor: duckdb.DuckDBPyConnection,
    table: str | None = None,
    state: str | None = None,
    *,
    open_only: bool = True,
    limit: int | None = None,
) -> list[QuarantinedRow]:
    """Rejected rows, newest first; only those not yet resolved unless asked otherwise."""
    found: list[QuarantinedRow] = []
    for name in tables(cursor):
        if table is not None and name != table:
            continue
        where = ["(_state = $state or $state is null)"] + (["_resolved_at is null"] if open_only else [])
        query = (
            "select _state, _load_id, _rules, _source_uri, _row_number, _row, _first_seen, _last_seen,"
            f" _blocked, _resolved_at from quarantine.{quoted(name)} where {' and '.join(where)}"
            " order by _last_seen desc, _source_uri, _row_number"
        )
        if limit is not None:
            query += f" limit {int(limit) - len(found)}"
        for row in cursor.execute(query, {"state": state}).fetchall():
            state_, load_id, rules, *rest = row
            found.append(QuarantinedRow(name, state_, load_id, tuple(rules), *rest))
    return found


def tables(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    """Raw tables that ever had a rejected row."""
    query = (
        "select table_name from duckdb_tables() where database_name = current_database()"
        " and schema_name = 'quarantine' order by 1"
    )
    return [name for (name,) in cursor.execute(query).fetchall()]


def _exists(cursor: duckdb.DuckDBPyConnection, table: str) -> bool:
    return table in tables(cursor)


def _merge(
    cursor: duckdb.DuckDBPyConnection,
    name: str,
    state: str,
    load_id: str,
    files: Sequence[Path],
    blocked: bool,
    seen: datetime,
) -> None:
    paths = ", ".join(literal(str(path)) for path in files)
    cursor.execute(
        "create or replace temp table rejected as select any_value(_row) as _row,"
        " list_sort(list_distinct(flatten(list(_rules)))) as _rules, _source_uri, _row_number, _row_hash"
        f" from read_parquet([{paths}], hive_partitioning = false)"
        " group by _source_uri, _row_number, _row_hash"
    )
    cursor.execute(
        "create or replace temp table merged as select n.*, coalesce(q._first_seen, ?) as _first_seen"
        f" from rejected n left join (select * from {name} where _state = ?) q on {_SAME}",
        [seen, state],
    )
    cursor.execute(f"delete from {name} q using merged n where q._state = ? and {_SAME}", [state])
    cursor.execute(
        f"insert into {name} by name select *, ? as _state, ? as _load_id, ?::timestamp as _last_seen,"
        " ?::boolean as _blocked, null::timestamp as _resolved_at from merged",
        [state, load_id, seen, blocked],
    )
    cursor.execute("drop table merged")
    cursor.execute("drop table rejected")
