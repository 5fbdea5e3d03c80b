"""A stage partition of any size: copies of a small one, each with ids and names of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_ingest.publish.base import StagePartition
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows

if TYPE_CHECKING:
    import pyarrow as pa

_EACH = 2_000  # records of one copy
_SHARED = ("taxonomy", "taxonomy_term")
_KEPT = ("taxonomy_term_id", "taxonomy_id")
_NAMES = ("name", "display_name", "service_name", "organization_name", "location_name", "original_id")
_CHANGED = {"search_record": ("phone", "service_id"), "service": ("alert", "id")}  # column, by key


def scaled(records: int, *, one_in: int = 0, state: str = "IA") -> StagePartition:
    """`records` search records with all that belongs to them, in English.

    one_in  one record of so many has another phone number, its service another alert; 0: none has
    The tables have versions, as those of a real stage: equal where the rows are.
    """
    each = min(records, _EACH)
    small = stage_partition(search_rows(each, tenant="bench", state=state), tenant="bench", state=state)
    tables = {
        entity: _copies(entity, small.table(entity), -(-records // each), records)
        for entity in small.entities
    }
    made = f"one in {one_in} changed" if one_in else "plain"
    if one_in:
        tables = {entity: _changed(entity, table, one_in) for entity, table in tables.items()}
    return StagePartition(
        tenant="bench",
        display_name="Bench",
        state=state,
        version=made,
        locales=("en",),
        entities=tuple(tables),
        table=tables.__getitem__,
        versions={name: made if name in _CHANGED else "plain" for name in tables},
    )


def _copies(entity: str, table: pa.Table, count: int, records: int) -> pa.Table:
    import polars as pl

    frame = pl.DataFrame(pl.from_arrow(table))
    if entity in _SHARED:
        return table
    ids = [n for n in frame.columns if (n == "id" or n.endswith("_id")) and n not in (*_KEPT, "original_id")]
    names = [n for n in _NAMES if n in frame.columns]
    made = [
        frame.with_columns(
            *(pl.concat_str(pl.lit(f"{number:08x}"), pl.col(n).str.slice(8)).alias(n) for n in ids),
            *(pl.concat_str(pl.col(n), pl.lit(f" of {number}")).alias(n) for n in names),
        )
        for number in range(count)
    ]
    whole = pl.concat(made)
    return (whole.head(records) if entity == "search_record" else whole).to_arrow()


def _changed(entity: str, table: pa.Table, one_in: int) -> pa.Table:
    import polars as pl

    if entity not in _CHANGED:
        return table
    column, key = _CHANGED[entity]
    frame = pl.DataFrame(pl.from_arrow(table))
    touched = pl.col(key).hash(seed=1) % one_in == 0
    return frame.with_columns(
        pl.when(touched).then(pl.lit("515-555-0199")).otherwise(pl.col(column)).alias(column)
    ).to_arrow()
