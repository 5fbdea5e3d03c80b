"""Rows of raw tables, read back: as Arrow, as a part, as a digest."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest.errors import LandError
from dagster_ingest.land import delivery, parts
from dagster_ingest.land.iceberg import files, schema, writing
from dagster_ingest.land.iceberg.record import Record
from dagster_ingest.land.iceberg.sums import Sums
from dagster_ingest.naming import SYSTEM_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.table import Table

_GROUP_BYTES = 32 << 20


def arrow(table: Table, state: str | None, columns: Sequence[str] | None) -> pa.Table:
    """Rows of one state or of all; columns left out: every one, under the table's names."""
    import pyarrow as pa

    fields = table.schema().fields
    known = {field.name.lower(): field for field in fields}
    asked = list(columns) if columns else [field.name for field in fields]
    unknown = [name for name in asked if name.lower() not in known]
    if unknown:
        raise LandError(
            f"there is no column {', '.join(unknown)}",
            where=".".join(table.name()),
            not_done="nothing was read",
            fix=f"its columns are {', '.join(field.name for field in fields)}",
        )
    own = [known[name.lower()] for name in asked]
    typed = pa.schema([pa.field(name, schema.part_type(f.name)) for name, f in zip(asked, own, strict=True)])
    found = []
    for batch in files.batches(
        table.metadata,
        table.io,
        files.planned(table.metadata, table.io, state),
        dict.fromkeys(f.field_id for f in own),
        state,
    ):
        cells = [schema.to_part(batch.column(f.name), f.name) for f in own]
        found.append(pa.RecordBatch.from_arrays(cells, schema=typed))
    return pa.Table.from_batches(found, schema=typed)


def digest(table: Table, state: str, exclude: Sequence[str]) -> tuple[str, int]:
    """Of a state's rows without the system's columns and `exclude`, and how many there are. No order
    counts; polars' hash is not promised to last, so its version is part of it."""
    import polars as pl

    left_out = {*SYSTEM_COLUMNS, *exclude}
    counted = {f.name: f.field_id for f in table.schema().fields if f.name not in left_out}
    own = table.schema().find_field(schema.HASH).field_id
    sums = Sums(tuple(sorted(counted)))
    metadata, io = table.metadata, table.io
    tasks = files.planned(metadata, io, state)
    for batch in files.batches(metadata, io, tasks, [*counted.values(), own], state):
        sums.add(files.frame([batch.column(n) for n in batch.schema.names], batch.schema.names))
    text = json.dumps([pl.__version__, sorted(counted), sums.rows, sums.content, sums.mixed])
    return hashlib.sha256(text.encode()).hexdigest()[:32], sums.rows


def part(table: Table, told: Record, snapshot: int | None, into: Path) -> None:
    """Write a partition's rows as the part that they were, under the names that they had."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    state = told.version.state
    tasks = files.planned(table.metadata, table.io, state, snapshot)
    own = [table.schema().find_field(number).name for number in told.columns.values()]
    typed = pa.schema([pa.field(n, schema.part_type(o)) for n, o in zip(told.columns, own, strict=True)])
    said = _said(table, tasks, told)
    into.parent.mkdir(parents=True, exist_ok=True)
    staging = into.with_name(f".{into.name}{parts.STAGING}")
    rows = 0
    try:
        with pq.ParquetWriter(
            staging, typed, compression=parts.COMPRESSION, write_statistics=["_state"], store_schema=False
        ) as writer:
            for group in _groups(
                files.batches(table.metadata, table.io, tasks, told.columns.values(), state)
            ):
                cells = [schema.to_part(group.column(name).combine_chunks(), name) for name in own]
                writer.write_table(pa.Table.from_arrays(cells, schema=typed))
                rows += group.num_rows
            if not rows:
                writer.write_table(typed.empty_table())
            if said:
                writer.add_key_value_metadata({delivery.KEY: said})
        if rows != told.version.rows:
            raise LandError(
                f"the table has {rows} rows of load {told.version.load_id}, which had {told.version.rows}",
                where=f"{table.name()[-1]} {state}",
                not_done="no part was written",
            )
        with open(staging, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(staging, into)
        parts.sync_folder(into.parent)
    finally:
        staging.unlink(missing_ok=True)


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    import pyarrow as pa

    held, size = [], 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        if size >= _GROUP_BYTES:
            yield pa.Table.from_batches(held)
            held, size = [], 0
    if held:
        yield pa.Table.from_batches(held)


def _said(table: Table, tasks: Sequence, told: Record) -> bytes:
    """What the part told of its delivery: every data file of it says the same."""
    if not tasks:
        return told.said.encode()
    return writing.said_by(table.io, tasks[0].file.file_path) or b""
