"""Two packages, or a package and a stage, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest.hsds import entities
from dagster_ingest.publish.hsds_package.shown import rows_of

if TYPE_CHECKING:
    from dagster_ingest.publish.hsds_package.frames import Frames
    from dagster_ingest.publish.hsds_package.shown import Shown


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of one entity that differ. old: of the older side, new: of the newer. gone: ids of old rows
    that the newer side does not have; added: the reverse."""

    old: pl.DataFrame
    new: pl.DataFrame
    gone: pl.Series
    added: pl.Series


@dataclass(slots=True)
class Difference:
    """Rows by entity name; entities without any are left out. before: all that the older side has.

    changes  of entities that are not the same on both sides
    unknown  entities of which nobody can say what was shown, since their file is damaged; whatever the
             newer side has of them counts as written
    """

    before: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def count(self, name: str, *, before: int, written: int, deleted: int, unchanged: int) -> None:
        for told, rows in (
            (self.before, before),
            (self.written, written),
            (self.deleted, deleted),
            (self.unchanged, unchanged),
        ):
            if rows:
                told[name] = rows


def shown_frames(folder: Path) -> dict[str, pl.DataFrame]:
    """The rows of a package as text, as frames.Frames gives those of a stage."""
    return {name: rows_of(folder, entity) for name, entity in entities().items()}


def against(shown: Shown | None, after: Frames, versions: Mapping[str, str]) -> Difference:
    """What makes `after` of what is shown. Without anything shown, everything is written.

    versions  by entity, of tables that need not be read where what is shown is made of them
    """
    found = Difference()
    for name in entities():
        if shown and shown.same(name, versions.get(name)):
            rows = shown.rows[name]
            found.count(name, before=rows, written=0, deleted=0, unchanged=rows)
            continue
        rows_after = after[name]
        before = shown.frame(name) if shown else rows_after.clear()
        if before is not None:
            _tell(found, name, before, rows_after)
        else:
            assert shown is not None
            found.unknown.add(name)
            _tell(found, name, rows_after.clear(), rows_after)
            # Which rows went cannot be said. So many at least did, for the guard against losing them.
            gone, height = max(0, shown.rows[name] - rows_after.height), rows_after.height
            found.count(name, before=shown.rows[name], written=height, deleted=gone, unchanged=0)
    return found


def difference(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]) -> Difference:
    """What makes `after` of `before`, all rows compared."""
    found = Difference()
    for name, rows in after.items():
        _tell(found, name, before.get(name, rows.clear()), rows)
    return found


def _tell(found: Difference, name: str, before: pl.DataFrame, after: pl.DataFrame) -> None:
    change, new, gone = compare(before, after), 0, 0
    if change:
        found.changes[name] = change
        new, gone = change.new.height, change.gone.len()
    found.count(name, before=before.height, written=new, deleted=gone, unchanged=after.height - new)


def compare(before: pl.DataFrame, after: pl.DataFrame) -> Change | None:
    """None where both are the same."""
    if before.is_empty():
        return None if after.is_empty() else Change(before, after, before["id"], after["id"])
    if not (_ordered(before["id"]) and _ordered(after["id"])):
        found = Change(
            old=before.join(after, on=before.columns, how="anti", nulls_equal=True),
            new=after.join(before, on=before.columns, how="anti", nulls_equal=True),
            gone=before.join(after, on="id", how="anti")["id"],
            added=after.join(before, on="id", how="anti")["id"],
        )
        return None if before.equals(after) else found
    one, gone = _parted(before, after["id"])
    other, added = _parted(after, before["id"])
    differs = pl.Series([False]).new_from_index(0, one.height)
    for name in before.columns:
        differs = differs | one[name].ne_missing(other[name])
    if gone.is_empty() and added.is_empty() and not differs.any():
        return None
    return Change(
        old=pl.concat([one.filter(differs), gone]),
        new=pl.concat([other.filter(differs), added]).sort("id"),
        gone=gone["id"],
        added=added["id"],
    )


def _parted(rows: pl.DataFrame, others: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that the other side has too, and the rest."""
    if rows["id"].equals(others):
        return rows, rows.clear()
    lasting = rows["id"].is_in(others.implode())
    return rows.filter(lasting), rows.filter(~lasting)


def _ordered(ids: pl.Series) -> bool:
    """In order, and each once. Only then do two sides stand beside each other without a join."""
    return bool((ids.slice(1) > ids.head(-1)).fill_null(False).all()) and ids.null_count() == 0
