"""One publish as one transaction: find what differs, copy it in, apply it, count, sign, commit.

Kill it anywhere and the server rolls it back: staging tables are temporary, and the version stands
in the same commit as the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagster_ingest import faults
from dagster_ingest.errors import PublishError
from dagster_ingest.publish.base import Plan, Publication, StagePartition
from dagster_ingest.publish.guard import check_deletes
from dagster_ingest.publish.postgres import rows
from dagster_ingest.publish.postgres.flat import flat_table
from dagster_ingest.publish.postgres.place import Place
from dagster_ingest.publish.postgres.schema import PUBLICATIONS, Catalogue, Wanted, catalogue, migrate
from dagster_ingest.publish.postgres.tables import Table, hsds_tables, widened

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from dagster_ingest.publish.postgres.driver import sql


@dataclass(slots=True)
class Change:
    """What one table needs, and what it took: `rows` it shall show, counts of what was done.

    shown, lost  rows that were there, and those of them whose key goes
    """

    table: Table
    rows: int
    shown: int = 0
    lost: int = 0
    staged: sql.Identifier | None = None
    gone: list[str] = field(default_factory=list)
    written: int = 0
    deleted: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """How to publish. bulk: replace the state. forced: even where this version is shown.

    share          of the shown rows that may go, and of the services
    allow_deletes  more may go
    secured        row-level security by tenant
    """

    bulk: bool = False
    forced: bool = False
    share: float = 0.5
    allow_deletes: bool = False
    secured: bool = False


def publish(place: Place, partition: StagePartition, way: Way) -> Publication:
    """Make `place` show `partition`. Rows of other states are not touched."""
    if (same := shown_rows(place, partition, way)) is not None:
        return Publication(changed=False, version=partition.version, rows=same)
    tables, flat = tables_of(partition)
    wanted = Wanted(partition.tenant, tuple(tables), partition.locales[0], way.secured)
    place.unsign_lost()
    migrated = migrate(place.connection, place.schema, wanted, place.lock_seconds)
    with place.connection.transaction():
        place.begin()
        if (same := shown_rows(place, partition, way)) is not None:  # another publisher was faster
            return Publication(changed=False, version=partition.version, rows=same)
        now = catalogue(place.connection, place.schema)
        changes = [
            _copied(place, widened(table, now.tables[table.name]), flat, partition, bulk=way.bulk)
            for table in tables
            if table.name in partition.entities
        ]
        faults.reach("publish.copied")
        absent = [t for t in now.ours if t not in partition.entities]
        left_out = place.count(absent, partition.state)
        _guard(partition, changes, left_out, way)
        for change in changes:
            _apply(place, change, partition.state)
        removed = sum(place.clear(table, partition.state) for table in absent)
        counts = _agreed(place, changes, partition.state)
        place.sign(partition.state, partition.version, counts)
        faults.reach("publish.commit")
    faults.reach("publish.shown")
    return Publication(
        changed=True,
        version=partition.version,
        rows=counts,
        written=sum(c.written for c in changes),
        deleted=sum(c.deleted for c in changes) + removed,
        bytes=sum(c.bytes for c in changes),
        details={
            "schema": place.schema,
            "mode": "bulk" if way.bulk else "incremental",
            "migrations": migrated,
            "written": {c.table.name: c.written for c in changes if c.written},
            "deleted": {c.table.name: c.deleted for c in changes if c.deleted},
        },
    )


def plan(place: Place, partition: StagePartition, way: Way) -> Plan:
    """What `publish` would do. Columns and tables that are missing are not made for it."""
    if (same := shown_rows(place, partition, way)) is not None:
        return Plan("", {}, {}, same)
    tables, flat = tables_of(partition)
    now = catalogue(place.connection, place.schema)
    written, deleted, unchanged = {}, {}, {}
    for table in tables:
        if table.name in partition.entities:
            frame, shown = compared(place, table, now, flat, partition)
            changed, gone = rows.delta(frame, shown, table.key)
            written[table.name] = frame.height if way.bulk else changed.height
            deleted[table.name] = shown.height if way.bulk else len(gone)
            unchanged[table.name] = frame.height - written[table.name]
    deleted |= place.count([t for t in now.ours if t not in partition.entities], partition.state)
    why = "asked for" if way.bulk else ""
    return Plan(why, *({t: n for t, n in some.items() if n} for some in (written, deleted, unchanged)))


def compared(
    place: Place, table: Table, now: Catalogue, flat: dict[str, pa.Table], partition: StagePartition
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that `table` shall show, and key and hash of those that it shows, all of them fetched."""
    arrow = flat[table.name] if table.name in flat else partition.table(table.name)
    if table.name not in now.ours:
        return rows.prepared(arrow, table, partition.state), rows.known((), table)
    frame = rows.prepared(arrow, widened(table, now.tables[table.name]), partition.state)
    return frame, rows.known(place.hashes(table, partition.state), table)


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


def shown_rows(place: Place, partition: StagePartition, way: Way) -> dict[str, int] | None:
    """Rows by table, where this very version is shown and nothing else asks for a publish."""
    shown = place.shown(partition.state)
    return None if way.forced or shown is None or shown[0] != partition.version else shown[1]


def tables_of(partition: StagePartition) -> tuple[list[Table], dict[str, pa.Table]]:
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
    shown = place.digest(table, partition.state)
    change.shown = shown[0]
    changed, gone = frame.clear(), list[str]()
    if shown != rows.digest(frame):
        there = rows.known(place.hashes(table, partition.state), table)
        changed, gone = rows.delta(frame, there, table.key)
    change.lost = len(gone)
    if bulk:
        change.deleted = place.clear(table.name, partition.state)
    else:
        frame, change.gone = changed, gone
    empty = bulk or not change.shown
    if frame.is_empty():
        return change
    into = place.target(table)
    if not empty:
        into = change.staged = place.stage(table)
    change.bytes = place.copy_in(into, table, rows.csv_chunks(frame))
    change.written = frame.height
    return change


def _guard(partition: StagePartition, changes: list[Change], left_out: dict[str, int], way: Way) -> None:
    """PublishError where too much would go, before any of it is deleted for good."""
    services = [(c.shown, c.lost) for c in changes if c.table.name == "service"]
    every = [(c.shown, c.lost) for c in changes] + [(n, n) for n in left_out.values()]
    for what, counted in (("services", services), ("rows", every)):
        check_deletes(
            partition.tenant,
            partition.state,
            shown=sum(shown for shown, _ in counted),
            gone=sum(lost for _, lost in counted),
            share=way.share,
            allowed=way.allow_deletes,
            what=what,
        )


def _apply(place: Place, change: Change, state: str) -> None:
    if change.gone:
        change.deleted = place.delete(change.table, state, change.gone)
    if change.staged is not None:
        change.written = place.upsert(change.table, change.staged)


def _agreed(place: Place, changes: list[Change], state: str) -> dict[str, int]:
    """Row counts by table, as the store has them and as the stage has them: the same."""
    wanted = {c.table.name: c.rows for c in changes}
    counts = place.count(wanted, state)
    off = [f"{t}: {counts.get(t)} of {n}" for t, n in wanted.items() if counts.get(t) != n]
    if off:
        raise PublishError(
            f"row counts do not agree with the stage: {'; '.join(off)}",
            not_done="the publish was rolled back, the last publication stands",
            fix="look for triggers or rules on the published tables; only this reader may write there",
        )
    return counts
