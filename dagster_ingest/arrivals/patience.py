"""When to look again. Pure: the clock and chance are handed in."""

from __future__ import annotations

from dataclasses import replace

from dagster_ingest.arrivals.memory import Feed

LONGEST = 3600.0  # seconds between two looks, and between two loads, that fail
FIRST_RETRY = 300.0  # seconds after a load that failed
HOPELESS = 3  # looks that fail, where nothing helps until a person acts
_JITTER = 0.2
_SLACK = 5.0  # seconds by which a tick may come early


def backed_off(first: float, failures: int) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(first * 2 ** min(failures - 1, 30), max(first, LONGEST))


def due(feed: Feed, now: float, every: float) -> bool:
    """Whether to look. A wait longer than any that is ever given is of a clock that was set back."""
    farthest = max(every, LONGEST) * (1 + _JITTER)
    return not feed.over and not now + min(_SLACK, every / 10) < feed.later <= now + farthest


def looked(feed: Feed, now: float, wait: float) -> Feed:
    """After a look that went well."""
    return Feed(at=now, later=now + wait)


def failed(
    feed: Feed, now: float, every: float, chance: float, give_up: int, why: str, *, hopeless: bool
) -> Feed:
    """After a look that did not. chance: 0 to 1. hopeless: nothing helps until a person acts."""
    failures = feed.failures + 1
    wait = backed_off(every, failures) * (1 + _JITTER * (2 * chance - 1))
    over = failures >= (min(HOPELESS, give_up) if hopeless else give_up)
    return replace(feed, failures=failures, later=now + wait, over=over, why=why, at=now)
