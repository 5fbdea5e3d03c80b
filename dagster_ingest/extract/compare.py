"""The difference between a candidate and the partition that it would replace, by key.

Row hashes say which keys to look at; of those the cells are compared, one column at a time. Keys of
large tables are matched in slices by a hash of the key. So memory holds a slice of the keys and one
column, whatever the table's width.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from dagster_ingest.extract.difference import ColumnChange, Difference, Sample
from dagster_ingest.naming import SYSTEM_COLUMNS
from dagster_ingest.redact import MASK
from dagster_ingest.spec.contract import Contract

SLICE_ROWS = 1_000_000
SAMPLES = 10
LONGEST = 4_000
_HASH, _KEY, _AT = "_row_hash", "_key", "_at"


def compare(
    before: pl.LazyFrame, after: pl.LazyFrame, contract: Contract, columns: Sequence[str] = ()
) -> Difference:
    """Both frames are landed rows, system columns included. `columns`: the reviewed ones, none for all."""
    rows = sum(frame.select(pl.len()).collect().item() for frame in (before, after))
    had, has = (_own(frame) for frame in (before, after))
    apart = {
        "new_columns": tuple(c for c in has if c not in had),
        "gone_columns": tuple(c for c in had if c not in has),
    }
    work = _Comparison(contract, had, has, columns, slices=max(1, -(-rows // (2 * SLICE_ROWS))))
    for number in range(work.slices):
        work.look(before, after, number)
    return work.result(apart)


class _Comparison:
    """Adds up what the slices hold."""

    def __init__(
        self, contract: Contract, had: list[str], has: list[str], reviewed: Sequence[str], *, slices: int
    ) -> None:
        self.slices = slices
        keys = contract.keys if all(k in had and k in has for k in contract.keys) else ()
        self._keys = [pl.col(k).str.strip_chars() for k in keys] or [pl.col(_HASH)]
        self._by_key = bool(keys)
        self._had, self._has = had, has
        shared = [c for c in has if c in had]
        known = {*had, *has}
        self._shown = [c for c in reviewed if c in known] or shared
        self._compared = list(dict.fromkeys([*self._shown, *shared])) if self._by_key else []
        # What the contract does not name, decoded companions too, may be private for all that is known.
        self._open = {c.field for c in contract.columns if not c.private}
        self._mask_keys = not (self._by_key and set(keys) <= self._open)
        self._counts: Counter[str] = Counter()
        self._columns: Counter[str] = Counter()
        self._samples: dict[str, list[Sample]] = {}
        self._some: dict[str, list[str]] = {"added": [], "removed": []}

    def look(self, before: pl.LazyFrame, after: pl.LazyFrame, number: int) -> None:
        old, new = (self._slice(frame, number) for frame in (before, after))
        left, right = (self._slim(frame) for frame in (old, new))
        self._counts.update(before=_total(left), after=_total(right))
        if not self._by_key:
            both = left.join(right, on=_KEY, how="full", coalesce=True).fill_null(0)
            more = (pl.col("n_right") - pl.col("n")).clip(lower_bound=0).sum()
            fewer = (pl.col("n") - pl.col("n_right")).clip(lower_bound=0).sum()
            added, removed = both.select(more.alias("added"), fewer.alias("removed")).row(0)
            self._counts.update(added=added, removed=removed)
            return
        for name, there, gone in (("added", right, left), ("removed", left, right)):
            apart = there.join(gone, on=_KEY, how="anti", nulls_equal=True)
            self._counts[name] += apart.height
            self._some[name] += [] if self._mask_keys else apart[_KEY].sort().head(SAMPLES).to_list()
        both = left.join(right, on=_KEY, how="inner", nulls_equal=True)
        differing = both.filter(pl.col(_HASH) != pl.col(f"{_HASH}_right")).sort(_KEY)
        if differing.height:
            self._cells(before, after, differing)

    def result(self, apart: dict[str, tuple[str, ...]]) -> Difference:
        counts = self._counts
        columns = [
            ColumnChange(name, count, tuple(sorted(self._samples[name], key=lambda s: s.key)[:SAMPLES]))
            for name, count in sorted(self._columns.items(), key=lambda item: -item[1])
        ]
        some = {f"{name}_keys": tuple(sorted(found)[:SAMPLES]) for name, found in self._some.items()}
        return Difference(
            before=counts["before"],
            after=counts["after"],
            added=counts["added"],
            removed=counts["removed"],
            changed=counts["changed"] if self._by_key else None,
            columns=tuple(columns),
            **some,
            **apart,
        )

    def _slice(self, frame: pl.LazyFrame, number: int) -> pl.LazyFrame:
        """The rows whose key falls into a slice, with the key as one text."""
        key = pl.concat_str([part.cast(pl.String).fill_null("") for part in self._keys], separator=" / ")
        keyed = frame.with_columns(key.alias(_KEY))
        keyed = keyed.with_row_index(_AT)
        if self.slices == 1:
            return keyed
        return keyed.filter(pl.col(_KEY).hash(seed=211) % self.slices == number)

    def _slim(self, frame: pl.LazyFrame) -> pl.DataFrame:
        if not self._by_key:
            return frame.group_by(_KEY).agg(pl.len().cast(pl.Int64).alias("n")).collect()
        return frame.select(_KEY, _HASH, _AT).unique(_KEY, keep="first", maintain_order=True).collect()

    def _cells(self, before: pl.LazyFrame, after: pl.LazyFrame, differing: pl.DataFrame) -> None:
        """Compare the cells of `differing` keys; it holds where their rows stand in either frame."""
        changed = pl.repeat(False, differing.height, eager=True)
        for column in self._compared:
            left = _cells_at(before, column, differing[_AT], self._had)
            right = _cells_at(after, column, differing[f"{_AT}_right"], self._has)
            unequal = left.ne_missing(right)
            count = int(unequal.sum())
            if not count:
                continue
            changed = changed | unequal
            if column in self._shown:
                self._columns[column] += count
                first = unequal.arg_true().head(SAMPLES)
                cells = zip(
                    differing[_KEY].gather(first), left.gather(first), right.gather(first), strict=True
                )
                self._samples.setdefault(column, []).extend(self._sample(column, *cell) for cell in cells)
        self._counts["changed"] += int(changed.sum())

    def _sample(self, column: str, key: str, before: str | None, after: str | None) -> Sample:
        values = (before, after)
        if column not in self._open:
            values = tuple(MASK if v else v for v in values)  # type: ignore[assignment]
        shown = (v if v is None else v[:LONGEST] for v in values)
        return Sample(MASK if self._mask_keys else key, *shown)


def _own(frame: pl.LazyFrame) -> list[str]:
    return [c for c in frame.collect_schema().names() if c not in SYSTEM_COLUMNS]


def _cells_at(frame: pl.LazyFrame, column: str, at: pl.Series, columns: list[str]) -> pl.Series:
    """The cells of a column in the rows `at`; null in all of them where the frame lacks it."""
    if column not in columns:
        return pl.repeat(None, at.len(), dtype=pl.String, eager=True)
    return frame.select(column).collect().to_series().gather(at)


def _total(slim: pl.DataFrame) -> int:
    return int(slim["n"].sum()) if "n" in slim.columns else slim.height
