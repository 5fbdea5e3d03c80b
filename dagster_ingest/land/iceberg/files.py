"""Data files of a table: planned, read batch by batch, summed up, removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagster_ingest.land.iceberg import schema as columns
from dagster_ingest.land.iceberg.sums import Sums

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.io import FileIO
    from pyiceberg.table import FileScanTask
    from pyiceberg.table.metadata import TableMetadata


def planned(
    metadata: TableMetadata, io: FileIO, state: str | None, snapshot: int | None = None
) -> list[FileScanTask]:
    """The data files of a state (None: of all) in a snapshot (None: the current one)."""
    from pyiceberg.table import DataScan

    scan = DataScan(table_metadata=metadata, io=io, row_filter=filter_of(state), snapshot_id=snapshot)
    return list(scan.plan_files())


def filter_of(state: str | None) -> BooleanExpression:
    from pyiceberg.expressions import AlwaysTrue, EqualTo

    if state is None:
        return AlwaysTrue()
    return EqualTo(columns.STATE, state)  # type: ignore[misc,call-arg,arg-type]


def batches(
    metadata: TableMetadata,
    io: FileIO,
    tasks: Sequence[FileScanTask],
    ids: Iterable[int],
    state: str | None,
) -> Iterator[pa.RecordBatch]:
    """Rows of the tasks, with the fields `ids` under the table's present names."""
    from pyiceberg.io.pyarrow import ArrowScan, _read_all_delete_files
    from pyiceberg.schema import Schema

    schema = metadata.schema()
    wanted = Schema(*(schema.find_field(number) for number in ids))
    scan = ArrowScan(metadata, io, wanted, filter_of(state))
    deletes = _read_all_delete_files(io, tasks)
    # Not `to_record_batches`: that holds all batches of a file at once.
    return scan._record_batches_from_scan_tasks_and_deletes(tasks, deletes)


def summed(metadata: TableMetadata, io: FileIO, ids: Mapping[str, int], state: str) -> Sums:
    """What the rows of a state add up to, read through the metadata, as a reader would."""

    schema = metadata.schema()
    names = [schema.find_field(number).name for number in ids.values()]
    found = Sums(tuple(names))
    for batch in batches(metadata, io, planned(metadata, io, state), ids.values(), state):
        cells = [batch.column(name) for name in names]
        found.add(frame(cells, names))
    return found


def frame(cells: Sequence[Any], names: Sequence[str]) -> pl.DataFrame:
    """Columns of a data file as a part has them."""
    import polars as pl
    import pyarrow as pa

    whole = [columns.to_part(cell, name) for cell, name in zip(cells, names, strict=True)]
    return pl.DataFrame(pa.Table.from_arrays(whole, names=names))


def remove(io: FileIO, paths: Iterable[str]) -> list[str]:
    """Delete files, as far as they are there."""
    gone = []
    for path in paths:
        try:
            io.delete(path)
        except (FileNotFoundError, OSError):
            continue
        gone.append(path)
    return gone
