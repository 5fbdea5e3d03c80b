"""What a bulk publish replaced, made fit for a rollback: nothing that was taken away since is left in it.

Records that are gone go, and of those that changed the ones that have lost a value, which may have turned
private.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from dagster_ingest.publish.documents import said
from dagster_ingest.publish.opensearch.ledger import Held
from dagster_ingest.publish.opensearch.loader import Action, Loader
from dagster_ingest.publish.opensearch.shelf import Shelf

PAGE = 200  # documents of one request
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def settle_previous(
    shelf: Shelf, mine: Held, state: str, gone: Iterator[Action], changed: Mapping[str, list[str]]
) -> None:
    """Purge what is kept, and sign it again as far as it is whole.

    gone     actions that remove records
    changed  by collection, keys of documents that were written over
    """
    previous = mine.ledger.previous
    assert previous is not None
    taken = Counter[str]()
    actions = (
        action for part in (gone, _lessened(shelf, previous["indices"], mine, changed)) for action in part
    )
    for chunk in Loader(shelf.server).send(actions):
        taken["documents"] += len(chunk)
        mine.alive()
    states = dict(previous["states"])
    if taken:  # what is left of it is no whole publication
        states.pop(state, None)
    mine.ledger.previous = {"indices": previous["indices"], "states": states}
    mine.save()


def lost(before: Any, after: Any) -> bool:
    """Whether something that had a value has none any more. Another value is not a loss."""
    if before in _EMPTY:
        return False
    if after in _EMPTY:
        return True
    if isinstance(before, dict):
        return not isinstance(after, dict) or any(lost(v, after.get(k)) for k, v in before.items())
    if isinstance(before, list):
        if not isinstance(after, list) or len(after) < len(before):
            return True
        return any(lost(old, new) for old, new in zip(before, after, strict=False))
    return False


def _lessened(
    shelf: Shelf, old: Mapping[str, str], mine: Held, changed: Mapping[str, list[str]]
) -> Iterator[Action]:
    for name, keys in changed.items():
        waiting = iter(keys)
        while page := list(islice(waiting, PAGE)):
            mine.alive()
            before, after = shelf.some(old[name], page), shelf.some(mine.ledger.indices[name], page)
            for key, document in before.items():
                if lost(said(document), said(after.get(key, {}))):
                    yield Action.delete(old[name], key, mine.ledger.token)
