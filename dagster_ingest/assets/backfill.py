"""Backfills from the command line: runs that share an id, and what the event log tells of them.

The request stands in a tag of each run, so a backfill that was killed is known by its id alone: what is
done is in the log, the rest follows from the request. One of the UI is Dagster's own, and only read here.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.instance import UNFINISHED, alive, close_orphans
from dagster_ingest.assets.orchestrate import plan
from dagster_ingest.assets.task import Task
from dagster_ingest.assets.turns import TAG_BACKFILL
from dagster_ingest.errors import SpecError, among

TAG_REQUEST, TAG_BY, TAG_ENDED = (f"dagster_ingest/backfill_{name}" for name in ("request", "by", "ended"))
_BY_UI = "dagster/backfill"
_DONE = dg.DagsterRunStatus.SUCCESS
Status = Literal["running", "interrupted", "complete", "canceled"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be done. pairs: (tenant, state). tables: raw tables, or `layer/table`."""

    pairs: tuple[tuple[str, str], ...]
    layers: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    force: bool = False

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Request:
        found = json.loads(text)
        pairs = tuple((tenant, state) for tenant, state in found["pairs"])
        return cls(pairs, tuple(found["layers"]), tuple(found["tables"]), found["force"])

    def chains(self, tags: Mapping[str, str]) -> list[tuple[Task, ...]]:
        """Runs to be made, one chain for each state: its writers, then its readers."""
        written = tuple(table for table in self.tables if not table.startswith("published/"))
        shown = tuple(table for table in self.tables if table.startswith("published/"))
        chains = []
        for chain in plan(self.pairs, self.layers):
            asked = {"writers": written, "readers": shown}
            kept = [
                replace(task, tables=asked[task.side], force=self.force, tags=dict(tags))
                for task in chain
                if not self.tables or asked[task.side] or (written and task.side == "readers")
            ]
            chains.append(tuple(kept))
        return [chain for chain in chains if chain]


@dataclass(frozen=True, slots=True)
class Part:
    """A run of a backfill, or one that is still to be made: `left`."""

    tenant: str
    state: str
    side: str
    status: str = "left"
    run_id: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Backfill:
    """What the log tells of a backfill. request: None where the UI started it."""

    id: str
    status: str
    started: float
    request: Request | None
    parts: tuple[Part, ...] = field(default=())

    @property
    def done(self) -> int:
        return sum(part.status == _DONE.value for part in self.parts)


def tags_of(backfill_id: str, request: Request, by: str) -> dict[str, str]:
    return {TAG_BACKFILL: backfill_id, TAG_REQUEST: request.text(), TAG_BY: by}


def find(instance: dg.DagsterInstance, backfill_id: str) -> Backfill:
    """SpecError for an id that the log does not know."""
    records = instance.get_run_records(dg.RunsFilter(tags={TAG_BACKFILL: backfill_id}))
    if records:
        return _of_runs(backfill_id, records)
    if (found := instance.get_backfill(backfill_id)) is not None:
        runs = instance.get_run_records(dg.RunsFilter(tags={_BY_UI: backfill_id}))
        parts = tuple(_newest(runs).values())
        return Backfill(backfill_id, found.status.value.lower(), found.backfill_timestamp, None, parts)
    known = [b.id for b in every(instance)]
    raise SpecError(
        f"there is no backfill {backfill_id!r}",
        not_done="nothing was done",
        fix=among(backfill_id, known, "backfills here:", most=10),
    )


def every(instance: dg.DagsterInstance) -> list[Backfill]:
    """All backfills, the newest first."""
    ids = {value for _, values in instance.get_run_tags(tag_keys=[TAG_BACKFILL]) for value in values}
    ids |= {found.backfill_id for found in instance.get_backfills()}
    return sorted((find(instance, name) for name in ids), key=lambda found: found.started, reverse=True)


def left(instance: dg.DagsterInstance, backfill: Backfill, by: str) -> list[tuple[Task, ...]]:
    """The chains of a backfill without what is done."""
    if backfill.request is None:
        fix = "the daemon goes on with it by itself; in the UI a failed one can be started again"
        raise SpecError("a backfill of the UI is not resumed here", not_done="nothing was done", fix=fix)
    done = {(p.tenant, p.state, p.side) for p in backfill.parts if p.status == _DONE.value}
    chains = backfill.request.chains(tags_of(backfill.id, backfill.request, by))
    rest = [tuple(t for t in chain if (t.tenant, t.state, t.side) not in done) for chain in chains]
    return [chain for chain in rest if chain]


def end(instance: dg.DagsterInstance, backfill_id: str, how: Status = "complete") -> None:
    """Note on a run of the backfill that nothing more is coming."""
    for run in instance.get_runs(dg.RunsFilter(tags={TAG_BACKFILL: backfill_id}), limit=1):
        instance.add_run_tags(run.run_id, {TAG_ENDED: how})


def cancel(instance: dg.DagsterInstance, backfill: Backfill) -> None:
    """End the command that works on it, with its runs; what is done stays. Of the UI: ask the daemon to."""
    if backfill.request is None:
        from dagster._core.execution.backfill import BulkActionStatus

        found = instance.get_backfill(backfill.id)
        if found is not None and found.status == BulkActionStatus.REQUESTED:
            instance.update_backfill(found.with_status(BulkActionStatus.CANCELING))
        return
    if backfill.status == "running":
        newest = instance.get_runs(dg.RunsFilter(tags={TAG_BACKFILL: backfill.id}), limit=1)[0]
        # Dagster takes SIGTERM for the run at hand alone; what a kill leaves behind is cleaned up anyway.
        os.kill(int(newest.tags[TAG_BY].partition(".")[0]), signal.SIGKILL)
        _await_end(instance, backfill.id)
    close_orphans(instance)
    end(instance, backfill.id, "canceled")


def _await_end(instance: dg.DagsterInstance, backfill_id: str) -> None:
    """Close the runs of a command that was killed: its workers notice and end a moment after it."""
    at_work = dg.RunsFilter(tags={TAG_BACKFILL: backfill_id}, statuses=UNFINISHED)
    for _ in range(100):
        close_orphans(instance)
        if not instance.get_runs_count(at_work):
            return
        time.sleep(0.1)


def _of_runs(backfill_id: str, records: Sequence[dg.RunRecord]) -> Backfill:
    newest = records[0].dagster_run.tags
    request = Request.of(newest[TAG_REQUEST])
    made = _newest(records)
    wanted = [Part(t.tenant, t.state, t.side) for chain in request.chains({}) for t in chain]
    parts = tuple(made.get((p.tenant, p.state, p.side), p) for p in wanted)
    status: str = newest.get(TAG_ENDED) or ("running" if alive(newest[TAG_BY]) else "interrupted")
    started = min(record.create_timestamp.timestamp() for record in records)
    return Backfill(backfill_id, status, started, request, parts)


def _newest(records: Iterable[dg.RunRecord]) -> dict[tuple[str, str, str], Part]:
    """The newest run of each tenant, state and side. records: the newest first."""
    found: dict[tuple[str, str, str], Part] = {}
    for record in records:
        run = record.dagster_run
        tenant, state = run.tags.get("tenant", ""), run.tags.get("dagster/partition", "")
        published = any(keys.table_of(key)[0] == "published" for key in run.asset_selection or ())
        side = "readers" if published or run.job_name == keys.readers_job(tenant) else "writers"
        took = record.end_time - record.start_time if record.end_time and record.start_time else None
        part = Part(tenant, state, side, run.status.value, run.run_id, took)
        found.setdefault((tenant, state, side), part)
    return found
