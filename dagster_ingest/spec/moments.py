"""When a cron expression comes, in seconds of the epoch, as Dagster's schedules have it.

A wall-clock time that a change of clocks leaves out comes at the end of the gap; one that there is twice
comes the second time. Where the hour is `*` the hours that there really are count.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as of_day
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from dagster_ingest.spec import cron

_HORIZON = (
    366 * 9
)  # days; the longest that a sound expression keeps silent is from one 29 February to another
_LOOKED_AT = 400
_ANCHOR = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def after(expression: str, timezone: str, moment: float) -> float:
    """The first time that comes later than `moment`. ValueError where none does."""
    day = _local(moment, timezone)
    for number in range(-1, _HORIZON):
        for found in _day(expression, timezone, day + timedelta(days=number)):
            if found > moment:
                return found
    raise ValueError(f"{expression!r} never comes")


def latest(expression: str, timezone: str, moment: float) -> float:
    """The last time at `moment` or before it. ValueError where there was none."""
    day = _local(moment, timezone)
    for number in range(-1, _HORIZON):
        for found in reversed(_day(expression, timezone, day - timedelta(days=number))):
            if found <= moment:
                return found
    raise ValueError(f"{expression!r} never came")


def shortest_gap(expression: str, timezone: str) -> float:
    """Seconds between the two closest times of a year or so."""
    times = [after(expression, timezone, _ANCHOR)]
    while len(times) < _LOOKED_AT and times[-1] < _ANCHOR + 400 * 86400:
        times.append(after(expression, timezone, times[-1]))
    return min((later - sooner for sooner, later in pairwise(times)), default=86400.0)


def _local(moment: float, timezone: str) -> date:
    return datetime.fromtimestamp(moment, _zone(timezone)).date()


@lru_cache(maxsize=64)
def _zone(timezone: str) -> ZoneInfo:
    return ZoneInfo(timezone)


@lru_cache(maxsize=4096)
def _day(expression: str, timezone: str, day: date) -> tuple[float, ...]:
    """The times of one local day, in order."""
    if not _falls_on(expression, day):
        return ()
    values, zone = _values(expression), _zone(timezone)
    hourly = expression.split()[1] == "*"
    found: set[float] = set()
    for hour in values["hour"]:
        for minute in values["minute"]:
            found.update(_instants(datetime.combine(day, of_day(hour, minute)), zone, hourly=hourly))
    return tuple(sorted(found))


@lru_cache(maxsize=256)
def _values(expression: str) -> dict[str, set[int]]:
    return cron.values(expression)


def _falls_on(expression: str, day: date) -> bool:
    """Where day of month and weekday are both given, either will do."""
    values, texts = _values(expression), expression.split()
    if day.month not in values["month"]:
        return False
    of_month = day.day in values["day of month"]
    of_week = bool({day.isoweekday(), day.isoweekday() % 7} & values["weekday"])
    if texts[2] != "*" and texts[4] != "*":
        return of_month or of_week
    return of_month and of_week


def _instants(wall: datetime, zone: ZoneInfo, *, hourly: bool) -> Iterator[float]:
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    sooner, later = first.timestamp(), second.timestamp()
    if sooner == later:
        yield sooner
    elif sooner < later:  # there is this time twice
        yield from (sooner, later) if hourly else (later,)
    elif not hourly:  # there is none: `later` lies before the gap, `sooner` behind it
        yield _end_of_gap(later, sooner, zone)


def _end_of_gap(low: float, high: float, zone: ZoneInfo) -> float:
    """The change of clocks between two moments, to the second."""
    offset = datetime.fromtimestamp(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high
