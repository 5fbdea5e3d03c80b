"""The texts of the stage that may be shown in other languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from dagster_ingest.spec.translation import FIELDS

if TYPE_CHECKING:
    import polars as pl


class Place(NamedTuple):
    """Where a text stands. key: the column with the id of the record that it belongs to."""

    table: str
    key: str
    column: str


# Search records put some texts together; readers look these up by the record that they belong to.
_ELSEWHERE: dict[str, tuple[Place, ...]] = {
    "service.fees_description": (
        Place("service", "id", "fees_description"),
        Place("search_record", "service_id", "fees"),
    ),
    "service_at_location.display_name": (Place("search_record", "service_at_location_id", "display_name"),),
    "service_at_location.schedule": (Place("search_record", "service_at_location_id", "schedule"),),
    "location.accessibility": (Place("search_record", "location_id", "accessibility"),),
}
SOURCE = "translation"  # texts in other languages that the source itself has


def places(name: str) -> tuple[Place, ...]:
    """Of `entity.field`; the first that has a text counts."""
    entity, field = name.split(".")
    return _ELSEWHERE.get(name, (Place(entity, "id", field),))


# Tables of the stage that are read.
TABLES: tuple[str, ...] = (*dict.fromkeys(p.table for name in FIELDS for p in places(name)), SOURCE)


def texts(tables: Mapping[str, pl.DataFrame], locale: str) -> pl.DataFrame:
    """entity, id, field, text, source_locale, in order. locale: of texts that do not say theirs."""
    import polars as pl

    parts = [part for name in FIELDS for part in _of_field(tables, name, locale)]
    empty = pl.DataFrame(schema=dict.fromkeys(("entity", "id", "field", "text", "source_locale"), pl.String))
    every = pl.concat([empty, *parts]).filter(pl.col("text").str.contains(r"\S") & pl.col("id").is_not_null())
    return every.unique(["entity", "id", "field"], keep="first", maintain_order=True).sort(
        "entity", "id", "field"
    )


def _of_field(tables: Mapping[str, pl.DataFrame], name: str, locale: str) -> Iterator[pl.DataFrame]:
    import polars as pl

    entity, field = name.split(".")
    for place in places(name):
        frame = tables.get(place.table)
        if frame is None or not {place.key, place.column} <= set(frame.columns):
            continue
        said = pl.lit(locale)
        if entity == "taxonomy_term" and "language" in frame.columns:
            said = _locale(pl.col("language"), locale)
        yield frame.select(
            pl.lit(entity).alias("entity"),
            pl.col(place.key).cast(pl.String).alias("id"),
            pl.lit(field).alias("field"),
            pl.col(place.column).cast(pl.String).alias("text"),
            said.alias("source_locale"),
        )


def _locale(column: pl.Expr, otherwise: str) -> pl.Expr:
    """`en-US` of another language than the tenant's main one is `en_us`; what is none is the main one."""
    import polars as pl

    said = column.cast(pl.String).str.strip_chars().str.to_lowercase().str.replace("-", "_", literal=True)
    usual = otherwise.split("_")[0]
    known = said.str.contains(r"^[a-z]{2}(?:_[a-z]{2,4})?$") & (said.str.slice(0, 2) != usual)
    return pl.when(known.fill_null(False)).then(said).otherwise(pl.lit(otherwise))
