"""Headings to raw columns: by name, never by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from dagster_ingest import naming
from dagster_ingest.connectors.base import Batch
from dagster_ingest.errors import DataError, guess
from dagster_ingest.extract.result import Drift
from dagster_ingest.spec.contract import Column, Contract

_DELIMITERS = (",", ";", "|", "\t")
_NOTHING = "nothing was committed; the last good partition stands"


@dataclass(frozen=True)
class Alignment:
    """How a delivery's columns become raw columns.

    names   raw columns: the contract's in its order, then the source's further ones
    drift   what the source has beyond the contract, and what it lacks of it
    """

    contract: Contract
    names: tuple[str, ...]
    drift: Drift
    _sources: dict[tuple[str, ...], tuple[str | None, ...]] = field(default_factory=dict, repr=False)

    def apply(self, frame: pl.DataFrame, uri: str) -> pl.DataFrame:
        """The frame's columns under their raw names; a missing optional one is null.

        Raises DataError (`COLUMN|present`) where a key or required heading is not there.
        """
        headings = tuple(frame.columns)
        if headings not in self._sources:
            at = _by_name(headings)
            _require(self.contract, headings, at, uri)
            self._sources[headings] = tuple(at.get(name.lower()) for name in self.names)
        sources = self._sources[headings]
        if sources == headings:
            aligned = frame.clone()
            aligned.columns = self.names
            return aligned
        absent = pl.lit(None, dtype=pl.String)
        pairs = zip(sources, self.names, strict=True)
        return frame.select((pl.col(h) if h is not None else absent).alias(name) for h, name in pairs)


def align(
    contract: Contract, headings: Sequence[str], companions: Sequence[str], uri: str, delimiter: str
) -> Alignment:
    """Match headings to the contract without regard to case and punctuation.

    The first of several equal headings is the contract's; the others land as further columns.
    `companions`: names that decoded columns will take. Raises DataError for another table's file.
    """
    at = _by_name(headings)
    fields = {c.field.lower() for c in contract.columns}
    _require_delimiter(contract, headings, fields & at.keys(), uri, delimiter)
    taken = {name.lower() for name in companions}
    clash = sorted(at.keys() & taken)
    if clash:
        raise DataError(
            f"the heading {at[clash[0]]!r} takes the name of a decoded column",
            rule=naming.rule_id(clash[0], "present"),
            where=uri,
            not_done=_NOTHING,
            fix="have the column renamed, or take its namesake out of `decode`",
        )
    added = tuple(name for name in naming.column_names(headings) if name.lower() not in fields)
    missing = tuple(c.field for c in contract.columns if c.field.lower() not in at)
    return Alignment(contract, tuple(c.field for c in contract.columns) + added, Drift(added, missing))


def record_numbers(batch: Batch) -> pl.Series:
    """`_row_number` of a batch's rows."""
    if batch.row_numbers is not None:
        return batch.row_numbers.alias("_row_number")
    start = batch.first_row
    return pl.int_range(start, start + batch.frame.height, dtype=pl.Int64, eager=True).alias("_row_number")


def _by_name(headings: Sequence[str]) -> dict[str, str]:
    """Raw name in lower case to heading."""
    names = naming.column_names(headings)
    return {name.lower(): heading for name, heading in zip(names, headings, strict=True)}


def _require(contract: Contract, headings: Sequence[str], at: dict[str, str], uri: str) -> None:
    wanted = [c for c in contract.columns if c.key or c.field in contract.keys or not c.optional]
    missing = [c for c in wanted if c.field.lower() not in at]
    if missing:
        raise DataError(
            f"missing column{'s' if len(missing) > 1 else ''}: {', '.join(repr(c.name) for c in missing)}",
            rule=naming.rule_id(missing[0].field, "present"),
            where=uri,
            not_done=_NOTHING,
            fix=_nearest(missing[0], headings) + "restore the heading, or mark the column optional",
        )


def _nearest(column: Column, headings: Sequence[str]) -> str:
    near = guess(column.name, headings)
    return f"is it now called {near!r}? " if near else ""


def _require_delimiter(
    contract: Contract, headings: Sequence[str], matched: set[str], uri: str, delimiter: str
) -> None:
    """Another delimiter would give more of the contract's columns: then it is the file's."""
    if len(matched) > 1 or len(contract.columns) < 2:
        return
    fields = {c.field.lower() for c in contract.columns}
    line = delimiter.join(headings)
    matches = {d: len(fields & _by_name(line.split(d)).keys()) for d in _DELIMITERS if d != delimiter}
    best = max(matches, key=lambda d: matches[d])
    if matches[best] > max(1, len(matched)):
        raise DataError(
            f"the heading row has {len(headings)} column{'s' if len(headings) > 1 else ''} when split at "
            f"{delimiter!r}, but {matches[best]} of the contract's {len(fields)} when split at {best!r}",
            rule="file|delimiter",
            where=uri,
            not_done=_NOTHING,
            fix=f"set `delimiter: {best!r}` for this table if the source changed for good",
        )
