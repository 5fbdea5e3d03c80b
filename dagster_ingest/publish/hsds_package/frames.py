"""Stage rows as text: one frame an entity, columns in HSDS order, sorted by id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest.errors import PublishError
from dagster_ingest.hsds import Entity, Field, entities

if TYPE_CHECKING:
    import pyarrow as pa

    from dagster_ingest.publish.base import StagePartition

Wanted = Mapping[str, pl.Series]
"""Column to values: rows that have one of them in one of the columns."""


class Frames(Mapping[str, pl.DataFrame]):
    """All 24 entities by name; those that the stage does not have are empty. Each is read when asked for.

    given  frames that stand in the place of the stage's
    """

    def __init__(self, partition: StagePartition, given: Mapping[str, pl.DataFrame] | None = None) -> None:
        self._partition = partition
        self._frames = dict(given or {})

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._frames:
            self._frames[name] = self._read(entities()[name], None)
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(entities())

    def __len__(self) -> int:
        return len(entities())

    def but(self, given: Mapping[str, pl.DataFrame]) -> Frames:
        """The same with other frames for some."""
        return Frames(self._partition, {**self._frames, **given})

    def where(self, name: str, wanted: Wanted) -> pl.DataFrame:
        """Rows of one entity. A table that has not been read is not read as a whole for it."""
        if name in self._frames:
            return self._frames[name].filter(_among(self._frames[name], wanted))
        return self._read(entities()[name], wanted)

    def columns(self, name: str, columns: Iterable[str], wanted: Wanted | None = None) -> pl.DataFrame:
        """Columns that hold ids or names, of all rows or of those wanted, in no certain order."""
        names = list(dict.fromkeys(columns))
        if name in self._frames:
            return self._frames[name].filter(_among(self._frames[name], wanted)).select(names)
        if name not in self._partition.entities:
            return _empty(entities()[name]).select(names)
        table, needed = self._partition.table(name), {*names, *(wanted or ())}
        frame = pl.DataFrame(pl.from_arrow(table.select([n for n in table.column_names if n in needed])))
        return frame.filter(_among(frame, wanted)).select(
            _spelled(pl.col(n).cast(pl.String)) if n in frame.columns else _nothing(n) for n in names
        )

    def _read(self, entity: Entity, wanted: Wanted | None) -> pl.DataFrame:
        if entity.name not in self._partition.entities:
            return _empty(entity)
        where = f"{self._partition.tenant}/{self._partition.state}"
        return as_text(entity, self._partition.table(entity.name), where, wanted)


def read_frames(partition: StagePartition) -> Frames:
    return Frames(partition)


def as_text(entity: Entity, table: pa.Table, where: str, wanted: Wanted | None = None) -> pl.DataFrame:
    """Every value as the package spells it: null for blank, ISO dates, `18` and not `18.0`."""
    if wanted is not None:
        table = _some(table, wanted)
    frame = pl.DataFrame(pl.from_arrow(table.select(_known(entity, table))))
    if "id" not in frame.columns:
        frame = frame.with_columns(_nothing("id"))
    # Columns without any value, of which there are many, need not be gone through.
    empty = {f.name for f in entity.fields if f.name != "id" and _is_empty(frame, f.name)}
    try:
        texts = frame.select(_text(field) for field in entity.fields if field.name not in empty)
    except pl.exceptions.PolarsError as error:
        raise PublishError(
            f"{entity.name} holds a value that is not of its HSDS type: {error}",
            where=where,
            not_done="the package was not replaced",
            fix=f"cast the column in the stage model `{entity.name}`",
        ) from error
    if not texts["id"].is_sorted():
        texts = texts.sort("id")
    return texts.select(_nothing(f.name) if f.name in empty else f.name for f in entity.fields)


def _is_empty(frame: pl.DataFrame, column: str) -> bool:
    return column not in frame.columns or frame[column].null_count() == frame.height


def _some(table: pa.Table, wanted: Wanted) -> pa.Table:
    """Only the columns that are looked into are turned into a frame for it."""
    known = [name for name in wanted if name in table.column_names]
    if not known:
        return table.slice(0, 0)
    links = pl.DataFrame(pl.from_arrow(table.select(known)))
    return table.filter(links.select(_among(links, wanted)).to_series().to_arrow())


def _empty(entity: Entity) -> pl.DataFrame:
    return pl.DataFrame(schema={field.name: pl.String for field in entity.fields})


def _among(frame: pl.DataFrame, wanted: Wanted | None) -> pl.Expr:
    if wanted is None:
        return pl.lit(True)
    known = [(pl.col(name).cast(pl.String), ids) for name, ids in wanted.items() if name in frame.columns]
    return pl.any_horizontal(pl.lit(False), *(column.is_in(ids.implode()) for column, ids in known))


def _known(entity: Entity, table: pa.Table) -> list[str]:
    names = set(table.column_names)
    return [field.name for field in entity.fields if field.name in names]


def _text(field: Field) -> pl.Expr:
    column = pl.col(field.name)
    text: pl.Expr
    if field.type == "number":
        number = column.cast(pl.Float64)
        text = pl.when(number.is_finite()).then(number.cast(pl.String).str.strip_suffix(".0"))
    elif field.type == "date":
        text = column.cast(pl.Date).dt.to_string("%Y-%m-%d")
    elif field.type == "datetime":
        text = column.cast(pl.Datetime("us")).dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    else:
        text = _spelled(column.cast(pl.String))
    return text.alias(field.name)


def _spelled(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.strip_chars() != "").then(text)


def _nothing(name: str) -> pl.Expr:
    return pl.lit(None, dtype=pl.String).alias(name)
