"""What a published schema shows, compared with the stage: all keys and hashes, and a sample of rows."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from dagster_ingest.publish.base import StagePartition, Verified
from dagster_ingest.publish.postgres import rows
from dagster_ingest.publish.postgres.comparing import compared, stage
from dagster_ingest.publish.postgres.place import Place
from dagster_ingest.publish.postgres.schema import PUBLICATIONS, Catalogue, catalogue
from dagster_ingest.publish.postgres.tables import Table, widened

if TYPE_CHECKING:
    import polars as pl

_SAMPLE = 25  # rows of each table
_NAMED = 3  # keys in one problem


def verify(place: Place, partition: StagePartition, *, secured: bool) -> Verified:
    """Only temporary tables are written, and they are rolled back."""
    signed = place.shown(partition.state)
    if signed is None:
        return Verified({}, 0, (f"nothing is published of {partition.state}",))
    problems, counts, sampled = [], {}, 0
    if signed[0] != partition.version:
        problems.append(f"version {signed[0]} is shown and not {partition.version}")
    staged = stage(partition, {})
    with place.connection.transaction(force_rollback=True):
        place.connection.execute("set local timezone to 'UTC'")
        now = catalogue(place.connection, place.schema)
        for table in staged.filled:
            if table.name not in now.ours:
                problems.append(f"there is no table {table.name}")
                continue
            whole = widened(table, now.tables[table.name])
            frame, shown = compared(place, whole, now, staged)
            counts[table.name] = shown.height
            problems += _keys(frame, shown, table)
            drawn = _drawn(frame, partition.version)
            sampled += drawn.height
            problems += _sample(place, whole, drawn)
        left_out = place.digests([t for t in now.ours if t not in partition.entities], partition.state)
    problems += [
        f"{table} shows {n} rows that the stage does not have" for table, (n, _) in left_out.items() if n
    ]
    if secured:
        bare = {PUBLICATIONS, *now.ours} - now.secured
        problems += [f"{table} is without row-level security" for table in sorted(bare)]
    return Verified(counts, sampled, tuple(problems), _notes(place, now, partition))


def _keys(frame: pl.DataFrame, shown: pl.DataFrame, table: Table) -> list[str]:
    changed, gone = rows.delta(frame, shown, table.key)
    found = []
    if changed.height:
        found.append(f"{table.name} lacks or shows otherwise {_few(changed[table.key].to_list())}")
    if gone:
        found.append(f"{table.name} shows what the stage does not have: {_few(gone)}")
    return found


def _drawn(frame: pl.DataFrame, seed: str) -> pl.DataFrame:
    numbers = random.Random(seed).sample(range(frame.height), min(_SAMPLE, frame.height))
    return frame[sorted(numbers)]


def _sample(place: Place, table: Table, drawn: pl.DataFrame) -> list[str]:
    """Rows whose values are others than their hash says: somebody has written to them."""
    if drawn.is_empty():
        return []
    staged = place.stage(table)
    place.copy_in(staged, table, rows.csv_chunks(drawn))
    off = place.unlike(table, staged)
    return [f"{table.name} shows other values in {_few(off)}"] if off else []


def _notes(place: Place, now: Catalogue, partition: StagePartition) -> tuple[str, ...]:
    if now.postgis is None:
        return ("the database has no extension postgis, so there is no geometry",)
    if ("service_area", "geom") not in now.computed:
        return ("postgis is newer here than the tables; publish with --bulk for geometry",)
    odd = place.odd_shapes(partition.state)
    return (f"{odd} service areas are no shapes that postgis reads",) if odd else ()


def _few(keys: list[str]) -> str:
    return f"{len(keys)} rows ({', '.join(keys[:_NAMED])}{', ...' if len(keys) > _NAMED else ''})"
