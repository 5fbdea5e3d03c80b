"""Translations that nobody has to be asked for: by people, and by the source itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dagster_ingest.enhance.translation.texts import SOURCE
from dagster_ingest.spec.translation_files import Override

if TYPE_CHECKING:
    import polars as pl

_KEY = ("entity", "id", "field", "locale")


def by_people(overrides: Sequence[Override]) -> pl.DataFrame:
    """entity, id, field, locale, human, made_of: hash of the text that was translated."""
    import polars as pl

    rows = [(o.entity, o.id, o.field, o.locale, o.text, o.source_hash) for o in overrides]
    return pl.DataFrame(
        rows, schema=dict.fromkeys((*_KEY, "human", "made_of"), pl.String), orient="row"
    ).unique(_KEY, keep="last", maintain_order=True)


def by_source(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """id, field, locale, said. Records in more languages than one, as the stage has them."""
    import polars as pl

    names = ("id", "field", "locale", "text")
    frame = tables.get(SOURCE)
    if frame is None or not set(names) <= set(frame.columns):
        return pl.DataFrame(schema=dict.fromkeys(("id", "field", "locale", "said"), pl.String))
    rows = frame.select(pl.col(name).cast(pl.String) for name in names).rename({"text": "said"})
    locale = pl.col("locale").str.to_lowercase().str.replace("-", "_", literal=True)
    said = rows.with_columns(locale).filter(pl.col("said").str.contains(r"\S"))
    return said.sort("id", "field", "locale", "said").unique(
        ["id", "field", "locale"], keep="first", maintain_order=True
    )
