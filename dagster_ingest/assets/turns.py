"""Whose turn it is: the place of a new run in the queue that all tenants share.

Dagster starts what has the highest `dagster/priority`, and of equals the oldest, so whoever queues first
would be served to the end first. Here every run gets a turn, as in fair queueing: one more than the
tenant's newest run that waits or works, and none before the one that is being served. Runs of several tenants
take turns, however many each has queued. A band of priority comes before all turns of a lower one.
"""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

TAG_TENANT, TAG_PRIORITY = "tenant", "dagster/priority"
TAG_BAND, TAG_TURN = "dagster_ingest/band", "dagster_ingest/turn"
TAG_BACKFILL = "dagster_ingest/backfill"
_BACKFILLS = ("dagster/backfill", TAG_BACKFILL)
BEHIND = 10  # bands by which a backfill stands behind other runs
HIGHEST = 3  # bands that a tenant or a person may ask for, up and down
TURNS = 1_000_000  # turns within a band; 32 bits hold all of them, as Dagster's pools want it
_SERVED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_UNFINISHED = [dg.DagsterRunStatus.QUEUED, *_SERVED]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue: the lower the turn, the sooner, within the band."""

    band: int
    turn: int

    @property
    def priority(self) -> int:
        return self.band * TURNS - min(self.turn, TURNS - 1)

    def tags(self) -> dict[str, str]:
        return {
            TAG_BAND: str(self.band),
            TAG_TURN: str(self.turn),
            TAG_PRIORITY: str(self.priority),
        }


def place(instance: dg.DagsterInstance, run: dg.DagsterRun, tenant: str, priority: int) -> Place:
    """Where a run that is about to be queued stands. priority: the tenant's, unless the run has its own."""
    band = _band(run, priority)
    same = {TAG_BAND: str(band)}
    mine = instance.get_runs(dg.RunsFilter(tags={TAG_TENANT: tenant, **same}, statuses=_UNFINISHED), limit=1)
    served = instance.get_runs(dg.RunsFilter(tags=same, statuses=_SERVED))
    return Place(band, max([0, *(_turn(run) + 1 for run in mine), *map(_turn, served)]))


def _band(run: dg.DagsterRun, priority: int) -> int:
    if TAG_TURN in run.tags:  # a run that is tried again has the tags of the one before
        return _number(run.tags.get(TAG_BAND), 0)
    asked = _number(run.tags.get(TAG_PRIORITY), priority)
    behind = BEHIND if any(tag in run.tags for tag in _BACKFILLS) else 0
    return max(-HIGHEST, min(HIGHEST, asked)) - behind


def _turn(run: dg.DagsterRun) -> int:
    return _number(run.tags.get(TAG_TURN), 0)


def _number(text: str | None, otherwise: int) -> int:
    try:
        return int(text) if text is not None else otherwise
    except ValueError:
        return otherwise
