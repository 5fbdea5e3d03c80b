"""A story told in words: what is stale, since when, why, whose it is, what to do."""

from __future__ import annotations

from datetime import UTC, datetime

from dagster_ingest.observe.lateness import Lateness
from dagster_ingest.observe.story import Blocker, BrokenRule, Story

_SHOWN_NAMES = 8


def explain(story: Story, now: float) -> str:
    """The whole explanation, several lines."""
    lines = [_headline(story), *_published(story, now)]
    for blocker in story.blockers:
        lines += ["", *_blocked(blocker, now)]
    if not story.blockers and story.waiting:
        lines += ["", f"Not yet rebuilt from newer inputs: {_some(story.waiting)}."]
    if story.lateness is not None and story.lateness.status in ("warn", "late"):
        lines += ["", *_late(story, story.lateness, now)]
    lines += ["", f"Owner: {', '.join(story.owners)}"]
    if story.health != "current":
        lines += ["", "What to do:", *_advice(story)]
    return "\n".join(lines)


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
    """Enhancements run on a delivery that was taken."""
    refused = any(not blocker.asset.startswith("enhanced/") for blocker in story.blockers)
    return "its latest delivery was refused" if refused else "an enhancement of its latest delivery failed"


def _published(story: Story, now: float) -> list[str]:
    lines = []
    for shown in story.shown:
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


def _advice(story: Story) -> list[str]:
    run = f"dagster-ingest run --tenant {story.tenant} --state {story.state}"
    if not story.blockers:
        return [f"  1. {run}"]
    steps = _decisions(story)
    if steps and all(b.hash for b in story.blockers):
        return [f"  {number}. {step}" for number, step in enumerate(steps, 1)]
    if any(b.rows_rejected for b in story.blockers):
        quarantine = f"dagster-ingest quarantine list --tenant {story.tenant} --state {story.state}"
        steps.append(f"{quarantine}   # the refused rows")
    if any(b.source for b in story.blockers):
        steps.append(f"ask the provider for a corrected delivery and put it in {story.drops}")
        files = sorted({b.contract_file for b in story.blockers if b.contract_file})
        steps.append(
            f"or, if the rows are right and the rule is wrong, change {', '.join(files) or 'the contract'}"
        )
    steps.append(f"{run} --retry   # runs what was stopped and nothing else")
    return [f"  {number}. {step}" for number, step in enumerate(steps, 1)]


def _decisions(story: Story) -> list[str]:
    """How to decide on what waits."""
    steps = []
    for blocker in story.blockers:
        if blocker.hash:
            place = f"{story.tenant} {blocker.raw_table} {story.state}"
            decide = f"{place} --hash {blocker.hash[:12]} --by NAME --note ..."
            steps += [
                f"dagster-ingest review show {place}   # what would change",
                f"dagster-ingest review approve {decide}   # or: review reject {decide}",
            ]
    return steps


def when(moment: float) -> str:
    """UTC, to the second."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(seconds: float) -> str:
    """`42 s`, `7 min`, `5 h`, `3 d`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (size == 3600 and seconds >= size):
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
