"""How late a state of a tenant is. Values and pure functions; times are seconds of the epoch, spans seconds.

Dagster keeps the freshness of an asset as a whole; this is that of one partition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dagster_ingest.spec import moments
from dagster_ingest.spec.sla import Deadline, Freshness
from dagster_ingest.spec.texts import minutes

Age = Literal["fresh", "warn", "late", "unknown"]
"""How old something is against its SLA, in a word."""
EARLY = 8  # without a warning of the tenant's own, the last eighth of the time is short of the end
_JUST = 1e-3


@dataclass(frozen=True, slots=True)
class Lateness:
    """status: unknown where nothing was ever published, nor expected. why: a sentence without a time.

    warn_at     from when on it warns; None where the tenant asks for no warning
    due_at      from when on the SLA is broken
    late_since  due_at of what is late, else None
    """

    status: Age
    why: str
    warn_at: float | None = None
    due_at: float | None = None
    late_since: float | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What an SLA asks of one publication. span: from when it counts to when it runs out.

    need_at  when the next one has to be begun: at the warning, or an eighth of the span before the end
    """

    warn_at: float | None
    due_at: float
    need_at: float
    span: float


def terms(sla: Freshness | Deadline, published_at: float) -> Terms:
    """The SLA after a publication."""
    if isinstance(sla, Deadline):
        return _until_deadline(sla, published_at)
    span = minutes(sla.fail) * 60.0
    warn_at = published_at + minutes(sla.warn) * 60.0 if sla.warn else None
    due_at = published_at + span
    return Terms(warn_at, due_at, due_at - span / EARLY if warn_at is None else warn_at, span)


def _until_deadline(sla: Deadline, published_at: float) -> Terms:
    cron, timezone = sla.by.cron, sla.by.timezone
    first = moments.after(cron, timezone, published_at - _JUST)
    before = moments.latest(cron, timezone, first - _JUST)
    counted = sla.within is None or first - published_at <= minutes(sla.within) * 60.0
    due_at = moments.after(cron, timezone, first) if counted else first
    span = due_at - (first if counted else before)
    if sla.within is not None:
        span = min(span, minutes(sla.within) * 60.0)  # what is published before is published in vain
    warn_at = due_at - minutes(sla.warn_before) * 60.0 if sla.warn_before else None
    return Terms(warn_at, due_at, due_at - span / EARLY if warn_at is None else warn_at, span)


def lateness(
    sla: Freshness | Deadline, published_at: float | None, since: float | None, now: float
) -> Lateness:
    """since: from when a state that was never published is expected, as if it had been published then."""
    counted = since if published_at is None else published_at
    if counted is None:
        return Lateness("unknown", "nothing was ever published, nor was a load of it begun")
    asked, what = terms(sla, counted), "published" if published_at is not None else "expected"
    if now >= asked.due_at:
        why = _late(sla, what)
        return Lateness("late", why, asked.warn_at, asked.due_at, asked.due_at)
    if asked.warn_at is not None and now >= asked.warn_at:
        return Lateness(
            "warn",
            f"nothing new was published since it was {what}, and it is due soon",
            asked.warn_at,
            asked.due_at,
        )
    words = "it is within its SLA" if published_at is not None else "it is new, and not due yet"
    return Lateness("fresh", words, asked.warn_at, asked.due_at)


def _late(sla: Freshness | Deadline, what: str) -> str:
    if isinstance(sla, Deadline):
        return f"nothing was published for the deadline {sla.by.cron} {sla.by.timezone}"
    return f"it was {what} longer ago than {sla.fail}"
