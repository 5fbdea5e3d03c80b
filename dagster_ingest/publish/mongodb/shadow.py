"""All documents written into a collection aside, which is then renamed over `resources` in one step.

A rename replaces the documents of every tenant, so it is only done where no other tenant has any, and
where no other tenant's publisher is at work. Nobody reads a collection that is half written. Who swaps
holds the gate, a ledger of its own; every publisher looks at the gate once it holds its tenant
(`ledger.held`), so of two that begin at once one sees the other. A publisher that finds the gate in the
hands of a dead one, or a collection left aside, takes the gate, and who takes it drops what stands aside:
a rename that comes late fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from dagster_ingest import faults, naming
from dagster_ingest.errors import IngestError, PublishError, Unavailable
from dagster_ingest.publish.documents import holding
from dagster_ingest.publish.mongodb.driver import PyMongoError, can_rename
from dagster_ingest.publish.mongodb.keys import RESOURCES, Resources
from dagster_ingest.publish.mongodb.ledger import ASIDE, GATE, Held, held, others_at_work

if TYPE_CHECKING:
    import polars as pl

    from dagster_ingest.publish.mongodb.publishing import Job

_BATCH = 500  # documents of one request


def swapped(
    job: Job,
    mine: Held,
    now: pl.DataFrame,
    documents: Iterator[dict[str, Any]],
    lead: Callable[[], None],
) -> int | None:
    """Documents written, those of the tenant's other states not counted; None where it may not be done.

    documents  all of the state's, taken only where it is done
    lead       writes redirects; called once `job.own` is whole, just before the rename
    """
    resources = job.resources
    if not can_rename(resources.database):
        return None
    with ExitStack() as stack:
        try:
            gate = stack.enter_context(held(resources.database, GATE, 0.0))
        except Unavailable:  # another tenant swaps
            return None
        if resources.foreign() or others_at_work(resources.database, mine, gate):
            return None
        return _swap(job, mine, gate, now, documents, lead)


def _swap(
    job: Job,
    mine: Held,
    gate: Held,
    now: pl.DataFrame,
    documents: Iterator[dict[str, Any]],
    lead: Callable[[], None],
) -> int:
    name = f"{ASIDE}{naming.new_load_id().lower()}"
    aside = Resources(job.resources.database, job.resources.tenant_id, name)
    try:
        aside.prepare()
        faults.reach("publish.created")
        written = _fill(aside, mine, gate, documents)
        kept = _fill(aside, mine, gate, _others(job, now))
        faults.reach("publish.written")
        _agreed(aside, job, written + kept)
        faults.reach("publish.swap")
        gate.alive_now()  # who takes the gate from now on drops what stands aside before it writes
        mine.alive_now()
        lead()  # after the rename nobody could tell what moved
        aside.collection.rename(RESOURCES, dropTarget=True)
        faults.reach("publish.swapped")
        return written
    except BaseException:  # also the driver's errors and an interrupt
        with suppress(IngestError, PyMongoError):  # else the next publisher drops it
            aside.collection.drop()
        raise


def _fill(aside: Resources, mine: Held, gate: Held, documents: Iterable[dict[str, Any]]) -> int:
    written, some = 0, []
    for document in documents:
        some.append(aside.first(document, mine.token))
        if len(some) == _BATCH:
            written += _send(aside, mine, gate, some)
            some = []
    return written + _send(aside, mine, gate, some)


def _send(aside: Resources, mine: Held, gate: Held, some: list[Any]) -> int:
    if not some:
        return 0
    mine.alive()
    gate.alive()
    aside.write(some)
    faults.reach("publish.writing")
    return len(some)


def _others(job: Job, now: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """What the tenant's other states show, without this state where it shows them no more."""
    left = holding.shown(holding.besides(holding.of_others(now, job.state), job.own))
    for document in job.resources.all() if left else ():
        if (each := left.get(document["_id"])) is not None:
            yield {**document, "ingest": {**document["ingest"], "states": list(each.states)}}


def _agreed(aside: Resources, job: Job, total: int) -> None:
    found = (aside.count(job.state), aside.total())
    if found != (len(job.own), total):
        raise PublishError(
            f"the collection aside holds {found[0]} documents of {job.state} and {found[1]} in all,"
            f" and not {len(job.own)} and {total}",
            not_done="it was not shown, the last publication stands",
            fix="only this reader may write there; publish again",
        )
