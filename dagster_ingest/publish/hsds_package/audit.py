"""What must hold before a package is shown: keys, required values, enums and references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from dagster_ingest.errors import PublishError
from dagster_ingest.hsds import Entity, entities
from dagster_ingest.hsds.descriptor import foreign_keys, required_fields

_SAMPLES = 3


def audit(frames: Mapping[str, pl.DataFrame], where: str) -> None:
    """Raise PublishError that names every broken constraint with a few ids."""
    broken = [fault for entity in entities().values() for fault in _faults(entity, frames)]
    if broken:
        raise PublishError(
            "the stage breaks the HSDS model: " + "; ".join(broken),
            where=where,
            not_done="the package was not replaced",
            fix="mend the stage models; their tests check the same",
        )


def _faults(entity: Entity, frames: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    frame = frames[entity.name]
    if frame.is_empty():
        return
    yield from _fault(entity, "id", "unique", frame.filter(pl.col("id").is_duplicated()))
    for name in required_fields(entity):
        yield from _fault(entity, name, "required", frame.filter(pl.col(name).is_null()))
    for field in entity.fields:
        if field.enum:
            off = frame.filter(~pl.col(field.name).is_in(list(field.enum)))
            yield from _fault(entity, field.name, "enum", off)
    for name, target in foreign_keys(entity):
        orphans = frame.filter(pl.col(name).is_not_null()).join(
            frames[target].select("id"), left_on=name, right_on="id", how="anti"
        )
        yield from _fault(entity, name, "foreign_key", orphans)


def _fault(entity: Entity, column: str, rule: str, rows: pl.DataFrame) -> Iterator[str]:
    if not rows.is_empty():
        ids = ", ".join(str(i) for i in rows["id"].head(_SAMPLES))
        yield f"{entity.name} {column}|{rule}: {rows.height} rows (id {ids})"
