"""One publish: settle, compare, then either build all aside and swap, or write what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest import faults
from dagster_ingest.errors import IngestError, PublishError
from dagster_ingest.publish.base import Plan, Publication
from dagster_ingest.publish.documents import About, holding, record_ids
from dagster_ingest.publish.documents.holding import EMPTY, Shown
from dagster_ingest.publish.documents.keys import Keys
from dagster_ingest.publish.documents.memory import Memory
from dagster_ingest.publish.documents.tables import Tables
from dagster_ingest.publish.guard import check_deletes
from dagster_ingest.publish.opensearch.checking import check
from dagster_ingest.publish.opensearch.copy import Contents, Copy
from dagster_ingest.publish.opensearch.keeping import PAGE, settle_previous
from dagster_ingest.publish.opensearch.ledger import Held
from dagster_ingest.publish.opensearch.loader import Action, Loader
from dagster_ingest.publish.opensearch.mappings import RESOURCES, format_of, signed_format
from dagster_ingest.publish.opensearch.settling import settle
from dagster_ingest.publish.opensearch.shelf import Shelf
from dagster_ingest.publish.opensearch.wanted import Collection, collections, documents, new_index

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition
    from dagster_ingest.spec.models import OpenSearchTarget

_BEAT = 500  # documents between two signs of life


@dataclass(slots=True)
class Job:
    """One partition on its way into one tenant's indices."""

    shelf: Shelf
    partition: StagePartition
    about: About
    target: OpenSearchTarget
    wanted: dict[str, Collection] = field(init=False)
    own: dict[str, Keys] = field(init=False)  # by collection, once it is known
    tables: Tables = field(init=False)
    beat: Callable[[], None] = lambda: None  # called while there is nothing to send
    forced: bool = False  # build all anew, even where this version is shown
    memory: Memory = field(default_factory=Memory)  # of what documents were made of
    copy: Copy = field(default_factory=Copy)  # of what the indices hold
    tally: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.wanted = collections(self.about)
        self.own = {name: Keys() for name in self.wanted}
        self.tables = Tables(self.partition)

    @property
    def state(self) -> str:
        return self.partition.state


def publish(job: Job, mine: Held, *, allow_deletes: bool) -> Publication:
    """Make the tenant's indices show the partition. Other states' documents stay as they are."""
    ledger, job.beat = mine.ledger, mine.alive
    settle(job.shelf, mine, job.wanted)
    if not job.target.keep_previous:  # from now on, even where there is nothing new
        drop_previous(job.shelf, mine)
    why = bulk_reason(job, ledger.indices)
    if (same := _same(job, ledger.states, why)) is not None:
        return Publication(changed=False, version=job.partition.version, rows=same)
    if mine.overtook:  # what it may still write goes to indices that nobody asks any more
        why = why or "a publisher that fell silent was overtaken"
    now = contents(job, ledger.indices, ask=bool(why))
    _guard(job, now, allow_deletes=allow_deletes)
    loader = Loader(job.shelf.server)
    faults.reach("publish.planned")
    if why:
        _build(job, mine, now, loader)
    else:
        _update(job, mine, now, loader)
    shown = {name: holding.after(now.get(name, EMPTY), job.state, keys) for name, keys in job.own.items()}
    job.copy.keep(job.shelf, ledger.indices, shown, loader.done)
    job.memory.save()
    return Publication(
        changed=True,
        version=job.partition.version,
        rows={name: len(keys) for name, keys in job.own.items()},
        written=job.written.total(),
        deleted=job.deleted.total(),
        bytes=loader.sent,
        details={
            "mode": f"bulk: {why}" if why else "incremental",
            "records": dict(job.tally),
            "waits": loader.waits,
            **({"memory": job.memory.audit} if job.memory.audit else {}),
        },
    )


def plan(job: Job, indices: Mapping[str, str], states: Mapping[str, dict]) -> Plan:
    """What `publish` would do; nothing is written. states: what the ledger says of each."""
    why = bulk_reason(job, indices)
    if (same := _same(job, states, why)) is not None:
        return Plan("", {}, {}, same)
    now = contents(job, indices, ask=bool(why))
    for _ in changes(job, {} if why else now):
        pass
    leaving = {
        name: holding.gone(now.get(name, EMPTY), job.state, keys).height for name, keys in job.own.items()
    }
    unchanged = {name: len(keys) - job.written[name] for name, keys in job.own.items()}
    return Plan(why, dict(job.written), {n: c for n, c in leaving.items() if c}, unchanged)


def bulk_reason(job: Job, indices: Mapping[str, str]) -> str:
    """Why all must be built anew; empty if it must not."""
    if not indices:
        return "nothing is published yet"
    if indices.keys() != job.wanted.keys():
        return "other indices are wanted"
    formats = job.shelf.formats(indices.values())
    if any(formats.get(indices[name]) != format_of(each.kind) for name, each in job.wanted.items()):
        return "the mapping has changed"
    return "asked for" if job.forced or job.target.mode == "bulk" else ""


def contents(job: Job, indices: Mapping[str, str], *, ask: bool) -> Contents:
    """What the indices hold, by collection; what a killed publisher wrote last is seen as well.

    ask  the server, whatever is remembered
    """
    if not ask and (known := job.copy.recall(job.shelf, indices)) is not None:
        return known
    job.shelf.refresh(indices.values())
    found = {}
    for name, index in indices.items():
        found[name] = holding.held(job.shelf.shown(index))
        job.beat()
    return found


def changes(job: Job, now: Contents) -> Iterator[tuple[str, str, dict]]:
    """Documents that are new or differ, with the mark that is stored beside them. Fills `job.own`."""
    fits = {name: holding.of_state(frame, job.state) for name, frame in now.items()}
    every = documents(job.tables, job.about, job.tally, job.memory, fits)
    for name, stood in every.stood.items():
        job.own[name].stand(stood)
    left = {n: holding.shown(holding.besides(frame, job.own[n])) for n, frame in now.items() if n in job.own}
    for number, (name, key, told, document) in enumerate(every.made):
        if number % _BEAT == 0:
            job.beat()
        job.own[name].add(key, told)
        before = left.get(name, {}).get(key)
        if before is None or before.hash != told or job.state not in before.states:
            states = sorted({job.state, *(before.states if before else ())})
            job.written[name] += 1
            yield name, key, {**document, "ingest": {"hash": told, "states": states}}


def _same(job: Job, states: Mapping[str, dict], why: str) -> dict[str, int] | None:
    """Documents by collection, where this very version is shown and nothing else asks for a publish."""
    shown = states.get(job.state)
    if why not in ("", "asked for") or shown is None or job.forced:
        return None
    if (shown["version"], shown["format"]) != (job.partition.version, signed_format()):
        return None
    return dict(shown["rows"])


def _guard(job: Job, now: Contents, *, allow_deletes: bool) -> None:
    """Before a document is made: records are what counts, and their ids are quickly known."""
    held = [
        holding.of_state(each, job.state)["key"] for name, each in now.items() if name.startswith(RESOURCES)
    ]
    shown = pl.concat([pl.Series(dtype=pl.String), *held]).unique()
    gone = shown.filter(~shown.is_in(record_ids(job.tables).implode())).len()
    share, tenant = job.target.max_delete_share, job.partition.tenant
    check_deletes(tenant, job.state, shown=shown.len(), gone=gone, share=share, allowed=allow_deletes)


def _update(job: Job, mine: Held, now: Contents, loader: Loader) -> None:
    """Upserts, then deletes, by key. The state is unsigned until the counts agree."""
    ledger = mine.ledger
    ledger.states.pop(job.state, None)
    mine.save()
    actions = _actions(job, mine, now)
    first = next(actions, None)
    if first is not None:
        drop_previous(job.shelf, mine)
        for _ in loader.send(_chain(first, actions)):
            faults.reach("publish.writing")
            mine.alive()
    faults.reach("publish.written")
    job.shelf.refresh(ledger.indices.values())
    agreed(job, ledger.indices)
    sign(job, mine)
    faults.reach("publish.shown")


def _actions(job: Job, mine: Held, now: Contents) -> Iterator[Action]:
    indices, token = mine.ledger.indices, mine.ledger.token
    for name, key, document in changes(job, now):
        yield Action.put(indices[name], key, document, token)
    for name in job.wanted:
        yield from removals(
            job.shelf, indices[name], job.state, _leaving(job, name, now), token, job.deleted, name
        )


def _leaving(job: Job, name: str, now: Contents) -> dict[str, Shown]:
    return holding.shown(holding.gone(now.get(name, EMPTY), job.state, job.own[name]))


def removals(
    shelf: Shelf,
    index: str,
    state: str,
    gone: Mapping[str, Shown],
    token: int,
    deleted: Counter[str],
    name: str,
) -> Iterator[Action]:
    """A document that other states show as well stays theirs. deleted: counts them, under `name`."""
    waiting = iter(gone.items())
    while page := list(islice(waiting, PAGE)):
        deleted[name] += len(page)
        others = {key: [s for s in before.states if s != state] for key, before in page}
        shared = shelf.some(index, [key for key, states in others.items() if states])
        for key, before in page:
            if not others[key]:
                yield Action.delete(index, key, token)
            elif found := shared.get(key):
                mark = {"hash": before.hash, "states": others[key]}
                yield Action.put(index, key, {**found, "ingest": mark}, token)


def _build(job: Job, mine: Held, now: Contents, loader: Loader) -> None:
    """New indices with this state's documents and copies of the other states', shown by one call."""
    ledger, shelf = mine.ledger, job.shelf
    indices = {name: new_index(job.about, name) for name in job.wanted}
    try:
        _fill(job, mine, now, loader, indices)
    except IngestError:
        with suppress(IngestError):  # what cannot be removed now is removed by the next publisher
            shelf.drop(indices.values())
        raise
    for name, held in now.items():
        if name in indices:
            job.deleted[name] = holding.gone(held, job.state, job.own[name]).height
    show(shelf, mine, indices, {**ledger.states, job.state: signature(job)}, job.wanted)
    _settle_previous(job, mine, now)
    faults.reach("publish.shown")


def _fill(job: Job, mine: Held, now: Contents, loader: Loader, indices: Mapping[str, str]) -> None:
    shelf = job.shelf
    for name, each in job.wanted.items():
        shelf.create(indices[name], each.kind, job.target.shards)
    faults.reach("publish.created")
    others = {name: holding.of_others(held, job.state) for name, held in now.items() if name in indices}
    for _ in loader.send(_everything(job, mine, others, indices)):
        faults.reach("publish.writing")
        mine.alive()
    faults.reach("publish.written")
    shelf.refresh(indices.values())
    agreed(job, indices, {n: _total(others.get(n, EMPTY), job.own[n]) for n in indices})
    shelf.open(indices.values(), job.target.replicas)


def _total(others: pl.DataFrame, own: Keys) -> int:
    return holding.besides(others, own).height + len(own)


def _everything(job: Job, mine: Held, others: Contents, indices: Mapping[str, str]) -> Iterator[Action]:
    token, before = mine.ledger.token, mine.ledger.indices
    # A digest that fits nothing: each of ours is written, for the states that share it as well.
    unlike = {name: held.with_columns(hash=pl.lit("")) for name, held in others.items()}
    for name, key, document in changes(job, unlike):
        yield Action.put(indices[name], key, document, token)
    for name in others:
        left = holding.shown(holding.besides(others[name], job.own[name]))
        states = sorted({state for each in left.values() for state in each.states})
        query = {"terms": {"ingest.states": states}}
        for key, document in job.shelf.whole(before[name], query) if left else ():
            if key in left:
                mark = {"hash": left[key].hash, "states": list(left[key].states)}
                yield Action.put(indices[name], key, {**document, "ingest": mark}, token)


def show(
    shelf: Shelf, mine: Held, indices: dict[str, str], states: dict, wanted: Mapping[str, Collection]
) -> None:
    """Say what is coming, move the aliases, sign. A kill in between is settled by the next publisher."""
    ledger = mine.ledger
    ledger.coming = {"indices": indices, "states": states}
    mine.save()
    faults.reach("publish.swap")
    shelf.swap(ledger.indices, indices, wanted)
    faults.reach("publish.swapped")
    older = ledger.previous
    replaced = {"indices": ledger.indices, "states": ledger.states, "unsettled": True}
    ledger.previous = replaced if ledger.indices else None
    ledger.indices, ledger.states, ledger.coming = indices, states, None
    mine.save()
    shelf.drop((older or {"indices": {}})["indices"].values())


def _settle_previous(job: Job, mine: Held, now: Contents) -> None:
    """What is kept for a rollback must not hold what was taken away. Until then it is no good for one."""
    previous = mine.ledger.previous
    if previous is None:
        return
    if not job.target.keep_previous or previous["indices"].keys() != job.wanted.keys():
        drop_previous(job.shelf, mine)
        return
    token, nobody = mine.ledger.token, Counter[str]()
    gone = (
        action
        for name, index in previous["indices"].items()
        for action in removals(job.shelf, index, job.state, _leaving(job, name, now), token, nobody, name)
    )
    changed = {name: holding.rewritten(now[name], job.own[name]) for name in previous["indices"]}
    settle_previous(job.shelf, mine, job.state, gone, changed)


def drop_previous(shelf: Shelf, mine: Held) -> None:
    """From the first change on, what came before may hold what nobody may see any more."""
    if mine.ledger.previous is not None:
        indices = mine.ledger.previous["indices"].values()
        mine.ledger.previous = None
        mine.save()
        shelf.drop(indices)


def agreed(job: Job, indices: Mapping[str, str], totals: Mapping[str, int] | None = None) -> None:
    """PublishError unless the store holds what was made, and a sample of it says the same."""
    found = check(job.shelf, indices, job.state, job.own, totals)
    if found.problems:
        raise PublishError(
            f"the search store does not hold what was written: {'; '.join(found.problems)}",
            not_done="the state is not signed as published, and no alias was moved",
            fix="only this reader may write to these indices; publish again",
        )


def signature(job: Job) -> dict:
    rows = {name: len(keys) for name, keys in job.own.items()}
    return {"version": job.partition.version, "rows": rows, "format": signed_format()}


def sign(job: Job, mine: Held) -> None:
    mine.ledger.states[job.state] = signature(job)
    mine.save()


def _chain(first: Action, rest: Iterator[Action]) -> Iterator[Action]:
    yield first
    yield from rest
