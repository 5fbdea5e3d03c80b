"""What people do with rejected rows: look at them, count them, dismiss them, purge them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dagster_ingest import clock
from dagster_ingest.land import quarantine
from dagster_ingest.land.quarantine import QuarantinedRow
from dagster_ingest.naming import quoted

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from dagster_ingest.land.store import Store


@dataclass(frozen=True, slots=True)
class RuleSet:
    """How many rows of a table and state broke exactly these rules. Times are naive UTC."""

    table: str
    state: str
    rules: tuple[str, ...]
    rows: int
    dismissed: int
    first_seen: datetime
    last_seen: datetime


class DuckDBQuarantine:
    """The quarantine of one tenant."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rows(
        self,
        table: str | None = None,
        state: str | None = None,
        *,
        open_only: bool = True,
        limit: int | None = None,
        rule: str | None = None,
    ) -> list[QuarantinedRow]:
        """See quarantine.rows."""
        with self._store.reading() as cursor:
            if cursor is None:
                return []
            return quarantine.rows(cursor, table, state, open_only=open_only, limit=limit, rule=rule)

    def summary(
        self, table: str | None = None, state: str | None = None, *, open_only: bool = True
    ) -> list[RuleSet]:
        """Rows by the set of rules that they broke, the most frequent first in each table and state."""
        found: list[RuleSet] = []
        with self._store.reading() as cursor:
            for name, there in _tables(cursor, table):
                dismissed = "_dismissed_at" if "_dismissed_at" in there else "null"
                where = f"_resolved_at is null and {dismissed} is null" if open_only else "true"
                query = (
                    f"select _state, _rules, count(*), count({dismissed}), min(_first_seen), max(_last_seen)"
                    f" from quarantine.{quoted(name)} where (_state = $state or $state is null) and {where}"
                    " group by _state, _rules order by _state, count(*) desc, _rules"
                )
                for of, rules, *rest in cursor.execute(query, {"state": state}).fetchall():  # type: ignore[union-attr]
                    found.append(RuleSet(name, of, tuple(rules), *rest))
        return found

    def delivered(
        self, table: str, state: str, delivery: str | None, *, stateless: bool = False
    ) -> pl.DataFrame:
        """Rejected rows as a frame: `_row`, `_rules`, origin, `_load_id`, `_dismissed`, `_delivery`,
        `_blocked`.

        delivery   only open rows that this delivery brought. None: every open row
        stateless  only those that belonged to no state, whatever became of them since
        """
        import polars as pl

        with self._store.reading() as cursor:
            there = quarantine.columns(cursor, table) if cursor is not None else frozenset()
            if cursor is None or "_delivery" not in there:
                return pl.DataFrame(schema=_schema())
            of = "($delivery is null or _delivery = $delivery or _kept = $delivery)"
            which = "ends_with(_rules[1], '|state')" if stateless else "_resolved_at is null"
            query = (
                "select _row, _rules, _source_uri, _row_number, _row_hash, _load_id,"
                " _dismissed_at is not null as _dismissed, _delivery, _blocked"
                f" from quarantine.{quoted(table)} where _state = $state and {of} and {which}"
                " order by _source_uri, _row_number"
            )
            said = {"state": state, "delivery": delivery}
            frame = pl.DataFrame(cursor.sql(query, params=said).to_arrow_table())
        return frame.cast(_schema())  # type: ignore[arg-type]

    def dismiss(
        self,
        table: str,
        state: str,
        *,
        by: str,
        note: str,
        row: int | None = None,
        file: str | None = None,
        rule: str | None = None,
    ) -> int:
        """Mark open rows: number `row` (of `file`, its end is enough), those that broke `rule`, or all."""
        with self._changing(table) as cursor:
            if cursor is None:
                return 0
            where, said = ["_state = ?", "_resolved_at is null", "_dismissed_at is null"], [state]
            for test, value in (
                ("_row_number = ?", row),
                ("ends_with(_source_uri, ?)", file),
                ("list_contains(_rules, ?)", rule),
            ):
                if value is not None:
                    where.append(test)
                    said.append(value)  # type: ignore[arg-type]
            return _count(
                cursor,
                f"update quarantine.{quoted(table)} set _dismissed_by = ?, _dismissed_note = ?,"
                f" _dismissed_at = ? where {' and '.join(where)}",
                [by, note, clock.utc(), *said],
            )

    def supersede(self, table: str, state: str, rows: pl.DataFrame, *, by: str) -> int:
        """Close rows (their ORIGIN columns) whose key has a newer row in the partition."""
        with self._changing(table) as cursor:
            if cursor is None or rows.is_empty():
                return 0
            cursor.register("superseded", rows.select(quarantine.ORIGIN).to_arrow())
            same = " and ".join(f"q.{c} is not distinct from n.{c}" for c in quarantine.ORIGIN)
            try:
                return _count(
                    cursor,
                    f"update quarantine.{quoted(table)} q set _resolved_at = ?, _resolved_by = ?,"
                    " _resolution = 'superseded' from superseded n"
                    f" where q._state = ? and q._resolved_at is null and {same}",
                    [clock.utc(), by, state],
                )
            finally:
                cursor.unregister("superseded")

    def purge(
        self,
        before: datetime,
        tables: Sequence[str] | None = None,
        state: str | None = None,
        *,
        dry: bool = False,
    ) -> dict[str, int]:
        """Delete rows that were resolved before then (naive UTC); how many of each table."""
        wanted = "where _resolved_at < $before and (_state = $state or $state is null)"
        said = {"before": before, "state": state}
        found: dict[str, int] = {}
        with self._store.reading() as cursor:
            for name, _ in _tables(cursor, None):
                if tables is None or name in tables:
                    [(count,)] = cursor.execute(  # type: ignore[union-attr]
                        f"select count(*) from quarantine.{quoted(name)} {wanted}", said
                    ).fetchall()
                    found[name] = count
        found = {name: count for name, count in found.items() if count}
        if dry or not found:
            return found
        with self._store.writing() as cursor:
            return {n: _count(cursor, f"delete from quarantine.{quoted(n)} {wanted}", said) for n in found}

    @contextmanager
    def _changing(self, table: str) -> Iterator[duckdb.DuckDBPyConnection | None]:
        """A transaction on a quarantine that has all its columns; None where the table has none."""
        if not self._store.path.exists():
            yield None
            return
        with self._store.writing() as cursor:
            yield cursor if quarantine.make(cursor, table) else None


def _tables(cursor: duckdb.DuckDBPyConnection | None, table: str | None) -> list[tuple[str, frozenset[str]]]:
    if cursor is None:
        return []
    names = quarantine.tables(cursor)
    return [(name, quarantine.columns(cursor, name)) for name in names if table is None or name == table]


def _count(cursor: duckdb.DuckDBPyConnection, statement: str, said) -> int:
    [(count,)] = cursor.execute(statement, said).fetchall()
    return count


def _schema():
    import polars as pl

    return {
        "_row": pl.String,
        "_rules": pl.List(pl.String),
        "_source_uri": pl.String,
        "_row_number": pl.Int64,
        "_row_hash": pl.UInt64,
        "_load_id": pl.String,
        "_dismissed": pl.Boolean,
        "_delivery": pl.String,
        "_blocked": pl.Boolean,
    }
