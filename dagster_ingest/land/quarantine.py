"""Rejected rows, kept verbatim with their rules: one table per raw table in the schema `quarantine`.

A row is the same row when its source, record number and content agree. Seen again, it is brought up
to date and not doubled. When a later load of its state commits without it, it is closed; a partial
load says that only of rows whose key it brought anew. A dismissal stays with the row, and with rows
of the same content in later files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest import clock
from dagster_ingest.land.delivery import Delivery
from dagster_ingest.land.parts import not_a_glob
from dagster_ingest.land.spool import ORIGIN
from dagster_ingest.naming import literal, quoted

if TYPE_CHECKING:
    import duckdb

COLUMNS = {
    "_row": "varchar",
    "_state": "varchar",
    "_load_id": "varchar",
    "_rules": "varchar[]",
    "_source_uri": "varchar",
    "_row_number": "bigint",
    "_row_hash": "ubigint",
    "_first_seen": "timestamp",
    "_last_seen": "timestamp",
    "_blocked": "boolean",
    "_resolved_at": "timestamp",
    "_resolved_by": "varchar",  # the load that committed without it
    "_resolution": "varchar",  # passed (a replay), gone (a later delivery), superseded (a newer row)
    "_delivery": "varchar",  # the load that read it from the source, the last time it was refused
    "_kept": "varchar",  # likewise, the last time that the rest of its load was committed
    "_dismissed_by": "varchar",
    "_dismissed_note": "varchar",
    "_dismissed_at": "timestamp",
}
_SAME_PLACE = " and ".join(f"q.{c} is not distinct from n.{c}" for c in ORIGIN[:2])
_SAME = f"{_SAME_PLACE} and q._row_hash is not distinct from n._row_hash"
# In a replay the place says which row it is: its hash changes with the columns that the contract names.
_REPLAYED = f"{_SAME_PLACE} and $delivery in (q._delivery, q._kept)"
_DISMISSAL = ("_dismissed_by", "_dismissed_note", "_dismissed_at")
_WHITE = r"e' \t\n\r\f\v'"


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One rejected row. `row` is its JSON text; `resolved_at` is set when a later load came without it.

    resolution  passed: a replay committed it. gone: a later delivery came without it. superseded: a
                newer row has its key. None while it is open
    """

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
    resolved_by: str | None = None
    resolution: str | None = None
    dismissed_by: str | None = None
    dismissed_note: str | None = None
    dismissed_at: datetime | None = None


_READ = (
    "_state", "_load_id", "_rules", "_source_uri", "_row_number", "_row", "_first_seen", "_last_seen",
    "_blocked", "_resolved_at", "_resolved_by", "_resolution", *_DISMISSAL,
)  # fmt: skip


def store(
    cursor: duckdb.DuckDBPyConnection,
    table: str,
    state: str,
    load_id: str,
    files: Sequence[Path],
    *,
    blocked: bool,
    seen: datetime,
    delivery: Delivery | None = None,
    part: Path | None = None,
) -> None:
    """Bring the quarantine of one partition up to date, within the caller's transaction.

    files     spooled rejects of this load; seen  when, naive UTC
    delivery  what the load read; `part` is its file, needed where the delivery is a partial one
    """
    if not make(cursor, table, anew=bool(files)):
        return
    name = f"quarantine.{quoted(table)}"
    counts = f"select count(*), count(_dismissed_at) from {name} where _state = ?"
    [(there, dismissed)] = cursor.execute(counts, [state]).fetchall() if files else [(1, 0)]
    read_by = delivery.load_id if delivery else None
    partial = delivery is not None and bool(delivery.keys)
    said = {
        "state": state,
        "load": load_id,
        "seen": seen,
        "blocked": blocked,
        "delivery": read_by,
        "kept": None if blocked else read_by or load_id,
        "replayed": read_by is not None and read_by != load_id,
        "full": not partial,
    }
    _merge(cursor, name, files, said, there, dismissed)
    if partial and not blocked and delivery is not None and part is not None:
        _close_delivered(cursor, name, delivery.keys, part, said)


def accept(cursor: duckdb.DuckDBPyConnection, table: str, state: str, load_id: str) -> None:
    """A load that was held is committed after all: its rejects were set aside, and did not block it."""
    if make(cursor, table):
        cursor.execute(
            f"update quarantine.{quoted(table)} set _blocked = false, _kept = _delivery"
            " where _state = ? and _load_id = ?",
            [state, load_id],
        )


def withdraw(cursor: duckdb.DuckDBPyConnection, table: str, state: str, load_id: str, *, by: str) -> None:
    """The delivery of a held load counts no more: its rejects are closed, but for the partition's own."""
    if not give_back(cursor, table, state, load_id):
        return
    name, place = f"quarantine.{quoted(table)}", [state, load_id]
    cursor.execute(
        f"update {name} set _resolved_at = ?, _resolved_by = ?, _resolution = 'gone'"
        " where _state = ? and _load_id = ? and _resolved_at is null",
        [clock.utc(), by, *place],
    )


def give_back(cursor: duckdb.DuckDBPyConnection, table: str, state: str, load_id: str) -> bool:
    """What a held load refused once more is the partition's own reject again. False if there is none."""
    if not make(cursor, table):
        return False
    cursor.execute(
        f"update quarantine.{quoted(table)} set _load_id = _kept, _delivery = _kept, _blocked = false"
        " where _state = ? and _load_id = ? and _resolved_at is null and _kept is not null",
        [state, load_id],
    )
    return True


def rows(
    cursor: duckdb.DuckDBPyConnection,
    table: str | None = None,
    state: str | None = None,
    *,
    open_only: bool = True,
    limit: int | None = None,
    rule: str | None = None,
) -> list[QuarantinedRow]:
    """Rejected rows, newest first; those resolved or dismissed only if asked for. `rule`: that they broke."""
    found: list[QuarantinedRow] = []
    for name in tables(cursor):
        if table is not None and name != table:
            continue
        there = columns(cursor, name)
        listed = ", ".join(c if c in there else f"null as {c}" for c in _READ)
        where = ["(_state = $state or $state is null)", "($rule is null or list_contains(_rules, $rule))"]
        if open_only:
            where += ["_resolved_at is null"] + (
                ["_dismissed_at is null"] if "_dismissed_at" in there else []
            )
        query = (
            f"select {listed} from quarantine.{quoted(name)} where {' and '.join(where)}"
            " order by _last_seen desc, _source_uri, _row_number"
        )
        if limit is not None:
            query += f" limit {int(limit) - len(found)}"
        for row in cursor.execute(query, {"state": state, "rule": rule}).fetchall():
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


def columns(cursor: duckdb.DuckDBPyConnection, table: str) -> frozenset[str]:
    """Columns of a table's quarantine; none if it has none. Files of older versions have fewer."""
    query = (
        "select column_name from duckdb_columns() where database_name = current_database()"
        " and schema_name = 'quarantine' and table_name = ?"
    )
    return frozenset(name for (name,) in cursor.execute(query, [table]).fetchall())


def key_of(column: str) -> str:
    """SQL of a quarantined row's key cell, as extraction compares keys."""
    return f"trim(json_extract_string(_row, '$.{quoted(column)}'), {_WHITE})"


def make(cursor: duckdb.DuckDBPyConnection, table: str, *, anew: bool = False) -> bool:
    """Give a table's quarantine all its columns; make it, if `anew`. Whether it is there."""
    query = (
        "select column_count from duckdb_tables() where database_name = current_database()"
        " and schema_name = 'quarantine' and table_name = ?"
    )
    known = sum(count for (count,) in cursor.execute(query, [table]).fetchall())
    name = f"quarantine.{quoted(table)}"
    if not known and anew:
        listed = ", ".join(f"{column} {kind}" for column, kind in COLUMNS.items())
        cursor.execute(f"create table if not exists {name} ({listed})")
    elif 0 < known < len(COLUMNS):
        for column, kind in COLUMNS.items():
            cursor.execute(f"alter table {name} add column if not exists {column} {kind}")
    return anew or known > 0


def _merge(
    cursor: duckdb.DuckDBPyConnection,
    name: str,
    files: Sequence[Path],
    said: dict[str, Any],
    there: int,
    dismissed: int,
) -> None:
    """One statement: rows refused again, new ones, and those of other loads that are closed.

    there, dismissed  rows of the state before, and those of them that somebody dismissed
    """
    close = (
        "_resolved_at = $seen, _resolved_by = $load, _resolution = case when $replayed and"
        " {q}_delivery = $delivery then 'passed' else 'gone' end"
    )
    others = (
        "{q}_state = $state and {q}_resolved_at is null and {q}_load_id <> $load and not $blocked"
        " and ($full or ($replayed and {q}_delivery = $delivery))"
    )
    if not files:
        needed = {key: value for key, value in said.items() if key != "kept"}
        if not said["blocked"]:
            cursor.execute(f"update {name} set {close.format(q='')} where {others.format(q='')}", needed)
        return
    carried = _DISMISSAL if dismissed else ()
    values = {
        **{c: f"n.{c}" for c in ("_row", "_rules", *ORIGIN, *carried)},
        "_state": "$state",
        "_load_id": "$load",
        "_first_seen": "$seen",
        "_last_seen": "$seen",
        "_blocked": "$blocked",
        "_delivery": "$delivery",
        "_kept": "$kept",
    }
    refused = _refused(name, files, bool(dismissed))
    insert, selected = ", ".join(values), ", ".join(values.values())
    if not there:
        needed = {key: said[key] for key in ("state", "load", "seen", "blocked", "delivery", "kept")}
        cursor.execute(f"insert into {name} ({insert}) select {selected} from ({refused}) n", needed)
        return
    same = _REPLAYED if said["replayed"] and said["full"] else _SAME
    dismissal = "".join(f", {c} = coalesce(q.{c}, n.{c})" for c in carried)
    cursor.execute(
        f"merge into {name} q using ({refused}) n on q._state = $state and {same}"
        " when matched then update set _row = n._row, _rules = n._rules, _load_id = $load,"
        " _last_seen = $seen, _blocked = $blocked, _row_hash = n._row_hash,"
        " _resolved_at = null, _resolved_by = null, _resolution = null,"
        " _delivery = $delivery, _kept = coalesce($kept, case when q._resolved_at is null then q._kept end)"
        f"{dismissal}"
        f" when not matched then insert ({insert}) values ({selected})"
        f" when not matched by source and {others.format(q='q.')} then update set {close.format(q='q.')}",
        said,
    )


def _refused(name: str, files: Sequence[Path], dismissed: bool) -> str:
    """SQL of a load's rejects, one row each; with `dismissed` also the dismissal of rows of their content."""
    paths = ", ".join(literal(not_a_glob(path)) for path in files)
    rows = f"select _row, _rules, {', '.join(ORIGIN)} from read_parquet([{paths}], hive_partitioning = false)"
    if len(files) > 1:  # within one file the spool saw to it
        rows = (
            "select any_value(_row) as _row, list_sort(list_distinct(flatten(list(_rules)))) as _rules,"
            f" {', '.join(ORIGIN)} from ({rows}) group by all"
        )
    if not dismissed:
        return rows
    same = ", ".join(f"any_value({c}) as {c}" for c in _DISMISSAL)
    return (
        f"select r.*, d.* exclude (h) from ({rows}) r left join (select _row_hash as h, {same} from {name}"
        " where _state = $state and _dismissed_at is not null group by _row_hash) d on r._row_hash = d.h"
    )


def _close_delivered(
    cursor: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str], part: Path, said: dict[str, Any]
) -> None:
    """Close rows of earlier partial deliveries whose key this one brought, accepted or refused."""
    in_row = f"[{', '.join(key_of(key) for key in keys)}]"
    in_part = f"[{', '.join(f'trim({quoted(key)}, {_WHITE})' for key in keys)}]"
    known = " and ".join(f"{key_of(key)} is not null" for key in keys)
    cursor.execute(
        f"update {name} set _resolved_at = $seen, _resolved_by = $load, _resolution = 'superseded'"
        f" where _state = $state and _resolved_at is null and _load_id <> $load and {known} and {in_row} in"
        f" (select {in_part} from read_parquet({literal(not_a_glob(part))}, hive_partitioning = false)"
        f" where _load_id = $load union all select {in_row} from {name}"
        " where _state = $state and _load_id = $load)",
        {key: said[key] for key in ("state", "load", "seen")},
    )
