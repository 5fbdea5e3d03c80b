"""The loads of a table that can still be fetched: its snapshots, or Nessie's commits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_ingest.land.iceberg import record, staging
from dagster_ingest.land.iceberg.publish import LOADS
from dagster_ingest.land.iceberg.record import RECORD, Record

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from dagster_ingest.land.iceberg.catalogs import Catalogs

_COMMITS = 1_000
# Of each state so many loads stay, however busy the table's other states are: the present one, and
# the one to go back to.
ALWAYS = 2


@dataclass(frozen=True, slots=True)
class Load:
    """Where a load's rows are: in `snapshot` of the table, as it stands at `ref` ("": the present)."""

    state: str
    load_id: str
    snapshot: int | None = None
    ref: str = ""


def retained(loads: Sequence[Load], keep: int) -> list[Load]:
    """Of all loads of a table, the newest first, those that maintenance leaves: the newest `keep`, and
    the newest two of each state."""
    kept, seen = [], dict[str, int]()
    for number, load in enumerate(loads):
        seen[load.state] = seen.get(load.state, 0) + 1
        if number < keep or seen[load.state] <= ALWAYS:
            kept.append(load)
    return kept


def of_table(catalogs: Catalogs, table: Table) -> list[Load]:
    """Its loads, the newest first, that have not been expired."""
    every = list(_commits(catalogs, table) if catalogs.nessie else _snapshots(table))
    return retained(every, catalogs.target.keep)


def find(catalogs: Catalogs, table: Table, state: str) -> Iterator[tuple[Record, Load]]:
    """The loads of a partition, the newest first, each once; the present one leads."""
    present = record.partitions(table.metadata.properties).get(state)
    if present is None:
        return
    yield present, Load(state, present.version.load_id)
    seen = {present.version.load_id}
    for load in of_table(catalogs, table):
        if load.state != state or load.load_id in seen:
            continue
        told = record_of(catalogs, table, load)
        if told is not None:
            seen.add(load.load_id)
            yield told, load


def record_of(catalogs: Catalogs, table: Table, load: Load) -> Record | None:
    if load.ref:
        then = at(catalogs, table, load)
        if then is None or then.metadata.table_uuid != table.metadata.table_uuid:
            return None  # a table of that name that was dropped since
        return record.partitions(then.metadata.properties).get(load.state)
    snapshot = table.metadata.snapshot_by_id(load.snapshot) if load.snapshot is not None else None
    said = snapshot.summary.additional_properties.get(RECORD) if snapshot and snapshot.summary else None
    return Record.from_json(said) if said else None


def at(catalogs: Catalogs, table: Table, load: Load) -> Table | None:
    """The table as it stood at the load."""
    if not load.ref:
        return table
    namespace, name = table.name()
    return staging.load(catalogs.at(load.ref), namespace, name)


def _snapshots(table: Table) -> Iterator[Load]:
    for snapshot in sorted(table.metadata.snapshots, key=lambda s: s.sequence_number or 0, reverse=True):
        said = snapshot.summary.additional_properties if snapshot.summary else {}
        if RECORD in said:
            yield Load(said[record.STATE], said[record.LOAD], snapshot.snapshot_id)


def _commits(catalogs: Catalogs, table: Table) -> Iterator[Load]:
    nessie = catalogs.nessie
    assert nessie is not None
    namespace, name = table.name()
    for commit in nessie.history((namespace, name), _COMMITS):
        for its, state, load_id in json.loads(commit["properties"].get(LOADS, "[]")):
            if its == name:
                yield Load(state, load_id, ref=f"{nessie.branch}@{commit['hash']}")
