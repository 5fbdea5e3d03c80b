"""How old what is published was, and is, against the SLA. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dagster_ingest.observe.fresh import aged
from dagster_ingest.observe.lateness import Age
from dagster_ingest.observe.report.values import StateView, Status, Written
from dagster_ingest.observe.story import Story

DAY = 86_400.0


def age_of(story: Story, now: float) -> Age:
    """Of the oldest of the stores, now; unknown of what was never published, however long that is due."""
    return aged(None if story.published_at is None else now - story.published_at, story)


def status_of(story: Story, now: float) -> Status:
    """One word for a cell: what stops the state, else how late it is, else that it is behind."""
    if story.health in ("blocked", "waiting", "empty"):
        return story.health
    age = age_of(story, now)
    if age in ("late", "warn"):
        return "late" if age == "late" else "warn"
    return "behind" if story.health == "behind" else "current"


def points(written: Sequence[Written], since: float, now: float) -> list[tuple[float, float]]:
    """(time, age in seconds) of the oldest store, two points where the age falls; empty before all stores
    were written."""
    if not written or any(not w.times for w in written):
        return []
    moments = sorted({t for w in written for t in w.times if since < t <= now})
    found: list[tuple[float, float]] = []
    for moment in [since, *moments, now]:
        before = _oldest(written, moment, included=False)
        after = _oldest(written, moment, included=True)
        if before is not None:
            found.append((moment, moment - before))
        if after is not None and after != before:
            found.append((moment, moment - after))
    return found


def _oldest(written: Sequence[Written], moment: float, *, included: bool) -> float | None:
    """When the store that was written longest ago, as of `moment`, was; None while one never was."""
    latest = []
    for one in written:
        times = [t for t in one.times if t < moment or (included and t == moment)]
        if not times:
            return None
        latest.append(max(times))
    return min(latest)


def worst_ages(view: StateView, days: Sequence[str], now: float) -> list[float | None]:
    """The greatest age on each day; None where nothing was published yet."""
    since = start_of(days[0])
    shown = points(view.written, since, now)
    found: list[float | None] = []
    place = 0
    for day in days:
        begin, end = start_of(day), min(start_of(day) + DAY, now)
        while place + 1 < len(shown) and shown[place + 1][0] <= begin:
            place += 1
        ages: list[float] = []
        at = place
        while at < len(shown) and shown[at][0] <= end:
            if shown[at][0] >= begin:
                ages.append(shown[at][1])
            at += 1
        if at < len(shown) and at > 0:  # between two points age grows by a second each second
            ages.append(shown[at - 1][1] + end - shown[at - 1][0])
        found.append(max(ages) if ages else None)
    return found


def days_of(since: float, now: float) -> list[str]:
    """ISO dates, the first and the last included."""
    count = int(start_of(day_of(now)) - start_of(day_of(since))) // int(DAY) + 1
    return [day_of(start_of(day_of(since)) + n * DAY) for n in range(count)]


def start_of(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def day_of(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
