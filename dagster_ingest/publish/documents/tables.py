"""Stage tables as frames in order of id, and the children of a batch of parents as rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

Row = dict[str, Any]


class Tables:
    """Each table is read once, when it is first asked for; one that the stage has not is empty."""

    def __init__(self, partition: StagePartition) -> None:
        self._partition = partition
        self._frames: dict[str, pl.DataFrame] = {}

    def frame(self, entity: str) -> pl.DataFrame:
        if entity not in self._frames:
            self._frames[entity] = self._read(entity)
        return self._frames[entity]

    def children(self, entity: str, column: str, keys: Iterable[str]) -> dict[str, list[Row]]:
        """Rows by the value of `column`, for these values, in order of id."""
        frame = self.frame(entity)
        if frame.is_empty() or column not in frame.columns:
            return {}
        wanted = pl.Series(sorted({k for k in keys if k is not None}), dtype=pl.String)
        found: dict[str, list[Row]] = {}
        for row in frame.filter(pl.col(column).is_in(wanted.implode())).iter_rows(named=True):
            found.setdefault(row[column], []).append(row)
        return found

    def by_id(self, entity: str) -> dict[str, Row]:
        """A small table as a whole."""
        return {row["id"]: row for row in self.frame(entity).iter_rows(named=True)}

    def _read(self, entity: str) -> pl.DataFrame:
        if entity not in self._partition.entities:
            return pl.DataFrame()
        frame = pl.DataFrame(pl.from_arrow(self._partition.table(entity)))
        shown = frame.select(c for c in frame.columns if not c.startswith("_"))
        return shown.sort("id") if "id" in shown.columns else shown
