"""One table's part of a publish: prepared in a transaction that nobody sees, audited, then committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster_ingest import faults
from dagster_ingest.errors import LandError, Unavailable
from dagster_ingest.land.iceberg import errors, files, record, schema, writing
from dagster_ingest.land.iceberg.record import Record

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table, Transaction

    from dagster_ingest.land.backing import Landed
    from dagster_ingest.land.iceberg.catalogs import Catalogs
    from dagster_ingest.spec.contract import Contract
    from dagster_ingest.spec.resolved import TenantSpec

# A commit that lost a race is prepared anew: whether the part may still replace the partition has to
# be asked again. So pyiceberg's own retries are off, here and not in the table.
_NO_RETRIES = {"commit.retry.num-retries": "0"}


@dataclass(slots=True)
class Job:
    """One part on its way. `written` is kept over attempts: the same files serve the next one too.

    held  whether the table holds the load already
    """

    landed: Landed
    contract: Contract | None
    noted: Callable[[str], None]
    written: writing.Written | None = None
    home: tuple[str, ...] = ()
    transaction: Transaction | None = None
    record: Record | None = None
    held: bool = False
    audited: bool = False
    snapshot: int | None = None
    paths: list[str] = field(default_factory=list)

    @property
    def table(self) -> str:
        return self.landed.version.table

    @property
    def state(self) -> str:
        return self.landed.version.state

    @property
    def where(self) -> str:
        return f"{self.table} {self.state}"


def load(catalog: Catalog, tenant: str, table: str) -> Table | None:
    from pyiceberg.exceptions import NoSuchTableError

    try:
        return catalog.load_table((tenant, table))
    except NoSuchTableError:
        return None


def stage(job: Job, catalog: Catalog, catalogs: Catalogs, spec: TenantSpec) -> None:
    """Prepare the transaction that makes the part its partition. Nothing is visible yet."""
    table = load(catalog, spec.name, job.table)
    job.held = _is_held(job, table)
    if job.held:
        return
    names = writing.part_columns(job.landed.path)
    job.transaction = transaction = _begun(table, job, names, catalog, catalogs, spec)
    metadata, io = transaction.table_metadata, transaction._table.io
    ids = schema.field_ids(metadata.schema(), names, job.contract)
    home = (str(metadata.table_uuid), metadata.location, str(sorted(ids.items())))
    if job.written is None or job.home != home:
        discard(job)
        job.written = writing.write(job.landed.path, metadata, io, ids, job.state, job.noted)
        job.home, job.audited = home, False
        job.paths = [file.file_path for file in job.written.files]
        _must_count(job)
        faults.reach("backing.staged")
    job.record = Record(job.landed.version, ids, job.written.said)
    _replace(job, transaction, record.costs(catalogs.target, spec))
    faults.reach("backing.loaded")


def audit(job: Job, table: Table | Transaction) -> None:
    """Read the partition back through the table's metadata, as a reader would, and compare."""
    from pyiceberg.table import Table

    assert job.written is not None
    metadata, io = (
        (table.metadata, table.io) if isinstance(table, Table) else (table.table_metadata, table._table.io)
    )
    if job.audited:
        there = sorted(task.file.file_path for task in files.planned(metadata, io, job.state))
        problem = "" if there == sorted(job.paths) else "the partition's files are others than those audited"
    else:
        problem = job.written.sums.differs(files.summed(metadata, io, job.written.columns, job.state))
    if problem:
        raise LandError(
            problem,
            where=f"{job.where}, load {job.landed.version.load_id}",
            not_done=errors.NOTHING,
            fix="load again; if it stays, the object store or the catalog loses data",
        )
    job.audited = True


def commit(job: Job) -> None:
    """Make the transaction the table's state. Conflict where another commit came first."""
    assert job.transaction is not None
    table = committed(job.transaction)
    found = table.metadata.current_snapshot()
    job.snapshot = found.snapshot_id if found else None


def committed(transaction: Transaction) -> Table:
    """The table after the commit. Conflict where it did not come about because of another."""
    try:
        return transaction.commit_transaction()
    except Exception as error:
        if errors.is_conflict(error):
            raise errors.Conflict(str(error)) from error
        raise


def quiet(table: Table) -> Table:
    """The table, with pyiceberg's retries off in this process; its properties stay as they are."""
    properties = {**table.metadata.properties, **_NO_RETRIES}
    table.metadata = table.metadata.model_copy(update={"properties": properties})
    return table


def discard(job: Job) -> None:
    """Remove data files that no commit names."""
    if job.transaction is not None and job.paths:
        files.remove(job.transaction._table.io, job.paths)
    job.written, job.paths = None, []


def _is_held(job: Job, table: Table | None) -> bool:
    """Whether the table has this load. Unavailable where its partition is not what the part replaces."""
    present = record.partitions(table.metadata.properties).get(job.state) if table is not None else None
    load_id, replaces = present.version.load_id if present else "", job.landed.replaces
    if load_id == job.landed.version.load_id:
        return True
    if load_id != replaces:
        raise Unavailable(
            f"the table holds load {load_id or 'none'}, and the part replaces {replaces or 'none'}",
            where=job.where,
            not_done="nothing of this load was published; what the other one did stands",
            fix="load again",
        )
    return False


def _begun(
    table: Table | None, job: Job, names: list[str], catalog: Catalog, catalogs: Catalogs, spec: TenantSpec
) -> Transaction:
    told = record.properties(catalogs.target, spec, job.table)
    if table is None:
        fields = schema.created(names, job.contract)
        return catalog.create_table_transaction(
            (spec.name, job.table),
            fields,
            location=catalogs.location(job.table),
            partition_spec=schema.by_state(fields),
            properties={**writing.METRICS, **told},
        )
    transaction = quiet(table).transaction()
    with transaction.update_schema(case_sensitive=False) as update:
        schema.evolve(update, table.schema(), names, job.contract)
    changed = {name: value for name, value in told.items() if table.metadata.properties.get(name) != value}
    if changed:
        transaction.set_properties(changed)
    return transaction


def _replace(job: Job, transaction: Transaction, about: dict[str, str]) -> None:
    """One snapshot that takes the partition's files away and brings the part's."""
    assert job.written is not None
    assert job.record is not None
    said = record.summary(job.landed, job.record, about, str(job.written.sums))
    metadata, io = transaction.table_metadata, transaction._table.io
    there: list[Any] = [task.file for task in files.planned(metadata, io, job.state)]
    transaction.set_properties(record.of_partition(job.record))
    with transaction.update_snapshot(snapshot_properties=said).overwrite() as snapshot:
        for file in there:
            snapshot.delete_data_file(file)
        for file in job.written.files:
            snapshot.append_data_file(file)
    _merge_properties(transaction)


def _merge_properties(transaction: Transaction) -> None:
    """Nessie takes one change of properties in a commit."""
    from pyiceberg.table.update import SetPropertiesUpdate

    merged: dict[str, str] = {}
    others = []
    for update in transaction._updates:
        if isinstance(update, SetPropertiesUpdate):
            merged |= update.updates
        else:
            others.append(update)
    transaction._updates = (*others, SetPropertiesUpdate(updates=merged))


def _must_count(job: Job) -> None:
    assert job.written is not None
    rows, told = job.written.sums.rows, job.landed.version.rows
    if rows != told:
        discard(job)
        raise LandError(
            f"the part has {rows} rows and its version says {told}",
            where=f"{job.where}, {job.landed.path}",
            not_done=errors.NOTHING,
        )
