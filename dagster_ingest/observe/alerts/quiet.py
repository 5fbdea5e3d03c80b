"""Quiet hours as stretches of time, each night one, whatever the clocks do."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dagster_ingest.observe.alerts.incident import rank
from dagster_ingest.spec.alerts import Quiet, Severity


def quiet_until(quiet: Quiet | None, now: float) -> float | None:
    """When the quiet hours that it is in end (seconds of the epoch); None where it is in none."""
    if quiet is None:
        return None
    zone = ZoneInfo(quiet.timezone)
    today = datetime.fromtimestamp(now, zone).date()
    for first in (today - timedelta(days=1), today):
        last = first if quiet.start < quiet.end else first + timedelta(days=1)
        if _at(first, quiet.start, zone) <= now < _at(last, quiet.end, zone):
            return _at(last, quiet.end, zone)
    return None


def held(quiet: Quiet | None, severity: Severity, now: float) -> float | None:
    """Until when a message of this severity is held back, if it is."""
    if quiet is None or rank(severity) > rank(quiet.up_to):
        return None
    return quiet_until(quiet, now)


def _at(day: date, clock: str, zone: ZoneInfo) -> float:
    """A time of day that the clocks skip is as long after midnight; of two alike it is the first."""
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}").replace(tzinfo=zone).timestamp()
