"""First of all: finish what a killed publisher began. Before a publish also: mend what a hand has moved."""

from __future__ import annotations

from collections.abc import Mapping

from dagster_ingest.publish.opensearch.ledger import Held
from dagster_ingest.publish.opensearch.shelf import Shelf
from dagster_ingest.publish.opensearch.wanted import Collection

ROLLBACK = "rollback"  # in what is coming: it was shown before


def settle(shelf: Shelf, mine: Held, collections: Mapping[str, Collection]) -> None:
    """Afterwards the ledger names indices that are there, the aliases show them, and no other is left."""
    finish(shelf, mine)
    ledger, present = mine.ledger, shelf.aliases()
    known = {n: index for n, index in ledger.indices.items() if n in collections}
    strays = {i: i for i, aliases in present.items() if aliases and i not in known.values()}
    asked = {alias for each in collections.values() for alias in each.aliases}
    if any(not present[index].issuperset(collections[n].aliases) for n, index in known.items()) or any(
        asked & present[index] for index in strays if index not in ledger.indices.values()
    ):
        shelf.swap(strays, known, collections)


def finish(shelf: Shelf, mine: Held) -> bool:
    """What a killed publisher began is done or undone: the ledger says what is shown, and no more is kept.
    Whether that was a rollback, and is done now."""
    ledger, present, rolled_back = mine.ledger, shelf.aliases(), False
    if ledger.coming is not None:
        coming = ledger.coming["indices"]
        moved = [index for index in coming.values() if index not in ledger.indices.values()]
        rolled_back = bool(ledger.coming.get(ROLLBACK)) and (not moved or any(map(present.get, moved)))
        # Aliases move in one call, so one that has moved says that all have.
        if any(present.get(index) for index in moved):
            ledger.previous = None  # it may hold records that are gone
            ledger.indices, ledger.states = coming, ledger.coming["states"]
        ledger.coming = None
        mine.save()
    if ledger.previous is not None and ledger.previous.get("unsettled"):
        ledger.previous = None
        mine.save()
    if lost := [name for name, index in ledger.indices.items() if index not in present]:
        for name in lost:
            del ledger.indices[name]
        ledger.states.clear()  # what was in them is to be published again, state by state
        mine.save()
    kept = set(ledger.indices.values()) | set((ledger.previous or {}).get("indices", {}).values())
    shelf.drop(index for index, aliases in present.items() if index not in kept and not aliases)
    return rolled_back


def intact(shelf: Shelf, indices: Mapping[str, str], collections: Mapping[str, Collection]) -> bool:
    """Whether every alias shows the index that it should."""
    present = shelf.aliases()
    return indices.keys() == collections.keys() and all(
        present.get(index, frozenset()).issuperset(collections[name].aliases)
        for name, index in indices.items()
    )
