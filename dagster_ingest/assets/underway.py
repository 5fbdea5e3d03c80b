"""Runs of one tenant as the sensor sees them: who is at work on a state, and how a reader fared there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.waiting import retry_at

TAG_READER, TAG_VERSION = "dagster_ingest/reader", "dagster_ingest/version"
_PARTITION = "dagster/partition"
_RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
_BY_HAND = "__ASSET_JOB"  # what the UI starts when assets are chosen and no job
_LOOKED_AT = 20
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dataclass(frozen=True, slots=True)
class Underway:
    """States that a writer works on, and (state, reader) that is being published."""

    writing: frozenset[str]
    publishing: frozenset[tuple[str, str]]


def underway(
    instance: dg.DagsterInstance, tenant: str, states: Sequence[str], readers: Sequence[str]
) -> Underway:
    writing: set[str] = set()
    publishing: set[tuple[str, str]] = set()
    for run in _unfinished(instance, tenant):
        touched = _states(run, states)
        chosen = {keys.table_of(key) for key in run.asset_selection or () if key.path[0] == tenant}
        if run.asset_selection is None and run.job_name == keys.writers_job(tenant):
            writing.update(touched)
        elif run.asset_selection is None:
            publishing.update((state, reader) for state in touched for reader in readers)
        for layer, table in chosen:
            if layer == "published":
                publishing.update((state, table) for state in touched)
            else:
                writing.update(touched)
    return Underway(frozenset(writing), frozenset(publishing))


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often a version was tried in a row, and when it may be tried again (seconds of the epoch).

    ever  of all times: no two attempts at a version go by the same name
    """

    in_a_row: int
    ever: int
    again: float


def attempts(instance: dg.DagsterInstance, tenant: str, state: str, reader: str, version: str) -> Attempts:
    """Of runs that a sensor asked for. The version is not shown, so whatever they did was in vain."""
    about = {_PARTITION: state, TAG_READER: reader}
    job = keys.readers_job(tenant)
    found = instance.get_run_records(dg.RunsFilter(job_name=job, tags=about), limit=_LOOKED_AT)
    in_a_row = 0
    for record in found:
        if record.dagster_run.tags.get(TAG_VERSION) != version:
            break
        in_a_row += 1
    ever = instance.get_runs_count(dg.RunsFilter(job_name=job, tags={**about, TAG_VERSION: version}))
    if not in_a_row:
        return Attempts(0, ever, 0.0)
    ended = found[0].end_time or found[0].update_timestamp.timestamp()
    return Attempts(in_a_row, ever, retry_at(in_a_row, ended))


def _unfinished(instance: dg.DagsterInstance, tenant: str) -> list[dg.DagsterRun]:
    jobs = (keys.writers_job(tenant), keys.readers_job(tenant), _BY_HAND)
    found = [
        run
        for job in jobs
        for run in instance.get_runs(dg.RunsFilter(job_name=job, statuses=_UNFINISHED))
        if job != _BY_HAND or any(key.path[0] == tenant for key in run.asset_selection or ())
    ]
    return found


def _states(run: dg.DagsterRun, states: Sequence[str]) -> list[str]:
    """States that a run is for; all where it does not say."""
    if (state := run.tags.get(_PARTITION)) is not None:
        return [state] if state in states else []
    first, last = (run.tags.get(tag) for tag in _RANGE)
    if first in states and last in states:
        return list(states[states.index(first) : states.index(last) + 1])
    return list(states)
