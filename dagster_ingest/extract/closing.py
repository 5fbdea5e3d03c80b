"""Quarantined rows that the source does not have any more: closed, so that no replay brings them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest.extract.kept import is_malformed

if TYPE_CHECKING:
    from dagster_ingest.extract.load import Job
    from dagster_ingest.extract.merge import Delta


_PLACE = ["_load_id", "_source_uri", "_row_number"]


def gone_rows(job: Job, delta: Delta | None) -> pl.DataFrame | None:
    """Open quarantined rows of earlier deliveries that this one says are gone; None if there are none."""
    if delta is None or not delta.removes:
        return None
    rows = job.landing.quarantine.delivered(job.table.raw, job.state, None)
    rows = rows.filter((pl.col("_load_id") != job.load_id) & ~is_malformed())
    if rows.is_empty():
        return None
    keys = job.table.contract.keys
    cells = rows["_row"].str.json_decode(pl.Struct(dict.fromkeys(keys, pl.String))).struct.unnest()
    keyed = pl.concat([rows, cells.select(keys)], how="horizontal").drop_nulls(keys)
    gone = keyed.join(delta.left(keyed).select(_PLACE), how="anti", on=_PLACE)
    return gone if gone.height else None


def close(job: Job, rows: pl.DataFrame | None) -> None:
    """Before the commit: a load that dies in between is told of them once more."""
    if rows is not None:
        job.landing.quarantine.supersede(job.table.raw, job.state, rows, by=job.load_id)
