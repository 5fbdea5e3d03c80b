"""Stage rows as text: one frame an entity, columns in HSDS order, sorted by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest.errors import PublishError
from dagster_ingest.hsds import Entity, Field, entities

if TYPE_CHECKING:
    import pyarrow as pa

    from dagster_ingest.publish.base import StagePartition


def read_frames(partition: StagePartition) -> dict[str, pl.DataFrame]:
    """All 24 entities by name; those that the stage does not have are empty."""
    return {
        name: (
            as_text(entity, partition.table(name), f"{partition.tenant}/{partition.state}")
            if name in partition.entities
            else pl.DataFrame(schema={field.name: pl.String for field in entity.fields})
        )
        for name, entity in entities().items()
    }


def as_text(entity: Entity, table: pa.Table, where: str) -> pl.DataFrame:
    """Every value as the package spells it: null for blank, ISO dates, `18` and not `18.0`."""
    frame = pl.DataFrame(pl.from_arrow(table.select(_known(entity, table))))
    try:
        texts = frame.select(_text(field, frame) for field in entity.fields)
    except pl.exceptions.PolarsError as error:
        raise PublishError(
            f"{entity.name} holds a value that is not of its HSDS type: {error}",
            where=where,
            not_done="the package was not replaced",
            fix=f"cast the column in the stage model `{entity.name}`",
        ) from error
    return texts.sort("id")


def _known(entity: Entity, table: pa.Table) -> list[str]:
    names = set(table.column_names)
    return [field.name for field in entity.fields if field.name in names]


def _text(field: Field, frame: pl.DataFrame) -> pl.Expr:
    if field.name not in frame.columns:
        return pl.lit(None, dtype=pl.String).alias(field.name)
    column = pl.col(field.name)
    text: pl.Expr
    if field.type == "number":
        number = column.cast(pl.Float64)
        text = pl.when(number.is_finite()).then(number.cast(pl.String).str.strip_suffix(".0"))
    elif field.type == "date":
        text = column.cast(pl.Date).dt.to_string("%Y-%m-%d")
    elif field.type == "datetime":
        text = column.cast(pl.Datetime("us")).dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    else:
        text = column.cast(pl.String)
        text = pl.when(text.str.strip_chars() != "").then(text)
    return text.alias(field.name)
