"""A story told in words: what is stale, since when, why, whose it is, what to do."""

from __future__ import annotations

from collections.abc import Sequence

from dagster_ingest.observe.causes import Cause, causes, root_causes
from dagster_ingest.observe.delay import delay
from dagster_ingest.observe.kinds import kind_of
from dagster_ingest.observe.lateness import Lateness
from dagster_ingest.observe.story import Blocker, BrokenRule, Story
from dagster_ingest.observe.words import span, when

__all__ = ["explain", "span", "when"]

_SHOWN_NAMES = 8
_MARGIN = 2
_BLOCKED = {
    "unavailable": "its source cannot be reached",
    "denied": "its source does not let us in",
    "missing": "what it asks for was not delivered",
    "spec": "its settings cannot be used",
    "store": "the warehouse refused its latest delivery",
    "software": "its latest load ended in an error",
    "dbt": "a dbt model or test failed on its latest delivery",
    "enhancement": "an enhancement of its latest delivery failed",
}


def explain(story: Story, now: float, reader: str | None = None) -> str:
    """The whole explanation, several lines. reader: of what this one shows; None: of all."""
    chain = causes(story, now, reader)
    lines = [_headline(story), *_published(story, now, reader)]
    lines += _chain(chain, now)
    for blocker in story.blockers:
        lines += ["", *_blocked(blocker, now)]
    if not story.blockers and story.waiting:
        lines += ["", f"Not yet rebuilt from newer inputs: {_some(story.waiting)}."]
    lines += delay(story.moments, now)
    if story.lateness is not None and story.lateness.status in ("warn", "late"):
        lines += ["", *_late(story, story.lateness, now)]
    owners = dict.fromkeys(owner for cause in root_causes(chain) for owner in cause.owners)
    lines += ["", f"Owner: {', '.join(owners or story.owners)}"]
    if steps := _advice(chain):
        lines += ["", "What to do:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]
    return "\n".join(lines)


def _chain(chain: Sequence[Cause], now: float) -> list[str]:
    """Each link in a line or two; `>` before what nothing further back explains."""
    if not chain:
        return []
    why = any(cause.stops for cause in chain)
    lines = ["", "Why, from what is published back to the source:" if why else "Noticed:"]
    for cause in chain:
        since = "" if cause.since is None else f", since {when(cause.since)} ({span(now - cause.since)})"
        mark = ">" if cause.root and cause.stops else " " if cause.stops else "~"
        lines.append(f"{mark:>{_MARGIN}} {cause.asset}: {cause.what}{since}")
        if cause.not_done:
            lines.append(f"{'':>{_MARGIN}}     {cause.not_done}")
    return lines


def _advice(chain: Sequence[Cause]) -> list[str]:
    """What to do about the roots; about what only warns where there are none."""
    roots = root_causes(chain) or chain
    steps = [step for cause in roots for step in cause.todo]
    last = [step for step in steps if "--retry" in step]  # once, when all else is done
    return list(dict.fromkeys([*(step for step in steps if "--retry" not in step), *last]))


def _headline(story: Story) -> str:
    name = f"{story.tenant} / {story.state} ({story.display_name})"
    never = all(shown.at is None for shown in story.shown)
    last = "Nothing was ever published." if never else "The last good data is still published."
    return {
        "current": f"{name} is current: what the source delivered last is published.",
        "blocked": f"{name} is blocked: {_why_blocked(story)}. {last}",
        "waiting": f"{name} is waiting: a delivery waits for a person's approval. {last}",
        "behind": f"{name} is behind: its stores do not show what was loaded last.",
        "empty": f"{name} is empty: nothing was ever published.",
    }[story.health]


def _why_blocked(story: Story) -> str:
    """By what stands furthest back: an enhancement runs on a delivery that was taken."""
    kinds = [kind_of(blocker) for blocker in story.blockers]
    worst = next((kind for kind in kinds if kind not in ("dbt", "enhancement")), kinds[0] if kinds else "")
    return _BLOCKED.get(worst, "its latest delivery was refused")


def _published(story: Story, now: float, reader: str | None) -> list[str]:
    lines = []
    for shown in (each for each in story.shown if reader in (None, each.reader)):
        if shown.at is None:
            lines.append(f"Published by {shown.reader}: nothing yet.")
            continue
        age = now - shown.at
        lines.append(
            f"Published by {shown.reader}: {shown.services} services, of {when(shown.at)}, "
            f"{span(age)} old; {_sla(story, age)}."
        )
    return lines


def _sla(story: Story, age: float) -> str:
    if age > story.fail_after:
        return f"the SLA of {span(story.fail_after)} is broken since {span(age - story.fail_after)}"
    if story.warn_after is not None and age > story.warn_after:
        return (
            f"older than the warning at {span(story.warn_after)}, within the SLA of {span(story.fail_after)}"
        )
    return f"within the SLA of {span(story.fail_after)}"


def _late(story: Story, late: Lateness, now: float) -> list[str]:
    """Why automation has not mended it, where it has said so."""
    first = (
        f"Late since {when(late.late_since)} ({span(now - late.late_since)})"
        if late.late_since
        else "Due soon"
    )
    lines = [f"{first}: {late.why}."]
    return [*lines, f"  automation: {story.automation}"] if story.automation else lines


def _blocked(blocker: Blocker, now: float) -> list[str]:
    lines = [
        f"{'Waiting' if blocker.hash else 'Blocked'} since {when(blocker.since)} "
        f"({span(now - blocker.since)}) "
        f"by {blocker.asset}, check {blocker.check!r}:",
        f"  {blocker.reason}",
    ]
    if blocker.files:
        lines.append(f"  delivered in {', '.join(blocker.files)} (load {blocker.load_id})")
    lines += [line for rule in blocker.rules for line in _rule(rule)]
    if blocker.stops:
        lines.append(f"  stopped with it, in this state only: {_some(blocker.stops)}")
    return lines


def _some(names: tuple[str, ...]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


def _rule(rule: BrokenRule) -> list[str]:
    place = f"  [{rule.file}:{rule.line}]" if rule.file and rule.line else ""
    if rule.samples:
        counted = f"{rule.failed} row{'s' if rule.failed != 1 else ''}"
    else:
        counted = rule.observed or str(rule.failed)
    lines = [f"  - {rule.rule}: {counted}{place}"]
    if rule.allowed:
        lines.append(f"      allowed: {rule.allowed}")
    for uri, row, value in rule.samples[:3]:
        lines.append(f"      {uri} row {row}: {'(null)' if value is None else repr(value)}")
    return lines
