"""What partitions held before: the table `_ingest.history`, the last few of each partition.

The part of a version that is remembered stays where it is, so that a rollback can bring it back.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_ingest.land import registry
from dagster_ingest.land.base import PartitionVersion

if TYPE_CHECKING:
    import duckdb

SETUP = """
create table if not exists _ingest.history (
    "table" varchar not null,
    state varchar not null,
    load_id varchar not null,
    version varchar not null,
    file varchar not null,
    ended_at varchar not null,
    why varchar not null
);
"""

Key = tuple[str, str]
REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Past:
    """A version that a partition held.

    file      its part, below the tenant's raw folder; "" where another place keeps the rows
    ended_at  ISO text in UTC, "" for what it holds now
    why       `replaced`, or who rolled it back and why
    """

    version: PartitionVersion
    file: str
    ended_at: str = ""
    why: str = ""


def load(cursor: duckdb.DuckDBPyConnection) -> dict[Key, tuple[Past, ...]]:
    """Of every partition the versions before the present one, the newest first."""
    if not registry.has(cursor, "history"):
        return {}
    rows = cursor.execute(
        'select version, file, ended_at, why from _ingest.history order by "table", state, ended_at, rowid'
    ).fetchall()
    found: dict[Key, tuple[Past, ...]] = {}
    for version, *rest in rows:
        past = Past(PartitionVersion(**json.loads(version)), *rest)
        key = (past.version.table, past.version.state)
        found[key] = (past, *found.get(key, ()))
    return found


def end(
    cursor: duckdb.DuckDBPyConnection, known: dict[Key, tuple[Past, ...]], past: Past, *, by: str, keep: int
) -> None:
    """A version is not the present one any more. `by`: the load that is; `keep`: so many are remembered."""
    key = (past.version.table, past.version.state)
    # A load that was rolled back to is the present one: it stands in the registry alone.
    before = [p for p in known.get(key, ()) if p.version.load_id not in (by, past.version.load_id)]
    kept = (past, *before)[:keep]
    gone = {p.version.load_id for p in known.get(key, ())} - {p.version.load_id for p in kept[1:]}
    if gone:
        cursor.execute(
            'delete from _ingest.history where "table" = ? and state = ? and list_contains(?, load_id)',
            [*key, sorted(gone)],
        )
    if kept:
        text = json.dumps(dataclasses.asdict(past.version))
        cursor.execute(
            "insert into _ingest.history values (?, ?, ?, ?, ?, ?, ?)",
            [*key, past.version.load_id, text, past.file, past.ended_at, past.why],
        )
    known[key] = kept
