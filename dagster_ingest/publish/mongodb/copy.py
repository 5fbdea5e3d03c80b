"""What the collection held of a tenant when a publish ended, kept here so that nobody need ask for it again.

It is believed where no publisher has held the tenant since: each counts a token up by one. What others than
publishers did in between is found by counting, and by reading a sample back; then all is asked for again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest.publish.documents.holding import SCHEMA
from dagster_ingest.publish.remembered import Remembered

if TYPE_CHECKING:
    from dagster_ingest.publish.mongodb.ledger import Held

_MAKE = f"mongodb 1, polars {pl.__version__}"
_HELD = "held"


class Copy:
    """path: of its file; without one nothing is kept. where: the collection that it is of."""

    def __init__(self, path: Path | None = None, where: str = "") -> None:
        self._remembered = Remembered(path, f"{_MAKE}, {where}")

    def recall(self, mine: Held) -> pl.DataFrame | None:
        """What the tenant has there, if that is known; see documents.holding."""
        file = None if mine.overtook else self._remembered.read()
        return file.frame(_HELD) if file and file.head["token"] == mine.token - 1 else None

    def keep(self, mine: Held, held: pl.DataFrame) -> None:
        """Remember what the tenant has there now, with `mine` at work."""
        self._remembered.write({"token": mine.token}, {_HELD: held.select(list(SCHEMA))})

    def forget(self) -> None:
        self._remembered.forget()
