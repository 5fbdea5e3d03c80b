"""minimum, maximum and their exclusive kin of a column as the params of a range rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from dagster_ingest.spec.contract import Column
from dagster_ingest.spec.draft import Draft, is_number
from dagster_ingest.spec.problem import Loc

PARAMS = {
    "minimum": "min", "maximum": "max", "exclusiveMinimum": "above", "exclusiveMaximum": "below",
}  # fmt: skip
_PAIRS = (
    ("minimum", "maximum"), ("minimum", "exclusiveMaximum"),
    ("exclusiveMinimum", "maximum"), ("exclusiveMinimum", "exclusiveMaximum"),
)  # fmt: skip
_TIME = r"\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?"
_ISO = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII),
    "timestamp": re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]{_TIME}(?:Z|[+-]\d{{2}}:\d{{2}})?)?", re.ASCII),
    "time": re.compile(_TIME, re.ASCII),
}
_TESTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "date": (lambda value: moment(value, "date") is not None, "an ISO date in quotes"),
    "timestamp": (lambda value: moment(value, "timestamp") is not None, "an ISO date in quotes"),
    "time": (lambda value: moment(value, "time") is not None, "an ISO time in quotes"),
    "integer": (lambda value: is_number(value) and abs(value) < 2**127, "a number of at most 127 bits"),
}


def range_of(
    draft: Draft, column: Column, options: Mapping[str, Any], allowed: Collection[str], loc: Loc
) -> dict[str, Any]:
    """The bounds that the options name; what is no bound, or leaves no room, is noted."""
    test, what = _TESTS.get(column.type, (is_number, "a number"))
    zone = options.get("defaultTimezone")
    found = {}
    for key in PARAMS:
        if key not in options or key not in allowed:
            continue
        if test(options[key]) and (column.type != "timestamp" or moment(options[key], "timestamp", zone)):
            found[key] = options[key]
        else:
            draft.refuse((*loc, key), f"{key!r} is not {what}", value=options[key])
    ends: dict[str, Any] = {
        key: moment(value, column.type, zone) if column.type in _ISO else value
        for key, value in found.items()
    }
    for low, high in _PAIRS:
        if ends.get(low) is None or ends.get(high) is None:
            continue
        if ends[low] > ends[high] or (ends[low] == ends[high] and (low, high) != ("minimum", "maximum")):
            draft.refuse((*loc, low), f"{low!r} is above {high!r}: no row could pass", value=options[low])
    return {PARAMS[key]: value for key, value in found.items()}


def moment(value: Any, kind: str, zone: Any = None) -> datetime | time | None:
    """A date, timestamp or time in ISO 8601 as it is compared: without an offset it is in `zone`, or UTC."""
    if not isinstance(value, str) or not _ISO[kind].fullmatch(value):
        return None
    try:
        if kind == "time":
            return time.fromisoformat(value)
        found = datetime.fromisoformat(value)
        if found.tzinfo is not None:
            return found
        there = ZoneInfo(zone) if zone and kind == "timestamp" else UTC
        moved = found.replace(tzinfo=there).astimezone(UTC)
        # A moment that the clocks skipped comes back as another one.
        return moved if moved.astimezone(there).replace(tzinfo=None) == found else None
    except (ValueError, TypeError, OSError, OverflowError, LookupError):
        return None
