"""The rows of a partition's latest delivery that are still here: its part, and what names it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest.errors import Unavailable
from dagster_ingest.land import delivery as deliveries
from dagster_ingest.land.catalog import Change, Known
from dagster_ingest.land.delivery import Delivery
from dagster_ingest.land.parts import row_groups

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Kept:
    """What was accepted of a delivery: committed, or held because the rest of it was refused.

    why       of a delivery that was blocked: the verdict in words; "" of a committed one
    delivery  None for a part that was written before parts told what they were made from
    cursor    what its partition's cursor is, or would be
    """

    load_id: str
    fingerprint: str
    inputs: str
    why: str
    files: tuple[Path, ...]
    delivery: Delivery | None
    cursor: str = ""

    def places(self) -> pl.DataFrame:
        """`_source_uri` and `_row_number` of the rows that this load brought."""
        import polars as pl

        columns = ["_source_uri", "_row_number"]
        if not all(path.exists() for path in self.files):
            raise changed(self.files[0].parent.parent.name, self.files[0].parent.name)
        rows = pl.scan_parquet(list(self.files), glob=False)
        return rows.filter(pl.col("_load_id") == self.load_id).select(columns).collect()

    def groups(self) -> Iterator[pl.DataFrame]:
        """Its rows as they landed, in their order, a row group at a time."""
        for path in self.files:
            try:
                yield from row_groups(path)
            except FileNotFoundError:
                raise changed(path.parent.parent.name, path.parent.name) from None


def find(known: Known, raw: Path, table: str, state: str) -> Kept | None:
    """The latest delivery that was read to its end: a blocked one that is held, else the partition's."""
    held, entry = known.held.get((table, state)), known.entries.get(("raw", table, state))
    if held is not None and held.reason == "blocked":
        path = raw / held.file
        said = _said(path)
        return Kept(held.load_id, held.fingerprint, held.inputs, held.why, (path,), said, held.cursor)
    if entry is None:
        return None
    version, paths = entry.version, tuple(raw / file for file in entry.files)
    said = _said(paths[0]) if len(paths) == 1 else None
    return Kept(version.load_id, version.fingerprint, version.inputs, "", paths, said, version.cursor)


def must_stand(change: Change, table: str, state: str, delivery: Delivery | None) -> None:
    """A replay replaces the load that its rows are from, and no later one."""
    if delivery is None or not delivery.base:
        return
    held, entry = change.known.held.get((table, state)), change.known.entries.get(("raw", table, state))
    now = held.load_id if held is not None else entry.version.load_id if entry is not None else None
    if now != delivery.base:
        raise changed(table, state)


def changed(table: str, state: str) -> Unavailable:
    return Unavailable(
        "another load came in while the kept rows were audited",
        where=f"{table} {state}",
        not_done="nothing of the replay was committed; what the other load did stands",
        fix="replay again",
    )


def _said(path: Path) -> Delivery | None:
    try:
        return deliveries.of_part(path)
    except FileNotFoundError:
        raise changed(path.parent.parent.name, path.parent.name) from None
