"""One publish as one transaction: find what differs, copy it in, apply it, read it back, sign, commit.

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
from dagster_ingest.publish.postgres import rows, signature
from dagster_ingest.publish.postgres.comparing import Shown, Stage, compared, shown, stage
from dagster_ingest.publish.postgres.place import Place
from dagster_ingest.publish.postgres.schema import PUBLICATIONS, Wanted, catalogue, migrate
from dagster_ingest.publish.postgres.signature import Digest, Signed
from dagster_ingest.publish.postgres.tables import Table, hsds_tables, widened

if TYPE_CHECKING:
    from dagster_ingest.publish.postgres.driver import sql

_NONE = (0, 0)
_MANY = 10_000  # rows written anew; with fewer of them the server's own cleaning is soon enough


@dataclass(slots=True)
class Change:
    """What one table needs, and what it took: `wanted` is what it shall show, then counts of what was done.

    shown, lost  rows that were there, and those of them whose key goes
    copied       rows sent
    whole        what was there counts for nothing: all rows are replaced, or are the first ones
    """

    table: Table
    wanted: Digest
    shown: int = 0
    lost: int = 0
    copied: int = 0
    whole: bool = False
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
    place.unsign_lost()
    staged = stage(partition, _signed(place, partition, way))
    wanted = Wanted(partition.tenant, staged.tables, partition.locales[0], way.secured)
    migrated = migrate(place.connection, place.schema, wanted, place.lock_seconds)
    with place.connection.transaction():
        place.begin()
        if (same := shown_rows(place, partition, way)) is not None:  # another publisher was faster
            return Publication(changed=False, version=partition.version, rows=same)
        now = catalogue(place.connection, place.schema)
        tables = [widened(table, now.tables[table.name]) for table in staged.filled]
        absent = [t for t in now.ours if t not in partition.entities]
        there = shown(place, partition, tables, _signed(place, partition, way), absent)
        changes = [_copied(place, table, staged, there, bulk=way.bulk) for table in tables]
        faults.reach("publish.copied")
        left_out = {table: there.digests[table][0] for table in absent}
        _guard(partition, changes, left_out, way)
        for change in changes:
            _apply(place, change, partition.state)
        removed = sum(place.clear(table, partition.state) for table in absent)
        _agree(place, changes, partition.state)
        counts = {c.table.name: c.wanted[0] for c in changes}
        place.sign(partition.state, partition.version, counts, _signature(staged, changes))
        faults.reach("publish.commit")
    faults.reach("publish.shown")
    place.settle([c.table for c in changes if c.whole and c.copied >= _MANY])
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
    signed = _signed(place, partition, way)
    staged = stage(partition, signed)
    now = catalogue(place.connection, place.schema)
    tables = [widened(t, now.tables[t.name]) for t in staged.filled if t.name in now.ours]
    like = [t for t in tables if t.name in signed]
    absent = [t for t in now.ours if t not in partition.entities]
    there = shown(place, partition, like, signed, absent)
    written, deleted, unchanged = {}, {}, {}
    for table in staged.filled:
        if table.name in there.same:
            unchanged[table.name] = there.digests[table.name][0]
            continue
        frame, known = compared(place, table, now, staged)
        changed, gone = rows.delta(frame, known, table.key)
        written[table.name] = frame.height if way.bulk else changed.height
        deleted[table.name] = known.height if way.bulk else len(gone)
        unchanged[table.name] = frame.height - written[table.name]
    deleted |= {table: there.digests[table][0] for table in absent}
    why = "asked for" if way.bulk else ""
    return Plan(why, *({t: n for t, n in some.items() if n} for some in (written, deleted, unchanged)))


def withdraw(place: Place, state: str) -> int:
    """Remove one state's rows from every table. Returns how many."""
    if PUBLICATIONS not in catalogue(place.connection, place.schema).tables:
        return 0
    with place.connection.transaction():
        place.begin()
        faults.reach("publish.withdraw.planned")
        removed = 0
        for table in catalogue(place.connection, place.schema).ours:
            removed += place.clear(table, state)
            faults.reach("publish.withdraw.removing")
        place.unsign(state)
        faults.reach("publish.withdraw.commit")
    faults.reach("publish.withdraw.done")
    return removed


def shown_rows(place: Place, partition: StagePartition, way: Way) -> dict[str, int] | None:
    """Rows by table, where this very version is shown and nothing else asks for a publish."""
    shown = place.shown(partition.state)
    return None if way.forced or shown is None or shown[0] != partition.version else shown[1]


def _signed(place: Place, partition: StagePartition, way: Way) -> dict[str, Signed]:
    """What may be taken as it is signed: nothing, where everything is built anew."""
    return {} if way.bulk or not partition.versions else place.signed(partition.state)


def _copied(place: Place, table: Table, staged: Stage, there: Shown, *, bulk: bool) -> Change:
    """Bring over what differs: straight into the table where it shows nothing, else aside."""
    state, digest = staged.partition.state, there.digests.get(table.name)
    if digest is not None and table.name in there.same:
        return Change(table, digest, shown=digest[0])
    frame = rows.prepared(staged.arrow(table.name), table, state)
    change = Change(table, rows.digest(frame))
    changed, gone = frame.clear(), list[str]()
    if digest != change.wanted:
        known = rows.known(place.hashes(table, state, frame.height) if digest != _NONE else (), table)
        changed, gone = rows.delta(frame, known, table.key)
        digest = rows.digest(known)
    change.shown, change.lost = digest[0], len(gone)
    if bulk:
        change.deleted = place.clear(table.name, state)
    else:
        frame, change.gone = changed, gone
    change.whole = bulk or not change.shown
    change.copied = change.written = frame.height
    if frame.is_empty():
        return change
    into = place.target(table)
    if not change.whole:
        into = change.staged = place.stage(table)
    change.bytes = place.copy_in(into, table, rows.csv_chunks(frame))
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


def _agree(place: Place, changes: list[Change], state: str) -> None:
    """Read back what was written: whole tables by their digest, else the rows that were sent, for the others
    have just been compared."""
    off = []
    found = place.digests([c.table.name for c in changes if c.whole], state)
    for change in changes:
        count = change.wanted[0]
        if change.whole:
            agreed, n = found[change.table.name] == change.wanted, found[change.table.name][0]
        else:
            staged = change.staged
            missing = change.copied - place.landed(change.table, staged) if staged is not None else 0
            left = len(change.gone) - change.deleted
            agreed, n = missing == left == 0, count - missing + left
        if not agreed:
            off.append(
                f"{change.table.name}: {n} of {count}" if n != count else f"{change.table.name}: others"
            )
    if off:
        raise PublishError(
            f"rows do not agree with the stage: {'; '.join(off)}",
            not_done="the publish was rolled back, the last publication stands",
            fix="look for triggers or rules on the published tables; only this reader may write there",
        )


def _signature(staged: Stage, changes: list[Change]) -> dict[str, Signed]:
    """Of the tables that have a version."""
    standard, versions = {table.name for table in hsds_tables()}, staged.partition.versions
    own = {table.name: tuple((c.name, c.type) for c in table.columns) for table in staged.tables}
    return {
        name: Signed(
            version=versions[name],
            shape=signature.shape(change.table),
            digest=change.wanted,
            columns=() if name in standard else own[name],
        )
        for change in changes
        if (name := change.table.name) in versions
    }
