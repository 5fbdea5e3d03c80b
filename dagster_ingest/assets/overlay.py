"""Stage tables with what was enhanced laid over them: what a reader reads. By id, pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

PRECISION = "point_precision"
"""Column beside latitude and longitude: source, street, zip, city or county; null without a point."""
GEOJSON = "geojson"
_TRANSLATION = ("entity", "id", "field", "locale", "text", "source_locale", "origin", "provider")
_EXACT = ("source", "street")
# Table to those that are laid over it here, or that say how. One that is not named is the stage's own.
_MADE_OF = {
    "location": (("enhanced", "location"), ("stage", "address")),
    "search_record": (("enhanced", "location"), ("stage", "address")),
    "service_area": (("enhanced", "service_area"),),
    "translation": (("enhanced", "translation"),),
}


def overlaid(stage: Mapping[str, pa.Table], enhanced: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The tables of `stage`, those of `enhanced` laid over them, and `translation` beside them.

    A location has the point that geocoding chose, or none. The middle of a ZIP code, a city or a county
    stands in for a street that is published itself; where no street is, a pin would be made up, or would
    point at an address that is withheld.
    """
    found = dict(stage)
    if "location" in enhanced:
        points = _points(enhanced["location"], stage["address"])
        found["location"] = _located(stage["location"], points, "id")
        if "search_record" in stage:
            found["search_record"] = _located(stage["search_record"], points, "location_id")
    if "service_area" in enhanced:
        found["service_area"] = _outlined(stage["service_area"], enhanced["service_area"])
    if "translation" in enhanced:
        found["translation"] = _translated(enhanced["translation"])
    return found


def versions(known: Mapping[tuple[str, str], str], entities: Iterable[str]) -> dict[str, str]:
    """Of the tables that `overlaid` gives: equal where they have the same rows.

    known  layer and table to version, of all that they are made of
    """
    return {
        entity: hashlib.sha256(
            json.dumps(
                [_code(), *(known.get(name) for name in (("stage", entity), *_MADE_OF.get(entity, ())))]
            ).encode()
        ).hexdigest()[:32]
        for entity in entities
    }


@cache
def _code() -> str:
    """Of this module: nobody has to remember that a change of it gives other rows."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _points(enhanced: pa.Table, address: pa.Table) -> pl.DataFrame:
    """id, latitude, longitude, precision of each location; the last three are null where it has no pin."""
    import polars as pl

    with_street = _frame(address).filter(
        (pl.col("address_type") == "physical") & (pl.col("address_1").fill_null("") != "")
    )
    shown = pl.col("precision").is_in(_EXACT) | (
        (pl.col("precision") != "none") & pl.col("id").is_in(with_street["location_id"].implode())
    )
    return _frame(enhanced).select(
        "id",
        pl.lit(True).alias("_known"),
        pl.when(shown).then(pl.col("latitude")).alias("_lat"),
        pl.when(shown).then(pl.col("longitude")).alias("_lon"),
        pl.when(shown).then(pl.col("precision")).alias(PRECISION),
    )


def _located(table: pa.Table, points: pl.DataFrame, key: str) -> pa.Table:
    import polars as pl

    joined = _frame(table).join(points, left_on=key, right_on="id", how="left", maintain_order="left")
    known = pl.col("_known").fill_null(False)
    made = joined.with_columns(
        latitude=pl.when(known).then(pl.col("_lat")).otherwise(pl.col("latitude")),
        longitude=pl.when(known).then(pl.col("_lon")).otherwise(pl.col("longitude")),
    )
    return _like(table, made.drop("_known", "_lat", "_lon"))


def _outlined(table: pa.Table, enhanced: pa.Table) -> pa.Table:
    import polars as pl

    outlines = _frame(enhanced).select("id", pl.col("outline").alias("_outline"))
    joined = _frame(table).join(outlines, on="id", how="left", maintain_order="left")
    drawn = pl.col("_outline").is_not_null()
    made = joined.with_columns(
        extent=pl.when(drawn).then(pl.col("_outline")).otherwise(pl.col("extent")),
        extent_type=pl.when(drawn).then(pl.lit(GEOJSON)).otherwise(pl.col("extent_type")),
    )
    return _like(table, made.drop("_outline"))


def _translated(enhanced: pa.Table) -> pa.Table:
    """Without what changes from run to run; `id` is that of the record, so a key stands beside it."""
    import polars as pl

    key = pl.concat_str("entity", "id", "field", "locale", separator="/")
    return _frame(enhanced).select(key.alias("translation_id"), *_TRANSLATION).to_arrow()


def _frame(table: pa.Table) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(pl.from_arrow(table))


def _like(table: pa.Table, frame: pl.DataFrame) -> pa.Table:
    """As Arrow, with the types that the columns have in the stage, if they have one there."""
    import pyarrow as pa

    made = frame.to_arrow()
    kinds = {field.name: field.type for field in table.schema if not pa.types.is_null(field.type)}
    return made.cast(pa.schema([(field.name, kinds.get(field.name, field.type)) for field in made.schema]))
