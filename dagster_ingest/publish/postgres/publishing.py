"""One publish as one transaction: find what differs, copy it in, apply it, count, sign, commit.

Kill it anywhere and the server rolls it back: staging tables are temporary, and the version stands
in the same commit as the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagster_ingest import faults
from dagster_ingest.errors import PublishError
from dagster_ingest.publish.base import Publication, StagePartition
from dagster_ingest.publish.postgres import rows
from dagster_ingest.publish.postgres.flat import flat_table
from dagster_ingest.publish.postgres.place import Place
from dagster_ingest.publish.postgres.schema import PUBLICATIONS, catalogue, migrate
from dagster_ingest.publish.postgres.tables import Table, hsds_tables, widened

if TYPE_CHECKING:
    import pyarrow as pa

    from dagster_ingest.publish.postgres.driver import sql


@dataclass(slots=True)
class Change:
    """What one table needs, and what it took: `rows` it shall show, counts of what was done."""

    table: Table
    rows: int
    staged: sql.Identifier | None = None
    gone: list[str] = field(default_factory=list)
    written: int = 0
    deleted: int = 0
    bytes: int = 0


def publish(place: Place, partition: StagePartition, *, bulk: bool) -> Publication:
    """Make `place` show `partition`. Rows of other states are not touched."""
    if same := _same(place, partition):
        return same
    tables, flat = _tables(partition)
    migrated = migrate(place.connection, place.schema, tables, place.lock_seconds)
    with place.connection.transaction():
        place.begin()
        if same := _same(place, partition):  # another publisher was faster
            return same
        now = catalogue(place.connection, place.schema)
        changes = [
            _copied(place, widened(table, now.tables[table.name]), flat, partition, bulk=bulk)
            for table in tables
            if table.name in partition.entities
        ]
        faults.reach("publish.copied")
        for change in changes:
            _apply(place, change, partition.state)
        absent = [t for t in now.ours if t not in partition.entities]
        removed = sum(place.clear(table, partition.state) for table in absent)
        counts = _agreed(place, changes, partition.state)
        place.sign(partition.state, partition.version, counts)
        faults.reach("publish.commit")
    return Publication(
        changed=True,
        version=partition.version,
        rows=counts,
        written=sum(c.written for c in changes),
        deleted=sum(c.deleted for c in changes) + removed,
        bytes=sum(c.bytes for c in changes),
        details={
            "schema": place.schema,
            "mode": "bulk" if bulk else "incremental",
            "migrations": migrated,
            "written": {c.table.name: c.written for c in changes if c.written},
            "deleted": {c.table.name: c.deleted for c in changes if c.deleted},
        },
    )


def withdraw(place: Place, state: str) -> int:
    """Remove one state's rows from every table. Returns how many."""
    if PUBLICATIONS not in catalogue(place.connection, place.schema).tables:
        return 0
    with place.connection.transaction():
        place.begin()
        ours = catalogue(place.connection, place.schema).ours
        removed = sum(place.clear(table, state) for table in ours)
        place.unsign(state)
    return removed


def _same(place: Place, partition: StagePartition) -> Publication | None:
    shown = place.shown(partition.state)
    if shown is None or shown[0] != partition.version:
        return None
    return Publication(changed=False, version=partition.version, rows=shown[1])


def _tables(partition: StagePartition) -> tuple[list[Table], dict[str, pa.Table]]:
    """Every table of the schema, and the rows of those outside the standard.

    Those are read before the rest: their columns are part of the schema.
    """
    standard = hsds_tables()
    known = {t.name for t in standard}
    flat = {name: partition.table(name) for name in partition.entities if name not in known}
    return [*standard, *(flat_table(name, arrow.schema) for name, arrow in flat.items())], flat


def _copied(
    place: Place, table: Table, flat: dict[str, pa.Table], partition: StagePartition, *, bulk: bool
) -> Change:
    """Bring over what differs: straight into the table where it shows nothing, else aside."""
    arrow = flat.pop(table.name) if table.name in flat else partition.table(table.name)
    frame = rows.prepared(arrow, table, partition.state)
    change = Change(table, rows=frame.height)
    if bulk:
        change.deleted = place.clear(table.name, partition.state)
        empty = True
    else:
        shown = rows.known(place.hashes(table, partition.state), table)
        frame, change.gone = rows.delta(frame, shown, table.key)
        empty = shown.is_empty()
    if frame.is_empty():
        return change
    into = place.target(table)
    if not empty:
        into = change.staged = place.stage(table)
    change.bytes = place.copy_in(into, table, rows.csv_chunks(frame))
    change.written = frame.height
    return change


def _apply(place: Place, change: Change, state: str) -> None:
    if change.gone:
        change.deleted = place.delete(change.table, state, change.gone)
    if change.staged is not None:
        change.written = place.upsert(change.table, change.staged)


def _agreed(place: Place, changes: list[Change], state: str) -> dict[str, int]:
    """Row counts by table, as the store has them and as the stage has them: the same."""
    wanted = {c.table.name: c.rows for c in changes}
    counts = place.count(wanted, state) if wanted else {}
    off = [f"{t}: {counts.get(t)} of {n}" for t, n in wanted.items() if counts.get(t) != n]
    if off:
        raise PublishError(
            f"row counts do not agree with the stage: {'; '.join(off)}",
            not_done="the publish was rolled back, the last publication stands",
            fix="look for triggers or rules on the published tables; only this reader may write there",
        )
    return counts
