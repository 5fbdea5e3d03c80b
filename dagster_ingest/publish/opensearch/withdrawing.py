"""Taking a state away, and going back to what was shown before. Both only when asked."""

from __future__ import annotations

from collections import Counter

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.opensearch.ledger import Held
from dagster_ingest.publish.opensearch.loader import Loader
from dagster_ingest.publish.opensearch.publishing import drop_previous, removals
from dagster_ingest.publish.opensearch.settling import finish
from dagster_ingest.publish.opensearch.shelf import Shelf, Shown


def withdraw(shelf: Shelf, mine: Held, state: str) -> int:
    """Documents removed."""
    finish(shelf, mine)  # a swap that was signed by nobody would be signed later, with the state in it
    ledger, deleted = mine.ledger, Counter[str]()
    ledger.states.pop(state, None)
    mine.save()
    drop_previous(shelf, mine)
    indices = ledger.indices
    actions = (
        action
        for name, index in indices.items()
        for action in removals(shelf, index, state, _all(shelf, index, state), ledger.token, deleted, name)
    )
    for _ in Loader(shelf.server).send(actions):
        mine.alive()
    shelf.refresh(indices.values())
    return deleted.total()


def roll_back(shelf: Shelf, mine: Held) -> str:
    finish(shelf, mine)
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
    replaced = ledger.indices
    ledger.coming = previous
    mine.save()
    shelf.exchange(replaced, previous["indices"])
    ledger.indices, ledger.states = previous["indices"], previous["states"]
    ledger.previous = ledger.coming = None
    mine.save()
    shelf.drop(replaced.values())
    return f"{len(ledger.indices)} indices of {shelf.tenant_id} are shown as before"


def _all(shelf: Shelf, index: str, state: str) -> list[tuple[str, Shown]]:
    return [(key, each) for key, each in shelf.shown(index).items() if state in each.states]
