"""What is being published in a warehouse outside: the table `_ingest.intents`.

An intent is written before the warehouse is told, and removed in the transaction that concludes or
gives up. One whose writer died says what to ask the warehouse for, and what to conclude then.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest.land import registry
from dagster_ingest.land.base import PartitionVersion

if TYPE_CHECKING:
    import duckdb

SETUP = """
create table if not exists _ingest.intents (
    "table" varchar not null,
    state varchar not null,
    load_id varchar not null,
    kind varchar not null,
    version varchar not null,
    file varchar not null,
    rejects varchar[] not null,
    why varchar not null,
    primary key ("table", state)
);
"""


@dataclass(frozen=True, slots=True)
class Intent:
    """A partition that is about to change.

    kind     load, approved (it waited for a person), rollback
    file     its part, below the tenant's raw folder; its writer holds a lock on it while it lives
    rejects  spooled files of the load
    why      of a rollback: who asked for it, and why
    """

    version: PartitionVersion
    kind: str
    file: str
    rejects: tuple[str, ...] = ()
    why: str = ""

    @property
    def place(self) -> tuple[str, str]:
        return self.version.table, self.version.state


def load(cursor: duckdb.DuckDBPyConnection) -> list[Intent]:
    if not registry.has(cursor, "intents"):
        return []
    rows = cursor.execute("select version, kind, file, rejects, why from _ingest.intents").fetchall()
    return [
        Intent(PartitionVersion(**json.loads(version)), kind, file, tuple(rejects), why)
        for version, kind, file, rejects, why in rows
    ]


def put(cursor: duckdb.DuckDBPyConnection, intents: Sequence[Intent]) -> None:
    for intent in intents:
        text = json.dumps(dataclasses.asdict(intent.version))
        cursor.execute(
            "insert into _ingest.intents values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *intent.place,
                intent.version.load_id,
                intent.kind,
                text,
                intent.file,
                list(intent.rejects),
                intent.why,
            ],
        )


def drop(cursor: duckdb.DuckDBPyConnection, intents: Sequence[Intent]) -> None:
    for intent in intents:
        cursor.execute(
            'delete from _ingest.intents where "table" = ? and state = ? and load_id = ?',
            [*intent.place, intent.version.load_id],
        )


def files(intents: Sequence[Intent], raw: Path) -> set[Path]:
    """Everything that must stay until they are settled."""
    return {raw / i.file for i in intents} | {Path(reject) for i in intents for reject in i.rejects}
