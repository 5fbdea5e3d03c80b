"""From what is known of a state, of runs, of budgets and sensors to what is open. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from dagster_ingest.observe.alerts.failures import words
from dagster_ingest.observe.alerts.incident import TENANT, Incident, cause
from dagster_ingest.observe.alerts.plain import without_values
from dagster_ingest.observe.explain import explain, when
from dagster_ingest.observe.story import Blocker, BrokenRule, Story
from dagster_ingest.spec.alerts import Severity

# An error of a library is told as Python writes it, and may quote a row.
_FOREIGN = re.compile(r"not loaded: \w+\(")


def incidents(story: Story, now: float, *, expiring: float) -> tuple[Incident, ...]:
    """What is open of one state. expiring: seconds before the end of a review that make it urgent."""
    told = shareable(story)
    return tuple(
        replace(found, text=explain(told, now))
        for found in (*_blocked(told), *_reviews(told, now, expiring), *_sla(told, now))
    )


def changes_at(story: Story, now: float, *, expiring: float) -> float | None:
    """The next moment at which time alone opens something, or makes it graver."""
    moments = [_ends(blocker) - early for blocker in _asked(story) for early in (expiring, 0.0)]
    moments += [moment for moment in due(story) if moment is not None]
    later = [moment for moment in moments if moment > now and moment != float("inf")]
    return min(later, default=None)


def shareable(story: Story) -> Story:
    """Without any value of a row: messages leave the house. Counts, rules, files and commands stay."""
    # Their sentences may be those of an error, which may quote a row.
    runs = (replace(run, reason=without_values(run.reason)) if run.reason else run for run in story.runs)
    return replace(
        story,
        blockers=tuple(map(_shareable, story.blockers)),
        notices=tuple(replace(notice, words=without_values(notice.words)) for notice in story.notices),
        runs=tuple(runs),
        moments=tuple(replace(moment, words=without_values(moment.words)) for moment in story.moments),
    )


def budget(tenant: str, owners: tuple[str, ...], told: str, since: float) -> Incident:
    """told: what the budget's check said."""
    text = (
        f"{tenant} is over its budget since {when(since)}: {told}.\n\nOwner: {', '.join(owners)}\n\n"
        f"What to do:\n  1. dagster-ingest cost --tenant {tenant} --by asset   # what it went to\n"
        f"  2. raise `cost.budget` in the tenant's file, or load less often\nNothing is stopped."
    )
    measures = [
        part.partition(" in ")[0].split(" of ")[-1].lstrip("0123456789,.e+ ") for part in told.split(";")
    ]
    title = f"{tenant} is over its budget: {told}"
    return Incident(
        "budget", "budget", "warning", tenant, None, TENANT, owners, since, cause(measures), title, text
    )


def sensor(tenant: str, owners: tuple[str, ...], name: str, why: str, since: float) -> Incident:
    """why: `switched off`, or what its last ticks failed with."""
    text = (
        f"The sensor {name} of {tenant} does not work since {when(since)}: {why}.\n"
        f"What it watches starts no runs meanwhile.\n\nOwner: {', '.join(owners)}\n\nWhat to do:\n"
        f"  1. mend what it says, then switch {name} on in the Dagster UI"
    )
    title = f"{name}: {why.splitlines()[0] if why else 'does not work'}"
    return Incident(
        f"sensor/{name}", "sensor", "error", tenant, None, TENANT, owners, since, cause([name]), title, text
    )


def _blocked(story: Story) -> Iterator[Incident]:
    found = [blocker for blocker in story.blockers if not blocker.hash]
    if not found:
        return
    names = [f"{blocker.asset} ({blocker.check})" for blocker in found]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    reasons = [
        part for b in found for part in (f"{b.asset}|{b.check}", *(f"{b.asset}|{r.rule}" for r in b.rules))
    ]
    title = f"{_place(story)} is blocked by {', '.join(names[:2])}{more}"
    since = min(blocker.since for blocker in found)
    yield _of(story, "blocked", "blocked", "error", since, cause(reasons), title)


def _reviews(story: Story, now: float, expiring: float) -> Iterator[Incident]:
    for blocker in _asked(story):
        urgent = _ends(blocker) - now <= expiring
        until = f" and expires at {when(_ends(blocker))}" if blocker.expires_at else ""
        title = f"{_place(story)}: a delivery of {blocker.raw_table} waits for review{until}"
        severity: Severity = "error" if urgent else "warning"
        why = cause([blocker.hash or "", severity])
        yield _of(story, f"review/{blocker.raw_table}", "review", severity, blocker.since, why, title)


def _sla(story: Story, now: float) -> Iterator[Incident]:
    """By the oldest of the stores, as `explain` tells it."""
    warn_at, due_at = due(story)
    if due_at is not None and now > due_at:
        title = f"{_place(story)} has broken its SLA: it was due by {when(due_at)}"
        yield _of(story, "sla", "sla", "critical", due_at, "fail", title)
    elif warn_at is not None and now > warn_at:
        title = f"{_place(story)} is about to break its SLA"
        title += f": it is due by {when(due_at)}" if due_at else ""
        yield _of(story, "sla", "sla", "warning", warn_at, "warn", title)


def due(story: Story) -> tuple[float | None, float | None]:
    """From when on the SLA warns, and is broken. What was never published, nor is expected, has neither."""
    if story.lateness is not None:
        return story.lateness.warn_at, story.lateness.due_at
    if story.published_at is None:
        return None, None
    warn_at = story.published_at + story.warn_after if story.warn_after is not None else None
    return warn_at, story.published_at + story.fail_after


def _of(story: Story, key: str, kind, severity: Severity, since: float, why: str, title: str) -> Incident:
    name = f"{key}/{story.state}"
    return Incident(
        name, kind, severity, story.tenant, story.state, story.state, story.owners, since, why, title
    )


def _place(story: Story) -> str:
    return f"{story.tenant}/{story.state}"


def _asked(story: Story) -> list[Blocker]:
    return [blocker for blocker in story.blockers if blocker.hash]


def _ends(blocker: Blocker) -> float:
    """When a review counts as rejected; never where nothing says so."""
    try:
        end = datetime.fromisoformat(blocker.expires_at or "")
    except ValueError:
        return float("inf")
    return (end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp()


def _shareable(blocker: Blocker) -> Blocker:
    reason = blocker.reason
    if _FOREIGN.match(reason):
        reason = without_values(reason)
    elif reason.startswith("not loaded: "):
        reason = words("", reason, ours=True)
    return replace(blocker, reason=reason, rules=tuple(_counted(rule) for rule in blocker.rules))


def _counted(rule: BrokenRule) -> BrokenRule:
    if not rule.samples:
        return rule
    return replace(rule, samples=(), observed=f"{rule.failed:,} row{'s' if rule.failed != 1 else ''}")
