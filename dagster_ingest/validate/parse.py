"""Text to value, strictly: what a `type`, `format` or `range` rule makes of a cell.

A cell fails when the text is there and the value is null. Nothing is cast in the landed rows.
A value is made in steps, one for each format, so that a later format only sees what the earlier
ones refused; polars would otherwise parse every cell in every format.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

DATE_FORMATS = ("%Y-%m-%d",)
TIMESTAMP_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
)
TYPES = ("string", "integer", "number", "boolean", "date", "timestamp")
PARSED_TYPES = ("integer", "number", "date", "timestamp")


def steps(text: pl.Expr, value: pl.Expr, kind: str, formats: Sequence[str] = ()) -> list[pl.Expr]:
    """Expressions that make the typed value of `text`, each to be assigned to the column `value`.

    text     stripped, null texts already null
    value    the column that the step before was assigned to
    kind     one of PARSED_TYPES: integer (64 bits), number, date or timestamp
    formats  strptime patterns, tried in this order; empty means ISO 8601
    """
    if kind == "integer":
        return [text.cast(pl.Int64, strict=False)]
    if kind == "number":
        return [text.cast(pl.Float64, strict=False)]
    if kind == "date":
        first, *later = formats or DATE_FORMATS
        return [_date(text, first), *(value.fill_null(_date(_left(text, value), f)) for f in later)]
    first, *later = formats or TIMESTAMP_FORMATS
    return [_timestamp(text, first), *(value.fill_null(_timestamp(_left(text, value), f)) for f in later)]


def value_of(text: str, kind: str, formats: Sequence[str] = ()) -> object:
    """One text as a value, or None if it is none."""
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    for step in steps(pl.col("text"), pl.col("value"), kind, formats):
        frame = frame.with_columns(step.alias("value"))
    return frame["value"].item()


def _left(text: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(value.is_null()).then(text)


def _date(text: pl.Expr, pattern: str) -> pl.Expr:
    return text.str.to_date(pattern, strict=False)


def _timestamp(text: pl.Expr, pattern: str) -> pl.Expr:
    if "%z" in pattern or "%#z" in pattern or "%:z" in pattern:
        zoned = text.str.to_datetime(pattern, time_unit="us", time_zone="UTC", strict=False)
        return zoned.dt.replace_time_zone(None)
    return text.str.to_datetime(pattern, time_unit="us", strict=False)
