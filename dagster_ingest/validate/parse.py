"""Text to value, strictly: what a `type`, `format` or `range` rule makes of a cell.

A cell fails when the text is there and the value is null. Nothing is cast in the landed rows.
A value is made in steps, one for each format, so that a later format only sees what the earlier
ones refused; polars would otherwise parse every cell in every format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import polars as pl

DATE_FORMATS = ("%Y-%m-%d",)
TIMESTAMP_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M%#z",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%d",
)
TIME_FORMATS = ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f")
TYPES = ("string", "integer", "number", "boolean", "date", "timestamp", "time")
WIDTHS: dict[str, type[pl.DataType]] = {
    "i8": pl.Int8, "i16": pl.Int16, "i32": pl.Int32, "i64": pl.Int64, "i128": pl.Int128,
    "u8": pl.UInt8, "u16": pl.UInt16, "u32": pl.UInt32, "u64": pl.UInt64, "u128": pl.UInt128,
    "integer": pl.Int64,
}  # fmt: skip
FLOATS = ("number", "f64", "f32")
_SHORT = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%D": "%m/%d/%y", "%R": "%H:%M"}
_PART = re.compile(r"(%(?:\.f|[:#]z|.))|(\s+)|(.)")
_FORMS = {
    "%Y": "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])", "%y": "[0-9]{2}", "%b": "[A-Za-z]+",
    "%B": "[A-Za-z]+", "%p": "[AaPp][Mm]", "%f": "[0-9]+", "%.f": r"(?:\.[0-9]+)?",
    **dict.fromkeys(("%m", "%d", "%H", "%I", "%M", "%S"), "[0-9]{1,2}"),
    **dict.fromkeys(("%e", "%k", "%l"), r"\s?[0-9]{1,2}"),
    **dict.fromkeys(("%z", "%:z", "%#z"), "(?:Z|[+-][0-9:]+)"),
}  # fmt: skip
F32_MAX = 3.4028235e38
PARSED_TYPES = (*WIDTHS, *FLOATS, "date", "timestamp", "time")


def steps(
    text: pl.Expr, value: pl.Expr, kind: str, formats: Sequence[str] = (), zone: str | None = None
) -> list[pl.Expr]:
    """Expressions that make the typed value of `text`, each to be assigned to the column `value`.

    text     stripped, null texts already null
    value    the column that the step before was assigned to
    kind     one of PARSED_TYPES: integer (64 bits) or a width, number (f64) or f32, date, timestamp, time;
             infinities and NaN, which the engine's cast takes, are no numbers
    formats  strptime patterns, tried in this order; empty means ISO 8601
    zone     where a timestamp without an offset is local time; None means UTC
    """
    if kind in WIDTHS:
        return [text.cast(WIDTHS[kind], strict=False)]
    if kind in FLOATS:
        number = text.cast(pl.Float64, strict=False)
        return [pl.when(number.abs() <= F32_MAX if kind == "f32" else number.is_finite()).then(number)]
    if kind == "time":
        first, *later = formats or TIME_FORMATS
        return [_time(text, first), *(value.fill_null(_time(_left(text, value), f)) for f in later)]
    if kind == "date":
        first, *later = formats or DATE_FORMATS
        return [_date(text, first), *(value.fill_null(_date(_left(text, value), f)) for f in later)]
    first, *later = formats or TIMESTAMP_FORMATS
    rest = (value.fill_null(_timestamp(_left(text, value), f, zone)) for f in later)
    return [_timestamp(text, first, zone), *rest]


def value_of(text: str, kind: str, formats: Sequence[str] = (), zone: str | None = None) -> object:
    """One text as a value, or None if it is none."""
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    for step in steps(pl.col("text"), pl.col("value"), kind, formats, zone):
        frame = frame.with_columns(step.alias("value"))
    return frame["value"].item()


def _formed(text: pl.Expr, pattern: str) -> pl.Expr:
    """Text that is written as `pattern` says, else null: the engine reads 02/09/24 as of the year 24."""
    return pl.when(text.str.contains(form_of(pattern))).then(text)


@lru_cache(maxsize=1024)
def form_of(pattern: str) -> str:
    """What a text of a strptime pattern looks like, as a regular expression.

    A year has four digits and is not 0; other numbers one or two; a blank stands for white space.
    """
    for short, long in _SHORT.items():
        pattern = pattern.replace(short, long)
    parts = (
        _FORMS.get(d, d[-1]) if d else r"\s+" if b else re.escape(c) for d, b, c in _PART.findall(pattern)
    )
    return f"^{''.join(parts)}$"


def _left(text: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(value.is_null()).then(text)


def _date(text: pl.Expr, pattern: str) -> pl.Expr:
    return _formed(text, pattern).str.to_date(pattern, strict=False)


def _time(text: pl.Expr, pattern: str) -> pl.Expr:
    return _formed(text, pattern).str.to_time(pattern, strict=False)


def _timestamp(text: pl.Expr, pattern: str, zone: str | None) -> pl.Expr:
    text = _formed(text, pattern)
    if "%z" in pattern or "%#z" in pattern or "%:z" in pattern:
        zoned = text.str.to_datetime(pattern, time_unit="us", time_zone="UTC", strict=False)
        return zoned.dt.replace_time_zone(None)
    local = text.str.to_datetime(pattern, time_unit="us", strict=False)
    if zone is None:
        return local
    there = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return there.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
