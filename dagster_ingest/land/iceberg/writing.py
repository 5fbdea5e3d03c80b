"""A part written as data files of a table, batch by batch, so that memory does not grow with rows.

pyiceberg writes a partitioned table from one Arrow table that holds everything, and its `add_files`
takes neither unsigned numbers nor files without field ids. So files are written here, and handed to
its snapshot as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.land import delivery
from dagster_ingest.land.iceberg import schema as columns
from dagster_ingest.land.iceberg.files import frame, remove
from dagster_ingest.land.iceberg.sums import Sums

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.io import FileIO
    from pyiceberg.manifest import DataFile
    from pyiceberg.table.metadata import TableMetadata

BATCH_ROWS = 16_384
GROUP_BYTES = 32 << 20  # of Arrow memory that one row group holds
# Of Arrow memory, too: who scans a file with pyarrow reads so far ahead that all of it is in memory.
FILE_BYTES = 96 << 20
# Table properties: bounds of texts tell nobody anything, and cells may be private.
METRICS = {"write.metadata.metrics.default": "none", "write.metadata.metrics.column._state": "full"}


@dataclass(frozen=True, slots=True)
class Written:
    """The data files of one part, and what their rows add up to."""

    files: tuple[DataFile, ...]
    sums: Sums
    columns: dict[str, int]
    said: str


def part_columns(part: Path) -> list[str]:
    import pyarrow.parquet as pq

    return list(pq.read_schema(part).names)


def write(
    part: Path,
    metadata: TableMetadata,
    io: FileIO,
    names: dict[str, int],
    state: str,
    noted: Callable[[str], None],
) -> Written:
    """Write a part's rows as data files of a table.

    names  the part's columns to field ids; noted: is told of every file before it is made
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(part) as source:
        said = (source.metadata.metadata or {}).get(delivery.KEY)
        batches = source.iter_batches(BATCH_ROWS, columns=list(names))
        return write_batches(batches, metadata, io, names, state, noted=noted, said=said)


def write_batches(
    batches: Iterable[pa.RecordBatch],
    metadata: TableMetadata,
    io: FileIO,
    names: dict[str, int],
    state: str,
    *,
    noted: Callable[[str], None] = lambda path: None,
    said: bytes | None = None,
) -> Written:
    """As `write`; `said`: what the files tell of their delivery."""
    import pyarrow as pa

    arrow = columns.arrow_schema(names, metadata.schema())
    sums = Sums(tuple(arrow.names))
    writer = _Writer(metadata, io, arrow, state, noted, said)
    try:
        for batch in batches:
            cells = [columns.to_stored(batch.column(n), arrow.names[i]) for i, n in enumerate(names)]
            sums.add(frame(cells, arrow.names))
            writer.add(pa.RecordBatch.from_arrays(cells, schema=arrow))
        files = writer.close()
    except BaseException:
        writer.discard()
        raise
    empty = said.decode() if said is not None and not sums.rows else ""
    return Written(tuple(files), sums, names, empty)


def said_by(io: FileIO, path: str) -> bytes | None:
    """What a data file tells of its delivery."""
    import pyarrow.parquet as pq

    with io.new_input(path).open() as stream:
        return (pq.read_metadata(stream).metadata or {}).get(delivery.KEY)


class _Writer:
    """Row groups of about GROUP_BYTES in files of about FILE_BYTES."""

    def __init__(
        self,
        metadata: TableMetadata,
        io: FileIO,
        arrow: pa.Schema,
        state: str,
        noted: Callable[[str], None],
        said: bytes | None,
    ) -> None:
        from pyiceberg.table.locations import load_location_provider

        self._metadata, self._io, self._arrow, self._state = metadata, io, arrow, state
        self._noted, self._said = noted, said
        self._places = load_location_provider(metadata.location, metadata.properties)
        self._name = str(uuid.uuid4())
        self._held: list[pa.RecordBatch] = []
        self._bytes = self._filled = 0
        self._open: tuple[Any, Any, Any, list[Any]] | None = None
        self._paths: list[str] = []
        self._files: list[DataFile] = []

    def add(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        self._held.append(batch)
        self._bytes += batch.nbytes
        if self._bytes >= GROUP_BYTES:
            self._flush()

    def close(self) -> list[DataFile]:
        self._flush()
        self._end()
        return self._files

    def discard(self) -> None:
        if self._open is not None:
            self._open[1].close()
        remove(self._io, self._paths)

    def _flush(self) -> None:
        if not self._held:
            return
        import pyarrow as pa

        table = pa.Table.from_batches(self._held)
        self._held, self._bytes = [], 0
        _, _, writer, _ = self._open = self._open or self._begin(table)
        writer.write_table(table, row_group_size=table.num_rows)
        self._filled += table.nbytes
        if self._filled >= FILE_BYTES:
            self._end()

    def _begin(self, first: pa.Table) -> tuple[Any, Any, Any, list[Any]]:
        import pyarrow.parquet as pq

        path = self._places.new_data_location(f"{len(self._paths):05d}-{self._name}.parquet", self._key())
        self._paths.append(path)
        self._noted(path)
        out = self._io.new_output(path)
        stream = out.create(overwrite=True)
        told: list[Any] = []
        writer = pq.ParquetWriter(
            stream,
            self._arrow,
            compression="zstd",
            compression_level=1,
            use_dictionary=_repeating(first),
            write_statistics=[columns.STATE],
            store_schema=False,
            metadata_collector=told,
        )
        return out, stream, writer, told

    def _end(self) -> None:
        if self._open is None:
            return
        out, stream, writer, told = self._open
        if self._said is not None:
            writer.add_key_value_metadata({delivery.KEY: self._said})
        writer.close()
        stream.close()
        self._open, self._filled = None, 0
        self._files.append(self._described(out, told[0]))

    def _described(self, out: Any, told: Any) -> DataFile:
        from pyiceberg.io.pyarrow import (
            compute_statistics_plan,
            data_file_statistics_from_parquet_metadata,
            parquet_path_to_id_mapping,
        )
        from pyiceberg.manifest import DataFile, DataFileContent, FileFormat

        schema = self._metadata.schema()
        statistics = data_file_statistics_from_parquet_metadata(
            parquet_metadata=told,
            stats_columns=compute_statistics_plan(schema, self._metadata.properties),
            parquet_column_mapping=parquet_path_to_id_mapping(schema),
        )
        return DataFile.from_args(
            content=DataFileContent.DATA,
            file_path=out.location,
            file_format=FileFormat.PARQUET,
            partition=self._key().partition,
            file_size_in_bytes=len(out),
            sort_order_id=None,
            spec_id=self._metadata.default_spec_id,
            equality_ids=None,
            key_metadata=None,
            **statistics.to_serialized_dict(),
        )

    def _key(self) -> Any:
        from pyiceberg.partitioning import PartitionFieldValue, PartitionKey

        spec = self._metadata.spec()
        value = PartitionFieldValue(spec.fields[0], self._state)
        return PartitionKey([value], spec, self._metadata.schema())


def _repeating(first: pa.Table) -> list[str]:
    """Columns worth a dictionary, by the first rows."""
    import polars as pl

    sample = pl.DataFrame(first.slice(0, 1_000))
    few = max(sample.height * 0.2, 2)
    return [name for name in sample.columns if sample.get_column(name).n_unique() <= few]
