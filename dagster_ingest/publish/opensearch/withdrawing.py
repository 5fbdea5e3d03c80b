"""Taking a state away, and going back to what was shown before. Both only when asked."""

from __future__ import annotations

from collections import Counter

from dagster_ingest import faults
from dagster_ingest.errors import PublishError
from dagster_ingest.publish.documents.holding import Shown
from dagster_ingest.publish.opensearch.ledger import Held
from dagster_ingest.publish.opensearch.loader import Loader
from dagster_ingest.publish.opensearch.publishing import drop_previous, removals
from dagster_ingest.publish.opensearch.settling import ROLLBACK, finish
from dagster_ingest.publish.opensearch.shelf import Shelf


def withdraw(shelf: Shelf, mine: Held, state: str) -> int:
    """Documents removed."""
    finish(shelf, mine)  # a swap that was signed by nobody would be signed later, with the state in it
    faults.reach("publish.withdraw.planned")
    mine.ledger.states.pop(state, None)
    mine.save()
    faults.reach("publish.withdraw.unsigned")
    drop_previous(shelf, mine)
    faults.reach("publish.withdraw.forgotten")
    removed = _take_out(shelf, mine, state)
    if mine.overtook:  # a request of the other may have been on its way, and add what was not there
        mine.rest()
        removed += _take_out(shelf, mine, state)
    faults.reach("publish.withdraw.done")
    return removed


def _take_out(shelf: Shelf, mine: Held, state: str) -> int:
    indices, token, deleted = mine.ledger.indices, mine.ledger.token, Counter[str]()
    shelf.refresh(indices.values())  # what a killed publisher wrote last is found as well
    actions = (
        action
        for name, index in indices.items()
        for action in removals(shelf, index, state, _all(shelf, index, state), token, deleted, name)
    )
    for _ in Loader(shelf.server).send(actions):
        faults.reach("publish.withdraw.removing")
        mine.alive()
    faults.reach("publish.withdraw.removed")
    shelf.refresh(indices.values())
    return deleted.total()


def roll_back(shelf: Shelf, mine: Held) -> str:
    if finish(shelf, mine):  # one that was killed had moved the aliases already
        return _said(shelf, mine)
    ledger = mine.ledger
    previous, present = ledger.previous, shelf.aliases()
    if previous is None or not set(previous["indices"].values()) <= present.keys():
        raise PublishError(
            "nothing is kept that could be shown again",
            where=shelf.tenant_id,
            not_done="the last publication stands",
            fix="roll the stage back and publish that: only the last bulk publish can be undone here,"
            " and only until something changes",
        )
    faults.reach("publish.rollback.planned")
    replaced = ledger.indices
    ledger.coming = {**previous, ROLLBACK: True}
    mine.save()
    faults.reach("publish.rollback.swap")
    shelf.exchange(replaced, previous["indices"])
    faults.reach("publish.rollback.swapped")
    ledger.indices, ledger.states, ledger.previous = previous["indices"], previous["states"], None
    mine.save()
    faults.reach("publish.rollback.signed")
    shelf.drop(replaced.values())
    faults.reach("publish.rollback.done")
    ledger.coming = None  # written as the ledger is let go: until then a second call hears that it is done
    return _said(shelf, mine)


def _said(shelf: Shelf, mine: Held) -> str:
    return f"{len(mine.ledger.indices)} indices of {shelf.tenant_id} are shown as before"


def _all(shelf: Shelf, index: str, state: str) -> dict[str, Shown]:
    return {key: each for key, each in shelf.shown(index) if state in each.states}
