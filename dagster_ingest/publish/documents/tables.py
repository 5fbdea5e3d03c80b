"""Stage tables as frames, and groups of their rows by the value of a column.

Documents are made of rows that are read through `Groups`, which write down what was read: whether a document
would be another today is then asked of those rows alone (`memory`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

Row = dict[str, Any]
Source = tuple[str, str]
"""A table and the column by whose value its rows are grouped."""
Reads = set[tuple[int, str]]
"""What a document was made of: (place in `Tables.sources`, value). A group without rows was read as well."""


class Tables:
    """Each table is read once, when it is first asked for; one that the stage has not is empty.

    sources  what was grouped and had a row
    empty    what was grouped and had none: no document was made of it, and none knows that it was asked for
    """

    def __init__(self, partition: StagePartition) -> None:
        self.partition = partition
        self._frames: dict[str, pl.DataFrame] = {}
        self._numbers: dict[Source, int | None] = {}
        self.sources: list[Source] = []

    @property
    def empty(self) -> list[Source]:
        return sorted(source for source, number in self._numbers.items() if number is None)

    def frame(self, entity: str) -> pl.DataFrame:
        if entity not in self._frames:
            self._frames[entity] = self._read(entity)
        return self._frames[entity]

    def groups(self, entity: str, column: str, keys: Iterable[str | None]) -> Groups:
        """Rows by the value of `column`, for these values, in order of id."""
        return Groups(self, entity, column, {key for key in keys if key is not None})

    def rows(self, entity: str, column: str, keys: Iterable[str]) -> dict[str, list[Row]]:
        """What `Groups` holds. A document is made of groups and not of this, which nobody writes down."""
        frame, found = self.frame(entity), dict[str, list[Row]]()
        wanted = pl.Series(list(keys), dtype=pl.String)
        some = in_order(frame.filter(pl.col(column).is_in(wanted.implode())))
        for row in some.iter_rows(named=True):
            found.setdefault(row[column], []).append(row)
        return found

    def by_id(self, entity: str) -> dict[str, Row]:
        """A small table as a whole."""
        return {row["id"]: row for row in in_order(self.frame(entity)).iter_rows(named=True)}

    def version(self, entity: str) -> str | None:
        """Equal means the same rows; None where nothing is known of it."""
        return self.partition.versions.get(entity)

    def number(self, entity: str, column: str) -> int | None:
        """Place in `sources`; None where no row has a value there."""
        source = (entity, column)
        if source not in self._numbers:
            self._numbers[source] = None if self.is_empty(source) else len(self.sources)
            if self._numbers[source] is not None:
                self.sources.append(source)
        return self._numbers[source]

    def is_empty(self, source: Source) -> bool:
        entity, column = source
        frame = self.frame(entity)
        return column not in frame.columns or frame[column].null_count() == frame.height

    def _read(self, entity: str) -> pl.DataFrame:
        if entity not in self.partition.entities:
            return pl.DataFrame()
        frame = pl.DataFrame(pl.from_arrow(self.partition.table(entity)))
        return frame.select(c for c in frame.columns if not c.startswith("_"))


def in_order(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """By these columns, then by id; rows that have all of it in common as they came.

    In one order always: a document may not depend on how a sort was shared out.
    """
    by = [name for name in (*columns, "id") if name in rows.columns]
    return rows.sort(by, maintain_order=True) if by else rows


class Groups:
    """Rows of one table by the value of one column."""

    def __init__(self, tables: Tables, entity: str, column: str, asked: set[str]) -> None:
        self._tables, self._entity, self._column, self._asked = tables, entity, column, asked
        self._number = tables.number(entity, column)
        self._rows = tables.rows(entity, column, asked) if self._number is not None and asked else {}

    def read(self, reads: Reads, key: str | None) -> list[Row]:
        """The rows of one group, which is written down in `reads`."""
        if key is None or self._number is None:
            return []
        reads.add((self._number, key))
        if key not in self._asked:  # what a document shows does not depend on what it is made together with
            self._asked.add(key)
            self._rows |= self._tables.rows(self._entity, self._column, [key])
        return self._rows.get(key, [])

    @property
    def is_empty(self) -> bool:
        return self._number is None

    def ahead(self) -> Iterator[Row]:
        """All rows asked for, to know what will be asked for next. No document is made of them."""
        for rows in self._rows.values():
            yield from rows
