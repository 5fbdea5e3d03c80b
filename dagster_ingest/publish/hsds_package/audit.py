"""What must hold before a package is shown: keys, required values, enums and references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest.errors import PublishError
from dagster_ingest.hsds import Entity, entities
from dagster_ingest.hsds.descriptor import foreign_keys, required_fields

if TYPE_CHECKING:
    from dagster_ingest.publish.hsds_package.difference import Difference
    from dagster_ingest.publish.hsds_package.frames import Frames

_SAMPLES = 3


def audit(frames: Frames, since: Difference, where: str) -> None:
    """Raise PublishError that names every broken constraint with a few ids.

    since  all of it held: what did not change is not gone through again
    """
    broken = [fault for entity in entities().values() for fault in _faults(entity, frames, since)]
    if broken:
        raise PublishError(
            "the stage breaks the HSDS model: " + "; ".join(broken),
            where=where,
            not_done="the package was not replaced",
            fix="mend the stage models; their tests check the same",
        )


def _faults(entity: Entity, frames: Frames, since: Difference) -> Iterator[str]:
    if entity.name in since.changes:
        yield from _own(entity, frames[entity.name], since.changes[entity.name].new)
    for name, target in foreign_keys(entity):
        yield from _fault(entity, name, "foreign_key", _orphans(entity, name, target, frames, since))


def _own(entity: Entity, frame: pl.DataFrame, new: pl.DataFrame) -> Iterator[str]:
    if frame["id"].n_unique() < frame.height:
        yield from _fault(entity, "id", "unique", frame.filter(pl.col("id").is_duplicated()))
    for name in required_fields(entity):
        yield from _fault(entity, name, "required", new.filter(pl.col(name).is_null()))
    for field in entity.fields:
        if field.enum:
            off = new.filter(~pl.col(field.name).is_in(list(field.enum)))
            yield from _fault(entity, field.name, "enum", off)


def _orphans(entity: Entity, name: str, target: str, frames: Frames, since: Difference) -> pl.Series:
    """Ids of changed rows that point to nothing, and of others that point to what went."""
    found = [pl.Series("id", [], dtype=pl.String)]
    if target in since.unknown:
        pointing = frames.columns(entity.name, ["id", name])
    elif entity.name in since.changes:
        pointing = since.changes[entity.name].new.select("id", name)
    else:
        pointing = None
    if pointing is not None and not (pointing := pointing.drop_nulls(name)).is_empty():
        there = frames.columns(target, ["id"], {"id": pointing[name].unique()})
        found.append(pointing.join(there, left_on=name, right_on="id", how="anti")["id"])
    if target in since.changes and not (gone := since.changes[target].gone).is_empty():
        found.append(frames.columns(entity.name, ["id"], {name: gone})["id"])
    return pl.concat(found).unique().sort()


def _fault(entity: Entity, column: str, rule: str, rows: pl.DataFrame | pl.Series) -> Iterator[str]:
    if not rows.is_empty():
        found = rows["id"] if isinstance(rows, pl.DataFrame) else rows
        ids = ", ".join(str(i) for i in found.head(_SAMPLES))
        yield f"{entity.name} {column}|{rule}: {found.len()} rows (id {ids})"
