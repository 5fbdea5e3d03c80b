"""One publish by key: compare digests, write what differs, redirect what moved, delete what is gone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster_ingest import faults
from dagster_ingest.errors import PublishError
from dagster_ingest.publish.base import Plan, Publication, Verified
from dagster_ingest.publish.documents import About, digest, record_ids, records, resource_document
from dagster_ingest.publish.documents.about import FORMAT
from dagster_ingest.publish.guard import check_deletes
from dagster_ingest.publish.mongodb.driver import Overtaken, ReplaceOne, write
from dagster_ingest.publish.mongodb.keys import Key, Resources
from dagster_ingest.publish.mongodb.ledger import Held

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition
    from dagster_ingest.spec.models import MongoTarget

RESOURCES = "resources"
_BATCH = 500  # documents of one request
_SAMPLE = 25


@dataclass(slots=True)
class Job:
    """One partition on its way into the shared collections. own: keys of what it shows, once known."""

    resources: Resources
    partition: StagePartition
    about: About
    target: MongoTarget
    own: dict[str, Key] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)
    written: int = 0
    beat: Callable[[], None] = lambda: None  # called while there is nothing to send
    forced: bool = False  # write all documents, even where this version is shown

    @property
    def state(self) -> str:
        return self.partition.state

    @property
    def bulk(self) -> bool:
        return self.forced or self.target.mode == "bulk"


def publish(job: Job, mine: Held, *, allow_deletes: bool) -> Publication:
    """Make the collections show the partition. Others' documents stay as they are."""
    if (same := _same(job, mine.states.get(job.state))) is not None:
        return Publication(changed=False, version=job.partition.version, rows=same)
    job.beat = mine.alive
    job.resources.prepare()
    if mine.overtook:
        job.resources.raise_tokens(mine.token)
    now = job.resources.shown()
    _guard(job, now, allow_deletes=allow_deletes)
    faults.reach("publish.planned")
    mine.sign(job.state, None)
    try:
        gone, moved = _write(job, mine, now)
    except Overtaken:
        mine.alive_now()  # says so where a later publisher is the reason
        raise PublishError(
            "a document's id is held by another tenant",
            not_done="the state is not signed as published; the next run writes what is missing",
            fix="withdraw what the same tenant has published under another `tenant_id`",
        ) from None
    faults.reach("publish.written")
    found = check(job)
    if found.problems:
        raise PublishError(
            f"MongoDB does not hold what was written: {'; '.join(found.problems)}",
            not_done="the state is not signed as published",
            fix="only this reader may write to these documents; publish again",
        )
    rows = {RESOURCES: len(job.own)}
    mine.sign(job.state, {"version": job.partition.version, "format": FORMAT, "rows": rows})
    faults.reach("publish.shown")
    return Publication(
        changed=True,
        version=job.partition.version,
        rows=rows,
        written=job.written,
        deleted=gone,
        details={
            "mode": "bulk" if job.bulk else "incremental",
            "records": dict(job.tally),
            "redirects": moved,
        },
    )


def plan(job: Job, signed: dict[str, Any] | None) -> Plan:
    """What `publish` would do; nothing is written. signed: what is said of the state."""
    if (same := _same(job, signed)) is not None:
        return Plan("", {}, {}, same)
    now = job.resources.shown()
    written = sum(1 for _ in changes(job, now))
    gone = len(_gone(job, now))
    why = "asked for" if job.bulk else ""
    told = {RESOURCES: written} if written else {}
    return Plan(why, told, {RESOURCES: gone} if gone else {}, {RESOURCES: len(job.own) - written})


def changes(job: Job, now: dict[str, Key]) -> Iterator[dict[str, Any]]:
    """Documents that are new or differ, or all of them in a bulk publish. Fills `job.own`."""
    for batch in records(job.partition, job.tally):
        job.beat()
        for record in batch:
            document = resource_document(record, job.about)
            told = digest(document)
            before = now.get(record.id)
            states = sorted({job.state, *(before.states if before else ())})
            job.own[record.id] = Key(told, tuple(states), document.get("originalId"))
            same = before is not None and before.hash == told and job.state in before.states
            if not same or job.bulk:
                yield {**document, "ingest": {"hash": told, "states": states}}


def check(job: Job) -> Verified:
    """Counts, and a sample of documents read back, compared with `job.own`."""
    count, problems = job.resources.count(job.state), []
    if count != len(job.own):
        problems.append(f"there are {count} documents of {job.state} and not {len(job.own)}")
    drawn = random.Random(job.partition.version).sample(sorted(job.own), min(_SAMPLE, len(job.own)))
    found = job.resources.some(drawn)
    for key in drawn:
        said = {name: value for name, value in found.get(key, {}).items() if name != "ingest"}
        if digest(said) != job.own[key].hash:
            problems.append(f"document {key} says something else")
    return Verified({RESOURCES: count}, len(drawn), tuple(problems))


def _same(job: Job, signed: dict[str, Any] | None) -> dict[str, int] | None:
    """Documents by collection, where this very version is shown."""
    if job.forced or not signed or (signed["version"], signed["format"]) != (job.partition.version, FORMAT):
        return None
    return dict(signed["rows"])


def _guard(job: Job, now: dict[str, Key], *, allow_deletes: bool) -> None:
    shown = {key for key, each in now.items() if job.state in each.states}
    gone = shown.difference(record_ids(job.partition))
    share, tenant = job.target.max_delete_share, job.partition.tenant
    check_deletes(tenant, job.state, shown=len(shown), gone=len(gone), share=share, allowed=allow_deletes)


def _write(job: Job, mine: Held, now: dict[str, Key]) -> tuple[int, int]:
    """Upserts, then redirects, then deletes: an application never meets an id that leads nowhere."""
    operations: list[ReplaceOne] = []
    for document in changes(job, now):
        operations.append(job.resources.put(document, mine.token, new=document["_id"] not in now))
        if len(operations) == _BATCH:
            _send(job, mine, operations)
            operations = []
    _send(job, mine, operations)
    gone = _gone(job, now)
    moved = job.resources.redirect(_moved(job, gone), set(job.own))
    faults.reach("publish.redirected")
    job.resources.remove(gone, job.state, mine.token, mine.alive)
    return len(gone), moved


def _send(job: Job, mine: Held, operations: list[ReplaceOne]) -> None:
    if not operations:
        return
    mine.alive()
    if write(job.resources.collection, operations) != len(operations):
        raise Overtaken
    job.written += len(operations)
    faults.reach("publish.writing")


def _gone(job: Job, now: dict[str, Key]) -> dict[str, Key]:
    return {key: each for key, each in now.items() if job.state in each.states and key not in job.own}


def _moved(job: Job, gone: dict[str, Key]) -> dict[str, str]:
    """Old id to new id, where the source's record is still there under another one."""
    if not gone:
        return {}
    now = {each.original: key for key, each in job.own.items() if each.original}
    return {key: now[each.original] for key, each in gone.items() if each.original in now}


def withdraw(resources: Resources, mine: Held, state: str) -> int:
    """Documents removed."""
    mine.sign(state, None)
    gone = {key: each for key, each in resources.shown().items() if state in each.states}
    resources.forget(key for key, each in gone.items() if each.states == (state,))
    resources.remove(gone, state, mine.token, mine.alive)
    return len(gone)
