"""Two packages, or a package and a stage, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from dagster_ingest.hsds import Entity, entities

_SECONDS = ":00"  # the tabular form has them, the model has not


@dataclass(slots=True)
class Difference:
    """Rows by entity name; entities without any are left out. before: all that the older side has."""

    before: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)


def shown_frames(folder: Path) -> dict[str, pl.DataFrame]:
    """The rows of a package as text, as frames.read_frames gives those of a stage."""
    return {name: _read(folder, entity) for name, entity in entities().items()}


def difference(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]) -> Difference:
    """What makes `after` of `before`. Without any before, everything is written."""
    found = Difference()
    for name, rows in after.items():
        old = before.get(name, rows.clear())
        same, gone = rows.height, 0
        if not rows.equals(old):
            same = rows.join(old, on=rows.columns, how="semi", nulls_equal=True).height
            gone = old.join(rows, on="id", how="anti").height
        counts = (
            (found.before, old.height),
            (found.written, rows.height - same),
            (found.deleted, gone),
            (found.unchanged, same),
        )
        for told, count in counts:
            if count:
                told[name] = count
    return found


def _read(folder: Path, entity: Entity) -> pl.DataFrame:
    frame = pl.read_csv(folder / entity.csv, infer_schema=False)
    return frame.with_columns(
        pl.col(f.name).str.strip_suffix(_SECONDS) for f in entity.fields if f.type == "time"
    )
