"""Which of two rows of a key is newer, where the vendor stamps its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from dagster_ingest.extract.merge import Delta, keys_of
from dagster_ingest.spec.resolved import TableSpec

_FORMATS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%m-%d-%Y %H:%M:%S%.f",
    "%m-%d-%Y %H:%M",
    "%m-%d-%Y",
)
_AT, _PART, _AGE = "_at", "_part", "_age"


def moment(column: str) -> pl.Expr:
    """A stamp as a moment without a zone, in the spellings that vendors use; null where it is none.

    2026-03-01, 2026/03/01, 03/01/2026, each with a time or without; ISO 8601 with T, Z or an offset, which
    is taken into account.
    """
    text = pl.col(column).str.strip_chars().str.replace_all("/", "-", literal=True)
    text = text.str.replace(r"^(\d{4}-\d{2}-\d{2})T", "${1} ")
    offset = text.str.extract(r"([+-]\d{2}:?\d{2})$").str.replace(":", "", literal=True)
    minutes = offset.str.slice(1, 2).cast(pl.Int64) * 60 + offset.str.slice(3, 2).cast(pl.Int64)
    minutes = pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    has_time = text.str.contains(":", literal=True)
    bare = pl.when(has_time).then(text.str.replace(r"\s*(Z|[+-]\d{2}:?\d{2})$", "")).otherwise(text)
    tries = [bare.str.to_datetime(form, time_unit="us", strict=False) for form in _FORMATS]
    shift = pl.duration(minutes=pl.when(has_time).then(minutes).fill_null(0))
    return pl.coalesce(tries) - shift


def column_of(heading: str | None, names: Sequence[str]) -> str | None:
    """The raw column of the stamp's heading; None where the delivery does not have it."""
    if heading is None:
        return None
    return next((name for name in names if name.lower() == heading.lower()), None)


class Newest:
    """Chooses among the rows of a partial delivery, and between them and those that are there.

    A row whose stamp is older than that of the row that is there is left out. Of several rows with a key
    the newest stamp counts; where one of them has none, and between equal stamps, the newest file does.
    """

    @classmethod
    def of(
        cls,
        table: TableSpec,
        names: Sequence[str],
        previous: pl.DataFrame | None,
        delta: Delta | None,
        files: int,
    ) -> Newest | None:
        """None where there are no stamps, or nothing to choose from: a first delivery of one file."""
        stamp = column_of(table.stamp, names)
        if delta is None or stamp is None or (previous is None and files < 2):
            return None
        return cls(stamp, keys_of(table.contract.keys), previous, delta)

    def __init__(
        self, stamp: str, keys: Sequence[pl.Expr], previous: pl.DataFrame | None, delta: Delta
    ) -> None:
        self._stamp, self._keys, self._delta = stamp, list(keys), delta
        self._names = [key.meta.output_name() for key in keys]
        self._parts: list[tuple[pl.DataFrame, str]] = []
        self._there = None
        if previous is not None and stamp in previous.columns:
            there = previous.select(*self._keys, moment(stamp).alias(_AT)).drop_nulls()
            self._there = there.group_by(self._names).agg(pl.col(_AT).max())

    def add(self, rows: pl.DataFrame, uri: str) -> None:
        if not rows.is_empty():
            self._parts.append((rows, uri))

    def chosen(self) -> list[tuple[pl.DataFrame, str]]:
        """The rows that count and where they are from, part by part. The others are superseded."""
        if not self._parts:
            return []
        known = pl.concat([self._known(i, rows, uri) for i, (rows, uri) in enumerate(self._parts)])
        stays = known.select(self._stays(known)).to_series()
        found, at = [], 0
        for rows, uri in self._parts:
            kept = rows.filter(stays.slice(at, rows.height))
            at += rows.height
            self._delta.superseded += rows.height - kept.height
            if not kept.is_empty():
                found.append((kept, uri))
        return found

    def _known(self, part: int, rows: pl.DataFrame, uri: str) -> pl.DataFrame:
        ages: dict[str, int] = {}
        for _, other in self._parts:
            ages.setdefault(_file(other), len(ages))
        at, age = moment(self._stamp).alias(_AT), pl.lit(ages[_file(uri)]).alias(_AGE)
        return rows.select(*self._keys, at, age, pl.lit(part).alias(_PART))

    def _stays(self, known: pl.DataFrame) -> pl.Expr:
        """Of each row whether it counts, in the order of `known`."""
        keyed = pl.all_horizontal(pl.col(name).is_not_null() for name in self._names)
        stamped = pl.col(_AT).is_null().any().over(self._names).not_()
        newest = pl.col(_AT) == pl.col(_AT).max().over(self._names)
        among = pl.when(stamped).then(newest).otherwise(True)
        youngest = pl.when(among).then(pl.col(_AGE)).min().over(self._names)
        best = among & (pl.col(_AGE) == youngest)
        if self._there is None:
            return keyed.not_() | best
        there = known.join(self._there, on=self._names, how="left", maintain_order="left", suffix="_there")
        not_older = (pl.col(_AT) >= there[f"{_AT}_there"]).fill_null(True)
        return keyed.not_() | (best & not_older)


def says_deleted(rows: pl.DataFrame, words: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The rows whose status says that the record is deleted. words: column to values, in any case."""
    wanted = {column_of(column, rows.columns): values for column, values in words.items()}
    tests = [
        pl.col(column).str.strip_chars().str.to_lowercase().is_in([value.lower() for value in values])
        for column, values in wanted.items()
        if column is not None
    ]
    return rows.filter(pl.any_horizontal(tests).fill_null(False)) if tests else rows.clear()


def _file(uri: str) -> str:
    """Pages of one address are one file."""
    return uri.partition("#")[0] if "://" in uri else uri
