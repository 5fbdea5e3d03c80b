"""How the sensors of arrivals are, out of their cursors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dagster._core.scheduler.instigation import InstigatorStatus, InstigatorType, SensorInstigatorData

from dagster_ingest.arrivals.memory import Memory
from dagster_ingest.assets import arrival_log as log
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.errors import SpecError, among
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec

# never: it did not look yet. given up: at some feeds nobody looks any more. stopped: in the UI
Health = Literal["looking", "failing", "given up", "stopped", "never"]


@dataclass(frozen=True, slots=True)
class SensorState:
    """looked_at: epoch seconds of the last look, None if there was none. loads: asked for and not ended."""

    tenant: str
    source: str
    kind: str
    every: str
    health: Health
    looked_at: float | None = None
    failures: int = 0
    loads: int = 0
    why: str = ""


def states(settings: Settings, tenants: tuple[TenantSpec, ...]) -> list[SensorState]:
    """One for each source that says how its arrivals are noticed."""
    with open_instance(settings) as instance:
        kept = {
            found.instigator_name: found
            for found in instance.all_instigator_state(instigator_type=InstigatorType.SENSOR)
        }
        return [
            _state(kept.get(log.sensor_name(tenant.name, source.name)), tenant.name, source)
            for tenant in tenants
            for source in tenant.sources
            if source.arrival is not None
        ]


def enable(settings: Settings, tenant: TenantSpec, source: str) -> None:
    """Ask for looks again. Raises SpecError for a source that has no sensor."""
    names = [found.name for found in tenant.sources if found.arrival is not None]
    if source not in names:
        raise SpecError(
            f"the source {source!r} of {tenant.name} has no sensor",
            not_done="nothing was enabled",
            fix=among(source, names, "sources with `arrival` here:"),
        )
    with open_instance(settings) as instance:
        log.enable(instance, tenant.name, source)


def _state(kept, tenant: str, source) -> SensorState:
    arrival = source.arrival
    told = (tenant, source.name, arrival.kind, arrival.every)
    stopped = kept is not None and kept.status == InstigatorStatus.STOPPED
    data = kept.instigator_data if kept is not None else None
    if not isinstance(data, SensorInstigatorData) or not data.cursor:
        return SensorState(*told, "stopped" if stopped else "never")
    memory = Memory.of(data.cursor, 0.0)
    feeds = memory.feeds
    over = {name: feed.why for name, feed in feeds.items() if feed.over}
    failing = {name: feed.why for name, feed in feeds.items() if feed.failures}
    health: Health = "given up" if over else "failing" if failing else "looking"
    return SensorState(
        *told,
        "stopped" if stopped else health,
        max((feed.at for feed in feeds.values()), default=None),
        max((feed.failures for feed in feeds.values()), default=0),
        sum(bool(mark.asked) for mark in memory.marks.values()),
        "; ".join(why if name == "*" else f"{name}: {why}" for name, why in (over or failing).items()),
    )
