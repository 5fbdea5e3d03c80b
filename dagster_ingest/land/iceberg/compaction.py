"""A partition's many small files made into few, in one commit that changes no row.

A publish writes a partition as one file, or as few large ones, so this is for partitions that other
programs wrote to, or deleted rows from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster_ingest.errors import LandError
from dagster_ingest.land.iceberg import errors, files, record, staging, writing

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from dagster_ingest.land.iceberg.catalogs import Catalogs
    from dagster_ingest.spec.resolved import TenantSpec

SMALL = 4 << 20  # compressed; text seldom gets so small from what fills a file
COMPACTED = "ingest.compacted"


def compact(catalogs: Catalogs, spec: TenantSpec, name: str) -> list[str]:
    """The states of a table whose files became fewer. One that changes meanwhile is left to the next time."""
    done = []
    table = staging.load(catalogs.main(), spec.name, name)
    for state in record.partitions(table.metadata.properties) if table is not None else ():
        table = staging.load(catalogs.main(), spec.name, name)
        if table is not None and _is_scattered(files.planned(table.metadata, table.io, state)):
            try:
                if _rewrite(table, state, record.costs(catalogs.target, spec)):
                    done.append(state)
            except errors.Conflict:
                continue
    return done


def _is_scattered(tasks: list[Any]) -> bool:
    """Whether two files would fit into one, or rows were deleted beside them."""
    small = [task for task in tasks if task.file.file_size_in_bytes < SMALL]
    return len(small) > 1 or any(task.delete_files for task in tasks)


def _rewrite(table: Table, state: str, about: dict[str, str]) -> bool:
    """False where nothing was to be gained: then the files are those that were."""
    tasks = files.planned(table.metadata, table.io, state)
    ids = {field.name: field.field_id for field in table.schema().fields}
    batches = files.batches(table.metadata, table.io, tasks, ids.values(), state)
    said = writing.said_by(table.io, tasks[0].file.file_path)
    written = writing.write_batches(batches, table.metadata, table.io, ids, state, said=said)
    if len(written.files) >= len(tasks) and not any(task.delete_files for task in tasks):
        files.remove(table.io, [file.file_path for file in written.files])
        return False
    try:
        transaction = staging.quiet(table).transaction()
        properties = {**about, COMPACTED: state}
        with transaction.update_snapshot(snapshot_properties=properties).overwrite() as snapshot:
            for task in tasks:
                snapshot.delete_data_file(task.file)
            for file in written.files:
                snapshot.append_data_file(file)
        there = files.summed(transaction.table_metadata, table.io, ids, state)
        if problem := written.sums.differs(there):
            raise LandError(problem, where=f"{table.name()[-1]} {state}", not_done="nothing was rewritten")
        staging.committed(transaction)
    except (LandError, errors.Conflict):
        files.remove(table.io, [file.file_path for file in written.files])
        raise
    return True
