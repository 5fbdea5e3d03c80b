"""What loads a tenant's states by itself: a sensor that decides as observe.pacing says.

It also tells the event log when a state's lateness turns, for Dagster knows it of an asset as a whole only.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

import dagster as dg

from dagster_ingest.assets import keys, pulse
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.observe.lateness import Lateness
from dagster_ingest.observe.pacing import Decision, Facts, Look, Memory, Step, decide


def now() -> float:
    """Seconds of the epoch, by the clock of the sensor."""
    return time.time()


def look_of(platform: TenantPlatform) -> Look:
    """Asks the tenant's sources."""
    from dagster_ingest.extract.look import stamp

    return lambda state: stamp(platform.settings, platform.spec, state)


def automation_sensor(platform: TenantPlatform, job) -> dg.SensorDefinition:
    """Starts the writers of each state that has need of it, and tells how late the states are."""
    asked = pulse.asked(platform)
    digest = hashlib.sha256(repr((astuple(asked), platform.spec.states)).encode()).hexdigest()[:16]

    @dg.sensor(
        name=f"{platform.spec.name}__automation",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Watches how late each state is. Automation: {asked.preset}.",
    )
    def automation(context: dg.SensorEvaluationContext):
        memory, at = Memory.of(context.cursor), now()
        newest = newest_id(context.instance, platform)
        if memory.quiet(at, newest, digest):
            kept = replace(memory, looked=at)
            return dg.SensorResult(skip_reason="nothing is due, and nothing is new", cursor=kept.cursor())
        found = pulse.facts(context.instance, platform)
        decision = decide(asked, found, memory, at, look_of(platform))
        kept = replace(decision.memory, newest=newest, asked=digest)
        events = [turned(platform, decision, state) for state in decision.turns]
        for event in events:
            context.log.warning(f"{platform.spec.name}/{event.partition}: {event.description}")
        requests = [request(platform, step, found) for step in decision.starts]
        told: dict[str, Any] = {"run_requests": requests} if requests else {"skip_reason": why(decision)}
        return dg.SensorResult(**told, asset_events=events, cursor=kept.cursor())

    return automation


def newest_id(instance: dg.DagsterInstance, platform: TenantPlatform) -> int:
    """Of what is watched; one query."""
    ids = instance.event_log_storage.get_latest_materialization_storage_ids(pulse.watched(platform))
    return max((number for number in ids.values() if number), default=0)


def request(platform: TenantPlatform, step: Step, found: Sequence[Facts]) -> dg.RunRequest:
    """Of a decision. The same decision over again goes by the same key, so that it starts one run."""
    last = next(f.last for f in found if f.state == step.state)
    preset = platform.spec.model.preset
    tags = {pulse.TAG_PRESET: preset, pulse.TAG_WHY: step.why}
    if step.stamp is not None:
        tags[pulse.TAG_STAMP] = step.stamp
    key = f"{step.state}-{preset}-after-{last.run_id if last else 'nothing'}"
    return dg.RunRequest(run_key=key, partition_key=step.state, tags=tags)


def turned(platform: TenantPlatform, decision: Decision, state: str) -> dg.AssetObservation:
    """How late a state is from now on, on what is published of it."""
    late = decision.late[state]
    step = next(step for step in decision.steps if step.state == state)
    reader = platform.spec.model.publish[0].reader
    return dg.AssetObservation(
        keys.asset_key(platform.spec.name, "published", reader),
        partition=state,
        description=f"{late.status}: {late.why}. {step.why}",
        metadata=_told(late, step),
    )


def _told(late: Lateness, step: Step) -> dict[str, Any]:
    times = {"warn_at": late.warn_at, "due_at": late.due_at, "late_since": late.late_since}
    given = {name: dg.MetadataValue.timestamp(value) for name, value in times.items() if value is not None}
    return {"freshness": late.status, "why": late.why, "automation": step.why, **given}


def why(decision: Decision) -> str:
    """Why nothing is started, of each state."""
    return "; ".join(f"{step.state}: {step.why}" for step in decision.steps)
