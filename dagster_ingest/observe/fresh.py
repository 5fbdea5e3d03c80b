"""Whether what is published is as young as the tenant asks. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from dagster_ingest.observe.lateness import Age
from dagster_ingest.observe.story import Story


@dataclass(frozen=True, slots=True)
class Fresh:
    """age: of the oldest of the stores, in seconds. late_since: since when the SLA is broken."""

    status: Age
    age: float | None
    late_since: float | None = None


def fresh(story: Story, now: float) -> Fresh:
    """What was never published is late once its first load is older than the SLA; unknown before that."""
    at = story.published_at
    if at is None:
        since = min((layer.at for layer in story.layers if layer.at is not None), default=None)
        due = None if since is None else since + story.fail_after
        late = due is not None and now > due
        return Fresh("late" if late else "unknown", None, due if late else None)
    status = aged(now - at, story)
    return Fresh(status, now - at, at + story.fail_after if status == "late" else None)


def aged(age: float | None, story: Story) -> Age:
    """An age in seconds against the SLA; unknown where there is none."""
    if age is None:
        return "unknown"
    if age > story.fail_after:
        return "late"
    return "warn" if story.warn_after is not None and age > story.warn_after else "fresh"
