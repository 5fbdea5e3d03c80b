"""Checks that pandera does not bring. Each is one polars expression over one column and its companions.

They keep pandera's own form, `lazyframe.select(expression)`, so that its backend and the fused one
(see backend.py) run the same object.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from pandera.api.polars.types import PolarsData

BOOLEAN_TEXTS = ("yes", "no", "true", "false", "1", "0", "y", "n")


def present(data: PolarsData) -> Any:
    """There is a value. The one check that null does not pass."""
    return data.lazyframe.select(pl.col(data.key).is_not_null())


def parses(data: PolarsData, value: str) -> Any:
    """Text that is there also has a value: `value` names the column that holds the strict cast."""
    return data.lazyframe.select(pl.col(data.key).is_null() | pl.col(value).is_not_null())


def boolean_text(data: PolarsData) -> Any:
    """yes, no, true, false, 1, 0, y or n, in any case."""
    return data.lazyframe.select(pl.col(data.key).str.to_lowercase().is_in(BOOLEAN_TEXTS))


def decoded(data: PolarsData, companion: str) -> Any:
    """A cell that is not blank could be decoded: its JSON companion is there."""
    return data.lazyframe.select(pl.col(data.key).is_null() | pl.col(companion).is_not_null())


def not_missing(data: PolarsData, raw: str, null: bool) -> Any:
    """The cell is none of the missing texts: `raw` is null where it is one. `null`: nor is it null."""
    there = pl.col(raw).is_not_null()
    return data.lazyframe.select(there & pl.col(data.key).is_not_null() if null else there)


def multiple_of(data: PolarsData, step: str) -> Any:
    """A whole multiple of `step`, counted in whole units of the last decimal place: no float is made."""
    of = Decimal(step)
    places = max(0, -int(of.normalize().as_tuple().exponent))
    units = int(of.scaleb(places))
    text = pl.col(data.key)
    whole = text.str.extract(r"^[+-]?([0-9]*)")
    part = text.str.extract(r"\.([0-9]*?)0*$").fill_null("")
    digits = pl.concat_str([whole, part.str.pad_end(places, "0")])
    plain = text.str.contains(r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$") & (part.str.len_chars() <= places)
    # 38 digits fit; a longer text is refused, since it cannot be counted.
    rest = digits.cast(pl.Int128, strict=False) % pl.lit(units, dtype=pl.Int128)
    return data.lazyframe.select(text.is_null() | (plain & (rest == 0).fill_null(False)))


def ends_after(data: PolarsData, moment: datetime) -> Any:
    """The date is not over at `moment`, or was over just then."""
    end = pl.col(data.key).cast(pl.Datetime("us")) + pl.duration(days=1)
    return data.lazyframe.select(end >= moment)


def known_key(data: PolarsData, known: pl.Series) -> Any:
    """The key stands in the parent table. `known` holds the parent's keys, once each."""
    return data.lazyframe.select(pl.col(data.key).is_in(known.implode()))
