"""Checks that pandera does not bring. Each is one polars expression over one column and its companions.

They keep pandera's own form, `lazyframe.select(expression)`, so that its backend and the fused one
(see backend.py) run the same object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from pandera.api.polars.types import PolarsData

BOOLEAN_TEXTS = ("yes", "no", "true", "false", "1", "0", "y", "n")


def present(data: PolarsData) -> Any:
    """There is a value. The one check that null does not pass."""
    return data.lazyframe.select(pl.col(data.key).is_not_null())


def parses(data: PolarsData, value: str, finite: bool = False) -> Any:
    """Text that is there also has a value: `value` names the column that holds the strict cast.

    finite: infinities and NaN, which the cast takes, are no numbers.
    """
    there = pl.col(value).is_finite().fill_null(False) if finite else pl.col(value).is_not_null()
    return data.lazyframe.select(pl.col(data.key).is_null() | there)


def boolean_text(data: PolarsData) -> Any:
    """yes, no, true, false, 1, 0, y or n, in any case."""
    return data.lazyframe.select(pl.col(data.key).str.to_lowercase().is_in(BOOLEAN_TEXTS))


def decoded(data: PolarsData, companion: str) -> Any:
    """A cell that is not blank could be decoded: its JSON companion is there."""
    return data.lazyframe.select(pl.col(data.key).is_null() | pl.col(companion).is_not_null())


def known_key(data: PolarsData, known: pl.Series) -> Any:
    """The key stands in the parent table. `known` holds the parent's keys, once each."""
    return data.lazyframe.select(pl.col(data.key).is_in(known.implode()))
