"""Typed values as text: one form, whichever library brought them. What arrives as text stays as it is.

| value | text |
|---|---|
| text | verbatim |
| null | null |
| true, false | `true`, `false` |
| whole number | its digits: `42` |
| decimal | its digits, trailing zeros kept: `1.50` |
| float | the shortest that reads back the same: `0.1`, `5.0`, `1e-07`, `1e+22`; `NaN`, `-Infinity` |
| date, time | `2026-11-02`, `03:15:00`, `03:15:00.5` |
| timestamp | `2026-11-02T03:15:00`, fractions without trailing zeros; with a time zone: in UTC, with `Z` |
| date or time that no calendar has | the number that stands for it in the source |
| duration | ISO 8601: `P1DT3S` |
| bytes | base64 |
| list, struct, mapping | JSON without blanks, in source order, scalars as above; numbers and booleans bare |
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dagster_ingest.errors import DataError

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


def cell(value: Any) -> str | None:
    """One value as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (Mapping, list, tuple)):
        return _json(value)
    return _scalar(value)


def rows(records: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pl.DataFrame:
    """Records as a frame of text; a key that a record lacks is null."""
    import polars as pl

    held = list(records)
    cells = {c: [cell(record.get(c)) for record in held] for c in columns}
    return pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String))


def frame(typed: pl.DataFrame) -> pl.DataFrame:
    """The same columns, every one as text."""
    import polars as pl

    return pl.DataFrame([_of_series(series) for series in typed.get_columns()])


def _of_series(series: pl.Series) -> pl.Series:
    if not series.dtype.is_temporal():
        return _column(series)
    column = series.to_arrow()
    return _temporal(series.name, column, column.type)


def of_arrow(table: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    """Arrow columns as text. What polars has no type for goes through Python."""
    import polars as pl
    import pyarrow as pa

    found = []
    for field, column in zip(table.schema, table.columns, strict=True):
        kind = field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type
        if pa.types.is_nested(kind) or pa.types.is_decimal256(kind) or kind != field.type:
            cells = [cell(_of_map(value, kind)) for value in _values(field.name, column)]
            found.append(pl.Series(field.name, cells, pl.String))
        elif pa.types.is_temporal(kind):
            found.append(_temporal(field.name, column, kind))
        else:
            found.append(_column(pl.Series(field.name, pl.from_arrow(column))))
    return pl.DataFrame(found)


def _values(name: str, column: Any) -> list[Any]:
    try:
        return column.to_pylist()
    except (OverflowError, ValueError) as error:
        raise DataError(
            f"the column {name!r} holds nested dates or times that no calendar has: {error}",
            rule=f"{name}|readable",
            not_done="nothing was committed; the last good partition stands",
            fix="have them corrected, or exported as text",
        ) from None


_YEARS = 260_000 * 31_556_952  # seconds from 1970 that the calendar of polars surely has, both ways
_TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def _temporal(name: str, column: Any, kind: pa.DataType) -> pl.Series:
    """Dates and times as text; what no calendar has, as the number that the source keeps in its place."""
    import polars as pl
    import pyarrow as pa

    narrow = pa.types.is_date32(kind) or pa.types.is_time32(kind)
    raw = pl.Series(pl.from_arrow(column.cast(pa.int32() if narrow else pa.int64())))
    ticks = _TICKS["ms" if pa.types.is_date64(kind) else getattr(kind, "unit", "s")]
    least, most = -_YEARS * ticks, _YEARS * ticks
    if pa.types.is_date32(kind):
        least, most = least // 86_400, most // 86_400
    elif pa.types.is_time(kind):
        least, most = 0, 86_400 * ticks - 1
    elif pa.types.is_duration(kind):
        least, most = -(2**63) // 1_000, 2**63 // 1_000 if ticks == 1 else 2**63
    odd = ((raw < max(least, -(2**63))) | (raw > min(most, 2**63 - 1))).fill_null(False)
    if not odd.any():
        return _column(pl.Series(name, pl.from_arrow(column)))
    import pyarrow.compute as pc

    sound = pc.if_else(odd.to_arrow(), pa.scalar(None, kind), column)
    told = _column(pl.Series(name, pl.from_arrow(sound)))
    return raw.cast(pl.String).zip_with(odd, told).alias(name)


def _of_map(value: Any, kind: pa.DataType) -> Any:
    import pyarrow as pa

    return dict(value) if value is not None and pa.types.is_map(kind) else value


def _column(series: pl.Series) -> pl.Series:
    import polars as pl

    kind = series.dtype
    if kind == pl.String:
        return series
    if kind.is_float():
        return _floats(series)
    if isinstance(kind, pl.Datetime):
        return _timestamps(series, zoned=kind.time_zone is not None)
    if kind == pl.Time:
        return _without_zeros(series.dt.to_string("%H:%M:%S%.f"))
    if kind == pl.Duration:
        return series.dt.to_string("iso")
    if kind == pl.Binary:
        return series.bin.encode("base64")
    if kind.is_nested() or kind == pl.Object:
        return pl.Series(series.name, [cell(value) for value in series.to_list()], pl.String)
    return series.cast(pl.String)


def _floats(series: pl.Series) -> pl.Series:
    import polars as pl

    text = series.cast(pl.String)
    tiny = (series.abs() < 1e-4) & (series != 0) & series.is_not_nan()
    if tiny.any():
        texts = text.to_list()
        for at in tiny.arg_true():
            texts[at] = repr(float(texts[at]))
        text = pl.Series(series.name, texts, pl.String)
    return text.replace({"inf": "Infinity", "-inf": "-Infinity"})


def _timestamps(series: pl.Series, *, zoned: bool) -> pl.Series:
    if zoned:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    text = _without_zeros(series.dt.to_string("%Y-%m-%dT%H:%M:%S%.f"))
    return text + "Z" if zoned else text


def _without_zeros(text: pl.Series) -> pl.Series:
    return text.str.replace(r"(\.\d*[1-9])0+$|\.0+$", "$1")


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isfinite(value):
            return repr(float(value))
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, datetime):
        zoned = value.tzinfo is not None
        try:
            moment = value.astimezone(UTC).replace(tzinfo=None) if zoned else value
        except OverflowError:  # the first and the last day of the calendar
            return value.isoformat()
        return _fraction(moment.isoformat()) + ("Z" if zoned else "")
    if isinstance(value, time):
        return _fraction(value.replace(tzinfo=None).isoformat())
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else _scalar(float(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, timedelta):
        import polars as pl

        return pl.Series([value], dtype=pl.Duration("us")).dt.to_string("iso")[0]
    return str(value)  # int, UUID, and whatever else writes itself


def _fraction(text: str) -> str:
    return text.rstrip("0") if "." in text else text


def _json(value: Any) -> str:
    """Compact JSON that keeps every digit of a decimal."""
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        parts = (f"{_quoted(k if isinstance(k, str) else _scalar(k))}:{_json(v)}" for k, v in value.items())
        return "{" + ",".join(parts) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    bare = isinstance(value, int) or (isinstance(value, (float, Decimal)) and math.isfinite(value))
    return _scalar(value) if bare else _quoted(_scalar(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
