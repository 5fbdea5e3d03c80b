"""sling's JSON values as canonical text, by what sling says of their columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from dagster_ingest.connectors import text
from dagster_ingest.connectors.sling.program import Column


def writer(column: Column) -> Callable[[Any], str | None]:
    """What writes the column's values. sling gives every time an offset, and every date a time."""
    if column.general == "date":
        return lambda value: value.partition("T")[0] if isinstance(value, str) else text.cell(value)
    if column.general == "datetime":
        return lambda value: value.removesuffix("Z") if isinstance(value, str) else text.cell(value)
    if column.general == "float":
        return lambda value: text.cell(float(value) if isinstance(value, (int, Decimal)) else value)
    if column.general == "json":
        return _compact
    return text.cell


def _compact(value: Any) -> str | None:
    return text.cell(json.loads(value, parse_float=Decimal) if isinstance(value, str) else value)
