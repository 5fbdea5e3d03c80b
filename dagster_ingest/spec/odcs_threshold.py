"""The standard's operators: what a count, a percentage or the answer of a query must be.

Bounds of the between operators belong to the interval: the standard writes it `[0, 100]`, and its
prose, which would leave them out, is followed by no engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster_ingest.spec.draft import Draft, is_count, is_number
from dagster_ingest.spec.problem import Loc

OPERATORS = (
    "mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan",
    "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween",
)  # fmt: skip
BETWEEN = ("mustBeBetween", "mustNotBeBetween")
UNITS = ("rows", "percent")


def given(quality: Mapping[str, Any]) -> list[str]:
    """The operators that the entry uses, in the standard's order."""
    return [key for key in OPERATORS if quality.get(key) is not None]


def must(draft: Draft, quality: Mapping[str, Any], loc: Loc, *, truth: bool = False) -> dict[str, Any]:
    """Operator to number, or pair of numbers. Empty and noted where one is wrong or there is none.

    truth  mustBe and mustNotBe may also be true or false
    """
    keys = given(quality)
    if not keys:
        draft.refuse(loc, "there is no threshold", allowed=OPERATORS, fix="add `mustBe: 0`", on_key=True)
        return {}
    found: dict[str, Any] = {}
    for key in keys:
        value = quality[key]
        numbers = value if key in BETWEEN else [value]
        if truth and key in ("mustBe", "mustNotBe") and isinstance(value, bool):
            found[key] = value
        elif not all(is_number(number) for number in numbers):
            draft.refuse((*loc, key), f"{key!r} is not a number", value=value)
            return {}
        elif key in BETWEEN and numbers[0] > numbers[1]:
            draft.refuse((*loc, key), f"{key!r} has its bounds the wrong way round", value=value)
            return {}
        else:
            found[key] = list(value) if key in BETWEEN else value
    return found


def unit_of(draft: Draft, quality: Mapping[str, Any], loc: Loc) -> str | None:
    """rows unless the entry says percent."""
    unit = quality.get("unit") or "rows"
    if unit not in UNITS:
        draft.refuse((*loc, "unit"), f"the unit cannot be {unit!r}", value=unit, allowed=UNITS)
        return None
    return unit


def count_bounds(draft: Draft, quality: Mapping[str, Any], loc: Loc) -> dict[str, Any]:
    """Params of a row_count rule. Empty and noted where no count can meet them."""
    if quality.get("unit") not in (None, "rows"):
        fix = "shares of the last good load: `engine: dagster-ingest`, `rule: row_count_ratio`"
        draft.refuse(
            (*loc, "unit"), "the unit must be rows", value=quality["unit"], allowed=("rows",), fix=fix
        )
        return {}
    bounds: dict[str, Any] = {}
    lows, highs = [0], []
    for key in given(quality):
        value = quality[key]
        pair = value if key in BETWEEN else [value]
        if not all(is_count(number) for number in pair):
            draft.refuse((*loc, key), f"{key!r} cannot be executed for a row count", value=value, on_key=True)
            return {}
        if key == "mustNotBe":
            bounds["not"] = value
        elif key == "mustNotBeBetween":
            bounds["not_between"] = list(value)
        if key in ("mustBe", "mustBeBetween", "mustBeGreaterThan", "mustBeGreaterOrEqualTo"):
            lows.append(pair[0] + (key == "mustBeGreaterThan"))
            bounds["min"] = max(lows)
        if key in ("mustBe", "mustBeBetween", "mustBeLessThan", "mustBeLessOrEqualTo"):
            highs.append(pair[-1] - (key == "mustBeLessThan"))
            bounds["max"] = min(highs)
    low, high = bounds.get("min", 0), bounds.get("max", float("inf"))
    none_left = low > high or (low == high == bounds.get("not"))
    if "not_between" in bounds:
        first, last = bounds["not_between"]
        none_left = none_left or first > last or (first <= low and high <= last)
    if not bounds or none_left:
        fix = "write `mustBeGreaterOrEqualTo: 1`"
        draft.refuse(loc, "rowCount needs bounds that a count can meet", fix=fix, on_key=True)
        return {}
    return bounds
