"""One publish by key: compare digests, write what differs, redirect what moved, delete what is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import polars as pl

from dagster_ingest import faults
from dagster_ingest.errors import PublishError
from dagster_ingest.publish.base import Plan, Publication, Verified
from dagster_ingest.publish.documents import About, digest, holding, record_ids, said
from dagster_ingest.publish.documents.about import FORMAT
from dagster_ingest.publish.documents.holding import Shown
from dagster_ingest.publish.documents.keys import Keys
from dagster_ingest.publish.documents.memory import Memory
from dagster_ingest.publish.documents.tables import Tables
from dagster_ingest.publish.guard import check_deletes
from dagster_ingest.publish.mongodb.copy import Copy
from dagster_ingest.publish.mongodb.driver import Overtaken, ReplaceOne, has_transactions
from dagster_ingest.publish.mongodb.keys import RESOURCES, Resources
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
    own: Keys = field(default_factory=Keys)
    tables: Tables = field(init=False)
    tally: Counter[str] = field(default_factory=Counter)
    written: int = 0
    way: str = ""  # how documents were written, once they are
    beat: Callable[[], None] = lambda: None  # called while there is nothing to send
    forced: bool = False  # write all documents, even where this version is shown
    resumed: bool = False  # a publisher before this one stopped half-way
    memory: Memory = field(default_factory=Memory)  # of what documents were made of
    copy: Copy = field(default_factory=Copy)  # of what the collection holds of the tenant
    believed: bool = False  # the copy was, so what is there was not asked for

    def __post_init__(self) -> None:
        self.tables = Tables(self.partition)

    @property
    def state(self) -> str:
        return self.partition.state

    @property
    def bulk(self) -> bool:
        return self.forced or self.target.mode == "bulk"


def publish(job: Job, mine: Held, *, allow_deletes: bool, ask: bool = False) -> Publication:
    """Make the collections show the partition. Others' documents stay as they are.

    ask  the server what the tenant has there, whatever is remembered
    """
    if (same := _same(job, mine.states.get(job.state))) is not None:
        return Publication(changed=False, version=job.partition.version, rows=same)
    job.beat = mine.alive
    job.resources.prepare()
    if mine.overtook:
        job.resources.raise_tokens(mine.token)
    now = None if ask or job.bulk else job.copy.recall(mine)
    job.believed = now is not None
    if now is None:
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
    job.copy.keep(mine, holding.after(now, job.state, job.own))
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
            **({"memory": job.memory.audit} if job.memory.audit else {}),
        },
    )


def plan(job: Job, signed: dict[str, Any] | None) -> Plan:
    """What `publish` would do; nothing is written. signed: what is said of the state."""
    if (same := _same(job, signed)) is not None:
        return Plan("", {}, {}, same)
    now = job.resources.shown()
    written = sum(1 for _ in changes(job, now))
    gone = holding.gone(now, job.state, job.own).height
    why = "asked for" if job.bulk else ""
    told = {RESOURCES: written} if written else {}
    return Plan(why, told, {RESOURCES: gone} if gone else {}, {RESOURCES: len(job.own) - written})


def changes(job: Job, now: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Documents that are new or differ, or all of them in a bulk publish. Fills `job.own`."""
    fits = holding.EMPTY if job.bulk else holding.of_state(now, job.state)
    every = documents(job.tables, job.about, job.tally, job.memory, fits)
    job.own.stand(every.stood)
    left = holding.shown(holding.besides(now, job.own))
    for number, (key, told, original, document) in enumerate(every.made):
        if number % _BATCH == 0:
            job.beat()
        job.own.add(key, told, original)
        before = left.get(key)
        if job.bulk or before is None or before.hash != told or job.state not in before.states:
            states = sorted({job.state, *(before.states if before else ())})
            yield {**document, "ingest": {"hash": told, "states": states}}


def check(job: Job) -> Verified:
    """Counts, and a sample of documents read back, compared with `job.own`."""
    count, problems = job.resources.count(job.state), []
    if count != len(job.own):
        problems.append(f"there are {count} documents of {job.state} and not {len(job.own)}")
    drawn = job.own.drawn(_SAMPLE)
    found = job.resources.some(list(drawn))
    for key, told in drawn.items():
        if digest(said(found.get(key, {}))) != told:
            problems.append(f"document {key} says something else")
    return Verified({RESOURCES: count}, len(drawn), tuple(problems))


def _same(job: Job, signed: dict[str, Any] | None) -> dict[str, int] | None:
    """Documents by collection, where this very version is shown."""
    if job.forced or not signed or signed["version"] != job.partition.version:
        return None
    return dict(signed["rows"]) if shown_version(job.resources, job.state, signed) else None


def shown_version(resources: Resources, state: str, signed: dict[str, Any] | None) -> str | None:
    """The version that is signed, if its documents are all there: a hand may have dropped them."""
    if not signed or signed["format"] != FORMAT or resources.count(state) != signed["rows"][RESOURCES]:
        return None
    return signed["version"]


def _guard(job: Job, now: pl.DataFrame, *, allow_deletes: bool) -> None:
    shown = holding.of_state(now, job.state)["key"]
    gone = shown.filter(~shown.is_in(record_ids(job.tables).implode())).len()
    share, tenant = job.target.max_delete_share, job.partition.tenant
    check_deletes(tenant, job.state, shown=shown.len(), gone=gone, share=share, allowed=allow_deletes)


def _write(job: Job, mine: Held, now: pl.DataFrame) -> tuple[int, dict[str, int]]:
    """The way that fits: all aside and swapped, all in one transaction, or by key. (deleted, redirects)"""
    documents = changes(job, now)
    whole, moved = job.bulk or now.is_empty(), {}

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


def _by_key(job: Job, mine: Held, now: pl.DataFrame, documents: Iterator[dict]) -> tuple[int, dict[str, int]]:
    """Upserts, then redirects, then deletes: an application never meets an id that leads nowhere."""
    job.written = 0
    there = now["key"]
    waiting = iter(documents)
    while some := list(islice(waiting, _BATCH)):
        known = set(there.filter(there.is_in(pl.Series([d["_id"] for d in some]).implode())))
        _send(job, mine, [job.resources.put(d, mine.token, new=d["_id"] not in known) for d in some])
    gone = _gone(job, now)
    moved = _redirect(job, now, gone)
    faults.reach("publish.redirected")
    job.resources.remove(gone, job.state, mine.token, mine.alive)
    return len(gone), moved


def _redirect(job: Job, now: pl.DataFrame, gone: dict[str, Shown]) -> dict[str, int]:
    """Lead old ids to what is published after this. How many are new, and how many another tenant holds."""
    standing, moved = job.resources.leads(), _moved(job, now, gone)
    if not (standing or moved or job.partition.redirects):
        return {"redirects": 0}
    left = set(holding.after(now, job.state, job.own)["key"])
    wanted = leads(standing, moved, job.partition.redirects, left)
    taken = job.resources.lead(standing, wanted)
    told = {"redirects": len(wanted.keys() - standing.keys() - taken)}
    return {**told, "redirects_of_others": len(taken)} if taken else told


def _send(job: Job, mine: Held, operations: list[ReplaceOne]) -> None:
    mine.alive()
    if job.resources.write(operations) != len(operations):
        raise Overtaken
    job.written += len(operations)
    faults.reach("publish.writing")


def _gone(job: Job, now: pl.DataFrame) -> dict[str, Shown]:
    return holding.shown(holding.gone(now, job.state, job.own))


def _moved(job: Job, now: pl.DataFrame, gone: dict[str, Shown]) -> dict[str, str]:
    """Old id to new id, where the source's record is still there under another one.

    Two systems may use one id for different records. So the new one must not have been shown beside the
    old one, and only one of what went and one of what is there may be called so.
    """
    went = Counter(each.original for each in gone.values() if each.original)
    if not went:
        return {}
    there = job.own.frame.filter(pl.col("original").is_in(list(went)))
    alone = there.filter(pl.col("original").is_unique())
    # What a publisher wrote that stopped half-way is shown already: only then that says nothing.
    fresh = alone if job.resumed else alone.join(now, on="key", how="anti")
    to = dict(fresh.select("original", "key").rows())
    return {
        key: to[each.original]
        for key, each in gone.items()
        if each.original and each.original in to and went[each.original] == 1
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
    gone = holding.shown(holding.of_state(resources.shown(), state))
    resources.forget(key for key, each in gone.items() if each.states == (state,))
    faults.reach("publish.withdraw.forgotten")

    def going_on() -> None:  # before each request
        faults.reach("publish.withdraw.removing")
        mine.alive()

    resources.remove(gone, state, mine.token, going_on)
    return len(gone)
