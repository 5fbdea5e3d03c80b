"""Held candidates and what was decided on them: the tables `_ingest.held` and `_ingest.reviews`.

A held candidate is sealed, durable and invisible: its part lies beside those of its partition, its
row in `held` keeps it from being cleaned up. At most one for (table, state). `reviews` only grows.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest.land.base import Decision, Held
from dagster_ingest.land.registry import columns_of

if TYPE_CHECKING:
    import duckdb

SETUP = """
create table if not exists _ingest.held (
    "table" varchar not null,
    state varchar not null,
    load_id varchar not null,
    reason varchar not null,
    hash varchar not null,
    data_version varchar not null,
    inputs varchar not null,
    fingerprint varchar not null,
    rows bigint not null,
    bytes bigint not null,
    file varchar not null,
    contract_version varchar not null,
    held_at varchar not null,
    expires_at varchar not null,
    why varchar not null,
    base varchar not null,
    difference varchar not null,
    cursor varchar not null default '',
    contract varchar not null default '',
    primary key ("table", state)
);
alter table _ingest.held add column if not exists cursor varchar default '';
alter table _ingest.held add column if not exists contract varchar default '';
create table if not exists _ingest.reviews (
    "table" varchar not null,
    state varchar not null,
    hash varchar not null,
    load_id varchar not null,
    inputs varchar not null,
    decision varchar not null,
    "by" varchar not null,
    note varchar not null,
    decided_at varchar not null
);
"""

Key = tuple[str, str]
_HELD = (
    '"table", state, load_id, reason, hash, data_version, inputs, fingerprint, rows, bytes, file,'
    " contract_version, held_at, expires_at, why, base, cursor, contract, difference"
)
_REVIEWS = '"table", state, hash, load_id, inputs, decision, "by", note, decided_at'


def load(cursor: duckdb.DuckDBPyConnection) -> dict[Key, Held]:
    """All held candidates of the file."""
    there = columns_of(cursor, "held")
    columns = _HELD
    for added in ("cursor", "contract"):  # a file that was not written since has neither
        if added not in there:
            columns = columns.replace(f" {added},", " '',")
    rows = cursor.execute(f"select {columns} from _ingest.held").fetchall()
    made = (dict(zip(_names(_HELD), row, strict=True)) for row in rows)
    found = (Held(**{**values, "difference": json.loads(values["difference"])}) for values in made)
    return {(held.table, held.state): held for held in found}


def put(cursor: duckdb.DuckDBPyConnection, held: Held) -> None:
    """Insert a held candidate; the caller removed the one before."""
    values = [getattr(held, name) for name in _names(_HELD)]
    values[-1] = json.dumps(held.difference)
    cursor.execute(f"insert into _ingest.held ({_HELD}) values ({', '.join('?' * len(values))})", values)


def remove(cursor: duckdb.DuckDBPyConnection, key: Key) -> None:
    cursor.execute('delete from _ingest.held where "table" = ? and state = ?', list(key))


def record(cursor: duckdb.DuckDBPyConnection, decision: Decision) -> None:
    values = [getattr(decision, name) for name in _names(_REVIEWS)]
    cursor.execute(
        f"insert into _ingest.reviews ({_REVIEWS}) values ({', '.join('?' * len(values))})", values
    )


def decisions(
    cursor: duckdb.DuckDBPyConnection, table: str | None = None, state: str | None = None
) -> list[Decision]:
    """Everything that was decided, oldest first, of one partition or of all."""
    rows = cursor.execute(
        f'select {_REVIEWS} from _ingest.reviews where ("table" = $table or $table is null)'
        " and (state = $state or $state is null) order by decided_at, rowid",
        {"table": table, "state": state},
    ).fetchall()
    return [Decision(*row) for row in rows]


def identity(inputs: str, data_version: str, load_id: str, file: Path) -> str:
    """What a decision is bound to: this load's rows in this very file, made from these inputs."""
    with open(file, "rb") as part:
        content = hashlib.file_digest(part, "sha256").hexdigest()
    return hashlib.sha256(json.dumps([inputs, data_version, load_id, content]).encode()).hexdigest()


def _names(columns: str) -> list[str]:
    return [name.strip(' "') for name in columns.split(",")]
