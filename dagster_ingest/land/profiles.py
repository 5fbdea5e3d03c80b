"""Profiles of loads, kept with the data: the table `_ingest.profiles`, the last `KEPT` of a partition.

A profile is written in the transaction that commits the load, or that keeps the rejects of one that
was blocked. What is in the JSON is not this module's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dagster_ingest.land import registry

if TYPE_CHECKING:
    import duckdb

KEPT = 20
# Every commit writes the last row group of the table anew; to compress it each time costs more than it saves.
SETUP = """
create table if not exists _ingest.profiles (
    "table" varchar not null,
    state varchar not null,
    load_id varchar not null,
    seen_at timestamp not null,
    outcome varchar not null,
    contract_version varchar not null,
    profile varchar not null using compression uncompressed,
    drift varchar not null using compression uncompressed
);
"""
_COLUMNS = '"table", state, load_id, seen_at, outcome, contract_version, profile, drift'


@dataclass(frozen=True, slots=True)
class Observed:
    """What one load looked like. `profile` and `drift` are JSON; `seen_at` is naive UTC."""

    table: str
    state: str
    load_id: str
    seen_at: datetime
    outcome: str
    contract_version: str
    profile: str
    drift: str


@dataclass(frozen=True, slots=True)
class Note:
    """What a candidate carries for the store.

    compare  gives the drift, as JSON, from the profiles of the partition's committed loads, the newest
             first; called once, inside the transaction
    """

    contract_version: str
    profile: str
    compare: Callable[[Sequence[str]], str]


def store(
    cursor: duckdb.DuckDBPyConnection,
    table: str,
    state: str,
    load_id: str,
    note: Note,
    outcome: str,
    seen: datetime,
) -> None:
    """Compare a load with those before it and keep it, within the caller's transaction."""
    before = cursor.execute(
        "select load_id, outcome, profile, seen_at from _ingest.profiles"
        ' where "table" = ? and state = ? and load_id <> ?',
        [table, state, load_id],
    ).fetchall()
    before.sort(key=lambda row: (row[3], row[0]), reverse=True)
    drift = note.compare([profile for _, was, profile, _ in before if was == "committed"])
    gone = [load for load, *_ in before[KEPT - 1 :]]
    if gone:
        cursor.execute(
            'delete from _ingest.profiles where "table" = ? and state = ? and list_contains(?, load_id)',
            [table, state, gone],
        )
    cursor.execute(
        f"insert into _ingest.profiles ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)",
        [table, state, load_id, seen, outcome, note.contract_version, note.profile, drift],
    )


def accept(cursor: duckdb.DuckDBPyConnection, table: str, state: str, load_id: str) -> None:
    """A load that was held has been committed after all."""
    cursor.execute(
        "update _ingest.profiles set outcome = 'committed' where \"table\" = ? and state = ? and load_id = ?",
        [table, state, load_id],
    )


def rows(
    cursor: duckdb.DuckDBPyConnection, table: str | None = None, state: str | None = None, limit: int = KEPT
) -> list[Observed]:
    """Observed loads, the newest first, at most `limit` of each table and state."""
    if not registry.has(cursor, "profiles"):
        return []
    found = cursor.execute(
        f"select {_COLUMNS} from _ingest.profiles"
        ' where ("table" = $table or $table is null) and (state = $state or $state is null)'
        ' qualify row_number() over (partition by "table", state order by seen_at desc, load_id desc)'
        ' <= $limit order by "table", state, seen_at desc, load_id desc',
        {"table": table, "state": state, "limit": limit},
    )
    return [Observed(*row) for row in found.fetchall()]
