"""A state's newest runs, as the event log has them: asked for, started, ended, why they failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
from dagster._core.storage.dagster_run import RunRecord

from dagster_ingest.assets import keys
from dagster_ingest.assets.runner import failure_reason
from dagster_ingest.assets.underway import TAG_READER, TAG_VERSION, attempts
from dagster_ingest.observe.story import RunSeen

_LOOKED_AT = 100
_STATUS = {
    dg.DagsterRunStatus.QUEUED: "queued",
    dg.DagsterRunStatus.NOT_STARTED: "queued",
    dg.DagsterRunStatus.SUCCESS: "success",
    dg.DagsterRunStatus.FAILURE: "failure",
    dg.DagsterRunStatus.CANCELED: "canceled",
}
_BY_HAND = "__ASSET_JOB"


@dataclass(frozen=True, slots=True)
class StateRun:
    """A run for one state. side: writers or readers; readers: those that it was asked to publish with."""

    record: RunRecord
    side: str
    readers: frozenset[str]

    @property
    def run_id(self) -> str:
        return self.record.dagster_run.run_id

    @property
    def status(self) -> str:
        return _STATUS.get(self.record.dagster_run.status, "running")

    @property
    def asked(self) -> float:
        return self.record.create_timestamp.timestamp()


def state_runs(
    instance: dg.DagsterInstance, tenant: str, state: str, readers: Sequence[str]
) -> list[StateRun]:
    """The newest runs of the tenant for the state, the newest first."""
    found = []
    for job in (keys.writers_job(tenant), keys.readers_job(tenant), _BY_HAND):
        filters = dg.RunsFilter(job_name=job, tags={"dagster/partition": state})
        for record in instance.get_run_records(filters, limit=_LOOKED_AT):
            run = record.dagster_run
            chosen = [key for key in run.asset_selection or () if key.path[0] == tenant]
            if job == _BY_HAND and not chosen:
                continue
            layers = {keys.table_of(key) for key in chosen}
            published = {table for layer, table in layers if layer == "published"}
            whole = job == keys.readers_job(tenant) and not chosen
            side = "readers" if whole or (published and len(published) == len(layers)) else "writers"
            found.append(StateRun(record, side, frozenset(readers if whole else published)))
    return sorted(found, key=lambda run: -run.asked)


def newest_runs(
    instance: dg.DagsterInstance, tenant: str, state: str, readers: Sequence[str], found: Sequence[StateRun]
) -> tuple[RunSeen, ...]:
    """The newest run of the writers, and of each reader."""
    writer = next((run for run in found if run.side == "writers"), None)
    seen = [] if writer is None else [_seen(instance, writer)]
    for reader in readers:
        run = next((run for run in found if run.side == "readers" and reader in run.readers), None)
        if run is not None:
            seen.append(_tried(instance, tenant, state, reader, run))
    return tuple(seen)


def _tried(instance: dg.DagsterInstance, tenant: str, state: str, reader: str, run: StateRun) -> RunSeen:
    """With how often a sensor asked for the same, and when it will again."""
    version = run.record.dagster_run.tags.get(TAG_VERSION)
    asked_by_sensor = run.record.dagster_run.tags.get(TAG_READER) == reader and version is not None
    if run.status != "failure" or not asked_by_sensor or version is None:
        return _seen(instance, run, reader)
    tried = attempts(instance, tenant, state, reader, version)
    return _seen(instance, run, reader, tried.in_a_row, tried.again)


def _seen(
    instance: dg.DagsterInstance, run: StateRun, reader: str | None = None, tries: int = 0, again: float = 0.0
) -> RunSeen:
    return RunSeen(
        side="readers" if run.side == "readers" else "writers",
        run_id=run.run_id,
        status=run.status,
        asked=run.asked,
        started=run.record.start_time,
        ended=run.record.end_time,
        reader=reader,
        reason=why_failed(instance, run) if run.status in ("failure", "canceled") else None,
        tries=tries,
        again=again or None,
    )


def why_failed(instance: dg.DagsterInstance, run: StateRun) -> str | None:
    """What the first failed step said; else what the run ended with."""
    steps = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    if steps and steps[0].dagster_event is not None:
        return " ".join(failure_reason(steps[0].dagster_event).split())
    ends = {dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED}
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id, of_type=ends)]
    return next((" ".join(event.message.split()) for event in events if event and event.message), None)
