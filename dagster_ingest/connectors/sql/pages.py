"""Pages that were read already, in the staging folder: what they belong to, and where to go on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors.base import ReadRequest

if TYPE_CHECKING:
    import polars as pl

_STATE = "read.json"


class Pages:
    """Pages 1, 2, ... of one read. Without a staging folder nothing is kept.

    greatest  the watermark when the read began: rows changed since may be on a page that is already here
    after     the key of the last row that is kept
    done      there is no page behind the last one
    """

    def __init__(self, request: ReadRequest, settings_text: str) -> None:
        self._folder = Path(request.staging) if request.staging else None
        belongs = json.dumps([settings_text, request.cursor, request.table, request.state])
        self._belongs = hashlib.sha256(belongs.encode()).hexdigest()
        self.count, self.done = 0, False
        self.greatest: str | None = None
        self.begun = False
        self.after: list[Any] | None = None
        self._take_up()

    def begin(self, greatest: str | None) -> None:
        self.begun, self.greatest = True, greatest
        self._note()

    def kept(self) -> Iterator[pl.DataFrame]:
        import polars as pl

        for number in range(1, self.count + 1):
            yield pl.read_parquet(self._page(number))

    def keep(self, frame: pl.DataFrame, after: list[Any] | None, *, done: bool) -> None:
        """Keep a page before it is handed over."""
        if self._folder is not None and not frame.is_empty():
            new = self._folder / "page.tmp"
            frame.write_parquet(new, compression="zstd")
            os.replace(new, self._page(self.count + 1))
            self.count += 1
        self.after, self.done = after if after is not None else self.after, done
        self._note()

    def _page(self, number: int) -> Path:
        assert self._folder is not None
        return self._folder / f"page-{number:06}.parquet"

    def _note(self) -> None:
        if self._folder is None:
            return
        told = {k: getattr(self, k) for k in ("count", "greatest", "after", "done")}
        new = self._folder / f"{_STATE}.tmp"
        new.write_text(json.dumps({"belongs": self._belongs, **told}))
        os.replace(new, self._folder / _STATE)

    def _take_up(self) -> None:
        """What a read that was cut has left, if it was this very read."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            told = json.loads((self._folder / _STATE).read_text())
        except (FileNotFoundError, ValueError):
            return
        if told.get("belongs") != self._belongs:
            return
        self.begun = True
        self.count, self.greatest = told["count"], told["greatest"]
        self.after, self.done = told["after"], told["done"]
