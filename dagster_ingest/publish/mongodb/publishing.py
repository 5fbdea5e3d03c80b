"""One publish by key: compare digests, write what differs, redirect what moved, delete what is gone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from dagster_ingest import faults
from dagster_ingest.errors import PublishError
from dagster_ingest.publish.base import Plan, Publication, Verified
from dagster_ingest.publish.documents import About, digest, record_ids, said
from dagster_ingest.publish.documents.about import FORMAT
from dagster_ingest.publish.documents.memory import Memory
from dagster_ingest.publish.guard import check_deletes
from dagster_ingest.publish.mongodb.driver import Overtaken, ReplaceOne, has_transactions
from dagster_ingest.publish.mongodb.keys import RESOURCES, Key, Resources
from dagster_ingest.publish.mongodb.leading import leads
from dagster_ingest.publish.mongodb.ledger import Held
from dagster_ingest.publish.mongodb.shadow import swapped
from dagster_ingest.publish.mongodb.wanted import documents

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition
    from dagster_ingest.spec.models import MongoTarget

_BATCH = 500  # documents of one request
_AT_ONCE = 1_000  # changes of one transaction; MongoDB's own advice
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
    way: str = ""  # how documents were written, once they are
    beat: Callable[[], None] = lambda: None  # called while there is nothing to send
    forced: bool = False  # write all documents, even where this version is shown
    resumed: bool = False  # a publisher before this one stopped half-way
    memory: Memory | None = None  # of what documents were made of; without it all are made

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
    job.resumed = mine.states.get(job.state, {}) is None
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
    if job.memory is not None:
        job.memory.save()
    return Publication(
        changed=True,
        version=job.partition.version,
        rows=rows,
        written=job.written,
        deleted=gone,
        details={
            "mode": "bulk" if job.bulk else "incremental",
            "records": dict(job.tally),
            "way": job.way,
            **moved,
            **({"memory": job.memory.audit} if job.memory is not None and job.memory.audit else {}),
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

    def fits(key: str, told: str) -> bool:
        before = now.get(key)
        return before is not None and before.hash == told and job.state in before.states and not job.bulk

    every = documents(job.partition, job.about, job.tally, job.memory, fits)
    for number, (key, told, original, document) in enumerate(every):
        if number % _BATCH == 0:
            job.beat()
        before = now.get(key)
        states = sorted({job.state, *(before.states if before else ())})
        job.own[key] = Key(told, tuple(states), original)
        if document is not None and not fits(key, told):
            yield {**document, "ingest": {"hash": told, "states": states}}


def check(job: Job) -> Verified:
    """Counts, and a sample of documents read back, compared with `job.own`."""
    count, problems = job.resources.count(job.state), []
    if count != len(job.own):
        problems.append(f"there are {count} documents of {job.state} and not {len(job.own)}")
    drawn = random.Random(job.partition.version).sample(sorted(job.own), min(_SAMPLE, len(job.own)))
    found = job.resources.some(drawn)
    for key in drawn:
        if digest(said(found.get(key, {}))) != job.own[key].hash:
            problems.append(f"document {key} says something else")
    return Verified({RESOURCES: count}, len(drawn), tuple(problems))


def _same(job: Job, signed: dict[str, Any] | None) -> dict[str, int] | None:
    """Documents by collection, where this very version is shown."""
    if job.forced or shown_version(job.resources, job.state, signed) != job.partition.version:
        return None
    return dict(signed["rows"]) if signed else None


def shown_version(resources: Resources, state: str, signed: dict[str, Any] | None) -> str | None:
    """The version that is signed, if its documents are all there: a hand may have dropped them."""
    if not signed or signed["format"] != FORMAT or resources.count(state) != signed["rows"][RESOURCES]:
        return None
    return signed["version"]


def _guard(job: Job, now: dict[str, Key], *, allow_deletes: bool) -> None:
    shown = {key for key, each in now.items() if job.state in each.states}
    gone = shown.difference(record_ids(job.partition))
    share, tenant = job.target.max_delete_share, job.partition.tenant
    check_deletes(tenant, job.state, shown=len(shown), gone=len(gone), share=share, allowed=allow_deletes)


def _write(job: Job, mine: Held, now: dict[str, Key]) -> tuple[int, dict[str, int]]:
    """The way that fits: all aside and swapped, all in one transaction, or by key. (deleted, redirects)"""
    documents = changes(job, now)
    whole, moved = job.bulk or not now, {}

    def lead() -> None:
        moved.update(_redirect(job, now, _gone(job, now)))

    if whole and (written := swapped(job, mine, now, documents, lead)) is not None:
        job.written, job.way = written, "aside"
        return len(_gone(job, now)), moved
    first = list(islice(documents, _AT_ONCE + 1))
    if len(first) <= _AT_ONCE:  # that was all, so it is known what is gone
        gone = _gone(job, now)
        few = 0 < len(first) + len(gone) <= _AT_ONCE
        if few and has_transactions(job.resources.database):
            job.way = "transaction"
            return job.resources.at_once(mine.within, lambda: _by_key(job, mine, now, iter(first)))
    job.way = "by key"
    return _by_key(job, mine, now, chain(first, documents))


def _by_key(
    job: Job, mine: Held, now: dict[str, Key], documents: Iterator[dict]
) -> tuple[int, dict[str, int]]:
    """Upserts, then redirects, then deletes: an application never meets an id that leads nowhere."""
    job.written = 0
    operations: list[ReplaceOne] = []
    for document in documents:
        operations.append(job.resources.put(document, mine.token, new=document["_id"] not in now))
        if len(operations) == _BATCH:
            _send(job, mine, operations)
            operations = []
    _send(job, mine, operations)
    gone = _gone(job, now)
    moved = _redirect(job, now, gone)
    faults.reach("publish.redirected")
    job.resources.remove(gone, job.state, mine.token, mine.alive)
    return len(gone), moved


def _redirect(job: Job, now: dict[str, Key], gone: dict[str, Key]) -> dict[str, int]:
    """Lead old ids to what is published after this. How many are new, and how many another tenant holds."""
    left = {key for key, each in now.items() if key not in gone or each.states != (job.state,)}
    standing = job.resources.leads()
    wanted = leads(standing, _moved(job, now, gone), job.partition.redirects, left | set(job.own))
    taken = job.resources.lead(standing, wanted)
    told = {"redirects": len(wanted.keys() - standing.keys() - taken)}
    return {**told, "redirects_of_others": len(taken)} if taken else told


def _send(job: Job, mine: Held, operations: list[ReplaceOne]) -> None:
    if not operations:
        return
    mine.alive()
    if job.resources.write(operations) != len(operations):
        raise Overtaken
    job.written += len(operations)
    faults.reach("publish.writing")


def _gone(job: Job, now: dict[str, Key]) -> dict[str, Key]:
    return {key: each for key, each in now.items() if job.state in each.states and key not in job.own}


def _moved(job: Job, now: dict[str, Key], gone: dict[str, Key]) -> dict[str, str]:
    """Old id to new id, where the source's record is still there under another one.

    Two systems may use one id for different records. So the new one must not have been shown beside the
    old one, and only one of what went and one of what is there may be called so.
    """
    if not gone:
        return {}
    there = Counter(each.original for each in job.own.values())
    went = Counter(each.original for each in gone.values())
    # What a publisher wrote that stopped half-way is shown already: only then that says nothing.
    fresh = {each.original: key for key, each in job.own.items() if job.resumed or key not in now}
    return {
        key: fresh[name]
        for key, each in gone.items()
        if (name := each.original) and name in fresh and there[name] == went[name] == 1
    }


def withdraw(resources: Resources, mine: Held, state: str) -> int:
    """Documents removed."""
    faults.reach("publish.withdraw.planned")
    mine.sign(state, None)
    faults.reach("publish.withdraw.unsigned")
    removed = _take_out(resources, mine, state)
    if mine.overtook:  # a request of the other may have been on its way, and add what was not there
        mine.rest()
        removed += _take_out(resources, mine, state)
    faults.reach("publish.withdraw.done")
    return removed


def _take_out(resources: Resources, mine: Held, state: str) -> int:
    gone = {key: each for key, each in resources.shown().items() if state in each.states}
    resources.forget(key for key, each in gone.items() if each.states == (state,))
    faults.reach("publish.withdraw.forgotten")

    def going_on() -> None:  # before each request
        faults.reach("publish.withdraw.removing")
        mine.alive()

    resources.remove(gone, state, mine.token, going_on)
    return len(gone)
