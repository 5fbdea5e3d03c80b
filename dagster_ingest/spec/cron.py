"""Whether a cron expression means something. Five fields, as Dagster's schedules take them."""

from __future__ import annotations

import re

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_NAMES = {
    "month": ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    "weekday": ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
}
_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")
_LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


def fault(expression: str) -> str | None:
    """What is wrong with a cron expression, or None."""
    texts = expression.split()
    if len(texts) != len(_FIELDS):
        return f"has {len(texts)} fields, not 5 (minute hour day month weekday)"
    wrong, found = _read(texts)
    return wrong or _never(texts, found)


def values(expression: str) -> dict[str, set[int]]:
    """The numbers that each field of a sound expression stands for, by the field's name."""
    return _read(expression.split())[1]


def _read(texts: list[str]) -> tuple[str | None, dict[str, set[int]]]:
    found: dict[str, set[int]] = {}
    for text, (name, low, high) in zip(texts, _FIELDS, strict=True):
        found[name] = set()
        for part in text.split(","):
            wrong, numbers = _part(part, name, low, high)
            if wrong:
                return f"{name} {part!r} {wrong}", found
            found[name] |= numbers
    return None, found


def _part(part: str, name: str, low: int, high: int) -> tuple[str | None, set[int]]:
    match = _PART.fullmatch(part)
    if match is None:
        return "is not a number, a range a-b, * or a step /n", set()
    step = int(match["step"] or 1)
    if not 1 <= step <= high:
        return f"has a step outside 1 to {high}", set()
    if match["first"] == "*":
        return ("mixes * and a range", set()) if match["last"] else (None, set(range(low, high + 1, step)))
    first = _number(match["first"], name, low)
    last = _number(match["last"], name, low) if match["last"] else (high if match["step"] else first)
    if first is None or last is None or not low <= first <= high or not low <= last <= high:
        return f"is outside {low} to {high}", set()
    if last < first:
        return "is a range that runs backwards", set()
    return None, set(range(first, last + 1, step))


def _number(text: str, name: str, low: int) -> int | None:
    if text.isascii() and text.isdigit():
        return int(text)
    names = _NAMES.get(name, [])
    return names.index(text.upper()) + low if text.upper() in names else None


def _never(texts: list[str], values: dict[str, set[int]]) -> str | None:
    """A day that none of the months has: the schedule would never fire."""
    if texts[4] != "*":
        return None
    first_day = min(values["day of month"])
    if all(first_day > _LONGEST.get(month, 31) for month in values["month"]):
        return "names a day that none of its months has, so it never fires"
    return None
