"""The state of an installation as gauges: names, help, labels, values. Pure.

Series grow with tenants and states, not with tables, unless tables are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dagster_ingest.observe.story import Blocker, Story

PREFIX = "dagster_ingest_"
HEALTHS = ("current", "blocked", "waiting", "behind", "empty")
BLOCKERS = ("rules", "load", "test", "enhancement", "review")


@dataclass(frozen=True, slots=True)
class Run:
    """The newest run of a side that has ended. seconds: how long it took."""

    side: str
    seconds: float
    ok: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """One state of a tenant. layers: layer to when its newest partition was made (epoch seconds)."""

    story: Story
    layers: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[tuple[str, str], int] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Platform:
    """What is no state's.

    cost     (tenant, measure) to the sum of this month
    errors   (tenant, sensor) to failed ticks in a row
    unknown  tenants whose store or log could not be read
    """

    queued: Mapping[str, int] = field(default_factory=dict)
    working: Mapping[str, int] = field(default_factory=dict)
    cost: Mapping[tuple[str, str], float] = field(default_factory=dict)
    errors: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


@dataclass(slots=True)
class Gauge:
    """samples: values of the labels, in order, to the value."""

    name: str
    help: str
    labels: tuple[str, ...]
    samples: dict[tuple[str, ...], float] = field(default_factory=dict)


def gauges(seen: Iterable[Seen], platform: Platform, now: float, *, tables: bool = False) -> list[Gauge]:
    """All gauges that have a sample. now: epoch seconds."""
    made: dict[str, Gauge] = {}
    for name, help, labels, key, value in [*_states(list(seen), now, tables), *_platform(platform)]:
        gauge = made.setdefault(name, Gauge(PREFIX + name, help, labels))
        gauge.samples[key] = float(value)
    return list(made.values())


Row = tuple[str, str, tuple[str, ...], tuple[str, ...], float]
_STATE = ("tenant", "state")


def _states(seen: list[Seen], now: float, tables: bool) -> Iterator[Row]:
    for one in seen:
        yield from _freshness(one, now)
        yield from _rows(one, tables)
        yield from _trouble(one)


def _freshness(one: Seen, now: float) -> Iterator[Row]:
    story, state = one.story, (one.story.tenant, one.story.state)
    layer, reader = (*_STATE, "layer"), (*_STATE, "reader")
    for name, at in one.layers.items():
        yield (
            "age_seconds",
            "Seconds since the newest partition of a layer was made.",
            layer,
            (*state, name),
            now - at,
        )
    for shown in story.shown:
        if shown.at is not None:
            help = "Seconds since a reader published."
            yield "published_age_seconds", help, reader, (*state, shown.reader), now - shown.at
        help = "Services that a reader shows."
        yield "services_published", help, reader, (*state, shown.reader), shown.services
    yield (
        "sla_seconds",
        "Age of what is published at which the SLA is broken.",
        _STATE,
        state,
        story.fail_after,
    )
    if story.warn_after is not None:
        yield "sla_warn_seconds", "Age of what is published that warns.", _STATE, state, story.warn_after
    if story.published_at is not None:
        late = max(now - story.published_at - story.fail_after, 0.0)
        yield "late_seconds", "Seconds since the SLA is broken, 0 while it holds.", _STATE, state, late
    help = "1 for the present health of a state, 0 for the others."
    for health in HEALTHS:
        yield "health", help, (*_STATE, "health"), (*state, health), story.health == health


def _rows(one: Seen, tables: bool) -> Iterator[Row]:
    story = one.story
    key = (story.tenant, story.state)
    yield "rows_read", "Rows of the latest delivery of each raw table, summed.", _STATE, key, story.rows_read
    yield "rows_accepted", "Of rows_read, those that the contracts took.", _STATE, key, story.rows_accepted
    help = "Of rows_read, those that the contracts refused."
    yield "rows_quarantined", help, _STATE, key, story.rows_quarantined
    labels = (*_STATE, "layer", "table")
    for (layer, table), rows in one.tables.items() if tables else ():
        yield "table_rows", "Rows of a partition.", labels, (*key, layer, table), rows


def _trouble(one: Seen) -> Iterator[Row]:
    story, state = one.story, (one.story.tenant, one.story.state)
    counts = Counter(kind_of(blocker) for blocker in story.blockers)
    for kind in BLOCKERS:
        help = "Failing checks that keep a state from being published, by kind."
        yield "blockers", help, (*_STATE, "kind"), (*state, kind), counts[kind]
    reviews = sum(blocker.hash is not None for blocker in story.blockers)
    yield "open_reviews", "Deliveries that wait for a person.", _STATE, state, reviews
    side = (*_STATE, "side")
    for run in one.runs:
        yield (
            "last_run_seconds",
            "Duration of the newest run that ended.",
            side,
            (*state, run.side),
            run.seconds,
        )
        help = "1 if the newest run that ended went well, else 0."
        yield "last_run_success", help, side, (*state, run.side), run.ok


def kind_of(blocker: Blocker) -> str:
    """One of BLOCKERS."""
    if blocker.check in ("review", "enhanced"):
        return {"review": "review", "enhanced": "enhancement"}[blocker.check]
    if blocker.check == "contract":
        return "rules" if blocker.rules else "load"
    return "test"


def _platform(platform: Platform) -> Iterator[Row]:
    tenant = ("tenant",)
    for name, count in platform.queued.items():
        yield "runs_queued", "Runs that wait for their turn.", tenant, (name,), count
    for name, count in platform.working.items():
        yield "runs_in_progress", "Runs at work.", tenant, (name,), count
    for (name, measure), value in platform.cost.items():
        help = "Used up this month, as platform/cost found it last: credits, cpu_seconds, bytes, money."
        yield "cost_month", help, ("tenant", "measure"), (name, measure), value
    for (name, sensor), count in platform.errors.items():
        help = "Ticks of a sensor or schedule that failed in a row, at most 10."
        yield "sensor_errors", help, ("tenant", "sensor"), (name, sensor), count
    help = "Tenants whose store or log could not be read; their other gauges are missing."
    yield "tenants_unknown", help, (), (), len(platform.unknown)
