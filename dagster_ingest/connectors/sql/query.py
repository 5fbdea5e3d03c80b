"""The statements of a read. Pure text and values to bind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dagster_ingest.connectors.sql.dialects import Dialect
from dagster_ingest.connectors.sql.settings import SqlSettings
from dagster_ingest.connectors.sql.table import Column, Table


@dataclass(frozen=True, slots=True)
class Query:
    """A statement; `params[n]` is bound to the place `p<n>`."""

    text: str
    params: tuple[Any, ...] = ()


@dataclass(slots=True)
class _Where:
    dialect: Dialect
    conditions: list[str] = field(default_factory=list)
    params: list[Any] = field(default_factory=list)

    def place(self, column: Column, value: Any) -> str:
        self.params.append(self.dialect.bound(column, value))
        return self.dialect.place(len(self.params) - 1, column)

    def __str__(self) -> str:
        return " WHERE " + " AND ".join(self.conditions) if self.conditions else ""


@dataclass(frozen=True, slots=True)
class Statements:
    """All that is asked of one table. `since`: the watermark of the cursor, None for everything."""

    dialect: Dialect
    table: Table
    settings: SqlSettings
    since: str | None = None

    def rows(self, *, limit: int | None = None) -> Query:
        """The rows, in the order of the key if there is one."""
        text = self._select(self.table.wanted(self.settings), where := self._where(since=True))
        return Query(self.dialect.limited(text, limit) if limit is not None else text, tuple(where.params))

    def page(self, after: Sequence[Any] | None, rows: int) -> Query:
        """The next rows in the order of the key: those behind the key `after`."""
        where = self._where(since=True)
        if after is not None:
            key = self.table.key_columns(self.settings)
            places = [where.place(column, value) for column, value in zip(key, after, strict=True)]
            where.conditions.append(self.dialect.after(key, places))
        return Query(
            self.dialect.limited(self._select(self.paged_columns(), where), rows), tuple(where.params)
        )

    def paged_columns(self) -> tuple[Column, ...]:
        """The columns of a page: the key is among them, to know where the next one begins."""
        wanted = self.table.wanted(self.settings)
        return (*wanted, *(c for c in self.table.key_columns(self.settings) if c not in wanted))

    def paged_names(self) -> list[str]:
        return [column.name for column in self.paged_columns()]

    def keys(self) -> Query:
        """All keys that are there, whenever they changed."""
        where = self._where(since=False)
        listed = ", ".join(self.dialect.rendered(c) for c in self.table.key_columns(self.settings))
        return Query(f"SELECT {listed} FROM {self._name}{where}", tuple(where.params))

    def unsound_keys(self) -> Query:
        """Count of keys that are null or not alone: paging by them would lose rows."""
        where = self._where(since=False)
        names = [self.dialect.quoted(column.name) for column in self.table.key_columns(self.settings)]
        nulls = " OR ".join(f"{name} IS NULL" for name in names)
        text = f"SELECT count(*) AS n FROM {self._name}{where} GROUP BY {', '.join(names)}"
        text += f" HAVING count(*) > 1 OR {nulls}"
        return Query(f"SELECT count(*) FROM ({text}) AS unsound", tuple(where.params))

    def greatest(self) -> Query:
        """The greatest watermark less the overlap, as text."""
        where = self._where(since=False)
        most = self.dialect.greatest(self._watermark, self.settings.overlap)
        return Query(f"SELECT {most} FROM {self._name}{where}", tuple(where.params))

    def probe(self) -> Query:
        """Count of rows, and the greatest watermark as text."""
        where = self._where(since=False)
        most = self.dialect.greatest(self._watermark, 0)
        return Query(f"SELECT count(*), {most} FROM {self._name}{where}", tuple(where.params))

    def _select(self, columns: Sequence[Column], where: _Where) -> str:
        listed = ", ".join(self.dialect.rendered(column) for column in columns)
        key = self.table.key_columns(self.settings)
        order = ", ".join(
            f"{self.dialect.quoted(self.table.name)}.{self.dialect.quoted(column.name)}" for column in key
        )
        return f"SELECT {listed} FROM {self._name}{where}" + (f" ORDER BY {order}" if key else "")

    @property
    def _name(self) -> str:
        return f"{self.dialect.quoted(self.table.schema)}.{self.dialect.quoted(self.table.name)}"

    @property
    def _watermark(self) -> Column:
        return self.table.column(self.settings.watermark or "", "watermark")

    def _where(self, *, since: bool) -> _Where:
        where = _Where(self.dialect)
        for name, value in self.settings.where.items():
            column = self.table.column(name, "where")
            where.conditions.append(self._equals(column, value, where))
        if since and self.since is not None:
            column = self._watermark
            named = self.dialect.quoted(column.name)
            where.conditions.append(f"({named} >= {where.place(column, self.since)} OR {named} IS NULL)")
        return where

    def _equals(self, column: Column, value: Any, where: _Where) -> str:
        named = self.dialect.quoted(column.name)
        values = value if isinstance(value, list) else [value]
        some = [where.place(column, v) for v in values if v is not None]
        either = [f"{named} IN ({', '.join(some)})"] if len(some) > 1 else [f"{named} = {p}" for p in some]
        if None in values:
            either.append(f"{named} IS NULL")
        return either[0] if len(either) == 1 else "(" + (" OR ".join(either) or "1 = 0") + ")"
