"""What a tenant's indices held when a publish ended, kept here so that nobody need ask for all of it again.

It is believed as long as no index was written to since, by whomever: every write takes a number of its
shard, one after another, so greatest numbers that are still the same say so. They are taken down only where
they have grown by exactly what was sent, so nobody else wrote in between either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from dagster_ingest.errors import AccessDenied, PublishError, Unavailable
from dagster_ingest.publish.documents.holding import SCHEMA
from dagster_ingest.publish.opensearch.shelf import Mark, Shelf
from dagster_ingest.publish.remembered import Remembered

Contents = dict[str, pl.DataFrame]
"""By collection, as documents.holding has them."""
_MAKE = f"opensearch 1, polars {pl.__version__}"


class Copy:
    """path: of its file; without one nothing is kept."""

    def __init__(self, path: Path | None = None) -> None:
        self._remembered = Remembered(path, _MAKE)
        self._marks: dict[str, Mark] = {}

    def recall(self, shelf: Shelf, indices: Mapping[str, str]) -> Contents | None:
        """What the indices hold, by collection, if that is known. To be asked before anything is written."""
        if not self._remembered.anywhere:
            return None
        self._marks, file = _marks(shelf, indices.values()), self._remembered.read()
        if file is None or file.head["marks"] != _told(indices, self._marks):
            return None
        return {name: file.frame(name) for name in indices}

    def keep(self, shelf: Shelf, indices: Mapping[str, str], held: Contents, sent: Mapping[str, int]) -> None:
        """Remember what the indices hold now. sent: documents by index, since `recall`."""
        if not self._remembered.anywhere:
            return
        try:
            now = _marks(shelf, indices.values())
        except Unavailable:  # all is shown and signed, and the next publish asks
            return
        if all(_grown(self._marks.get(i), now.get(i), sent.get(i, 0)) for i in indices.values()):
            frames = {name: held[name].select(list(SCHEMA)) for name in indices}
            self._remembered.write({"marks": _told(indices, now)}, frames)

    def forget(self) -> None:
        self._remembered.forget()


def _told(indices: Mapping[str, str], marks: Mapping[str, Mark]) -> dict[str, list[Any]]:
    """By collection, as JSON gives it back."""
    return {name: [index, *(marks[index].told if index in marks else ())] for name, index in indices.items()}


def _grown(before: Mark | None, now: Mark | None, sent: int) -> bool:
    """Whether an index was written to as often as was sent. before: None for one that was made since."""
    if now is None:
        return False
    if before is None:
        return now.writes == sent
    return now.writes == before.writes + sent and now.history == before.history


def _marks(shelf: Shelf, indices: Iterable[str]) -> dict[str, Mark]:
    """Nothing where the server does not say, or not to this user."""
    try:
        return shelf.marks(indices)
    except (AccessDenied, PublishError):
        return {}
