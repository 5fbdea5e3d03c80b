"""What comes before any publish: finish what a killed publisher began, mend what a hand has moved."""

from __future__ import annotations

from collections.abc import Mapping

from dagster_ingest.publish.opensearch.ledger import Held
from dagster_ingest.publish.opensearch.shelf import Shelf
from dagster_ingest.publish.opensearch.wanted import Collection


def settle(shelf: Shelf, mine: Held, collections: Mapping[str, Collection]) -> None:
    """Afterwards the ledger names indices that are there, the aliases show them, and no other is left."""
    ledger, present = mine.ledger, shelf.aliases()
    if ledger.coming is not None:
        coming = ledger.coming["indices"]
        # Aliases move in one call, so one that has moved says that all have.
        if any(present.get(index) for name, index in coming.items() if index not in ledger.indices.values()):
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
    known = {n: index for n, index in ledger.indices.items() if n in collections}
    if any(not present[index].issuperset(collections[n].aliases) for n, index in known.items()):
        strays = {
            index: index for index, aliases in present.items() if aliases and index not in known.values()
        }
        shelf.swap(strays, known, collections)


def intact(shelf: Shelf, indices: Mapping[str, str], collections: Mapping[str, Collection]) -> bool:
    """Whether every alias shows the index that it should."""
    present = shelf.aliases()
    return indices.keys() == collections.keys() and all(
        present.get(index, frozenset()).issuperset(collections[name].aliases)
        for name, index in indices.items()
    )
