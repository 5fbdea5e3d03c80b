"""Typed values of drivers whose canonical text needs the column's type to be known."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors import text
from dagster_ingest.connectors.sql.table import Column

if TYPE_CHECKING:
    import polars as pl

_ZEROS = re.compile(r"(\.\d*?)0+(Z?)$")


def writer(dialect: str, column: Column) -> Callable[[Any], str | None]:
    """What writes the column's values."""
    if column.base in ("json", "jsonb"):
        return _compact
    if dialect == "mysql" and column.base == "timestamp":  # the session is in UTC
        return _utc
    if dialect == "sqlserver" and column.base in ("datetime2", "datetimeoffset"):
        return _without_zeros
    return text.cell


def of_rows(rows: list[Any], names: list[str], writers: list[Callable[[Any], str | None]]) -> pl.DataFrame:
    """Tuples as a frame of text."""
    import polars as pl

    cells = zip(*rows, strict=True) if rows else [() for _ in names]
    series = [
        pl.Series(name, [write(value) for value in values], pl.String)
        for name, write, values in zip(names, writers, cells, strict=True)
    ]
    return pl.DataFrame(series)


def _compact(value: Any) -> str | None:
    """JSON as other connectors write nested values; the scalars in it keep their digits."""
    if value is None or not isinstance(value, (str, bytes)):
        return text.cell(value)
    parsed = json.loads(value, parse_float=Decimal)
    return text.cell([parsed])[1:-1]  # type: ignore[index]  # a bare text or null keeps its JSON form


def _utc(value: Any) -> str | None:
    return text.cell(value.replace(tzinfo=UTC) if isinstance(value, datetime) else value)


def _without_zeros(value: Any) -> str | None:
    if not isinstance(value, str):
        return text.cell(value)
    return _ZEROS.sub(lambda found: (found[1] if found[1] != "." else "") + found[2], value)
