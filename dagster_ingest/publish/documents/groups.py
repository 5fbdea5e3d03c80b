"""Digests of groups of stage rows, for whole tables at once.

A group's digest is two sums of 64 bits over hashes of its rows, which hold every column, their names and
types, and the row's rank among those of one id. A group is named by a hash of its source and value: should
two have one name, their digests are one sum, which is another when either is another.

The hashes are polars' own: equal within one version of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import xxhash

from dagster_ingest.publish.documents.tables import Source, Tables

_SEEDS = (0x5EED, 0xD16E57)
_DIGEST = ("first", "second")


def names(source: Source, values: pl.Series) -> pl.Series:
    """The names of groups, by their values."""
    return values.cast(pl.String).hash(_seed("group", *source))


class Digests:
    """Of one partition's groups; each table is gone through once."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._rows: dict[str, pl.DataFrame] = {}
        self._groups: dict[Source, pl.DataFrame] = {}

    def of(self, source: Source) -> pl.DataFrame:
        """`group`, `first`, `second`: the groups that have rows, by name, and their digests."""
        if source not in self._groups:
            self._groups[source] = self._made(source)
        return self._groups[source]

    def changed(self, source: Source, before: pl.DataFrame) -> pl.Series:
        """Names of groups that are others than before, or are new or gone. before: what `of` said."""
        both = before.join(self.of(source), on="group", how="full", coalesce=True, suffix="_now")
        other = [pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in _DIGEST]
        return both.filter(pl.any_horizontal(other))["group"]

    def _made(self, source: Source) -> pl.DataFrame:
        entity, column = source
        if self._tables.is_empty(source):
            return _none()
        values = self._tables.frame(entity)[column]
        rows = self._hashed(entity).with_columns(names(source, values).alias("group"))
        rows = rows.filter(values.is_not_null())
        return rows.group_by("group").agg(pl.col(_DIGEST).sum()).select("group", *_DIGEST)

    def _hashed(self, entity: str) -> pl.DataFrame:
        if entity not in self._rows:
            frame = self._tables.frame(entity)
            schema = [f"{name} {kind}" for name, kind in frame.schema.items()]
            body = frame.with_columns(*_plain(frame), _rank(frame))
            seeds = [_seed(seed, *schema) for seed in _SEEDS]
            hashed = [
                body.hash_rows(seed=seed).alias(name) for name, seed in zip(_DIGEST, seeds, strict=True)
            ]
            self._rows[entity] = pl.DataFrame(hashed)
        return self._rows[entity]


def _plain(frame: pl.DataFrame) -> Iterator[pl.Series]:
    """Columns whose hash would be of a number that stands for a text, as texts."""
    for column in frame.iter_columns():
        if isinstance(column.dtype, pl.Categorical | pl.Enum):
            yield column.cast(pl.String)
        elif any(word in str(column.dtype) for word in ("Categorical", "Enum", "Object")):
            yield pl.Series(column.name, [repr(value) for value in column], dtype=pl.String)


def _rank(frame: pl.DataFrame) -> pl.Expr:
    """Place among rows of the same id, which stand in the order they came in; without ids, of all rows."""
    if "id" not in frame.columns:
        return pl.int_range(pl.len()).alias("_rank")
    if frame["id"].is_unique().all():
        return pl.lit(0, dtype=pl.Int64).alias("_rank")
    return pl.int_range(pl.len()).over("id").alias("_rank")


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema={"group": pl.UInt64, **dict.fromkeys(_DIGEST, pl.UInt64)})


def _seed(*parts: object) -> int:
    return xxhash.xxh3_64_intdigest("\n".join(map(str, parts)).encode())
