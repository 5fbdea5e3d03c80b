"""What a tenant's indices held when a publish ended, kept here so that nobody need ask for all of it again.

It is believed as long as no index was written to since, by whomever: every write takes a number of its
shard, one after another, so greatest numbers that are still the same say so. They are taken down only where
they have grown by exactly what was sent, so nobody else wrote in between either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import polars as pl

from dagster_ingest.errors import AccessDenied, PublishError
from dagster_ingest.publish import framefile
from dagster_ingest.publish.documents.holding import SCHEMA
from dagster_ingest.publish.opensearch.shelf import Mark, Shelf

Contents = dict[str, pl.DataFrame]
"""By collection, as documents.holding has them."""
_MAKE = f"opensearch 1, polars {pl.__version__}"


class Copy:
    """path: of its file; without one nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._marks: dict[str, Mark] = {}

    def forget(self) -> None:
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def recall(self, shelf: Shelf, indices: Mapping[str, str]) -> Contents | None:
        """What the indices hold, by collection, if that is known. To be asked before anything is written."""
        self._marks = marks = _marks(shelf, indices.values()) if self._path else {}
        file = (
            framefile.read(self._path, _MAKE)
            if self._path and marks.keys() == set(indices.values())
            else None
        )
        told = {name: [index, *marks[index].told] for name, index in indices.items()} if file else {}
        if file is None or file.head["marks"] != told:
            return None
        return {name: file.frame(name) for name in indices}

    def keep(self, shelf: Shelf, indices: Mapping[str, str], held: Contents, sent: Mapping[str, int]) -> None:
        """Remember what the indices hold now. sent: documents by index, since `recall`."""
        if self._path is None:
            return
        now = _marks(shelf, indices.values())
        if all(
            _grown(self._marks.get(index), now.get(index), sent.get(index, 0)) for index in indices.values()
        ):
            head = {"marks": {name: [index, *now[index].told] for name, index in indices.items()}}
            with suppress(OSError, pl.exceptions.PolarsError):
                frames = {name: held[name].select(list(SCHEMA)) for name in indices}
                framefile.write(self._path, _MAKE, head, frames)


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
