"""A story with its causes and its delay, as plain values for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dagster_ingest.observe.causes import causes, root_causes
from dagster_ingest.observe.explain import explain
from dagster_ingest.observe.fresh import fresh
from dagster_ingest.observe.story import Story
from dagster_ingest.observe.timeline import timeline


def as_dict(story: Story, now: float, reader: str | None = None) -> dict[str, Any]:
    chain = causes(story, now, reader)
    delay = timeline(story.moments)
    return {
        **story.as_dict(),
        "freshness": asdict(fresh(story, now)),
        "causes": [asdict(cause) for cause in chain],
        "root_causes": [cause.kind for cause in root_causes(chain)],
        "delay": asdict(delay) if delay else None,
        "text": explain(story, now, reader),
    }
