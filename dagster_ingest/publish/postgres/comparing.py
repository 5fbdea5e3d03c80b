"""What a partition has and what the schema shows of it: which tables need be read, and which rows differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_ingest.publish.base import StagePartition
from dagster_ingest.publish.postgres import rows, signature
from dagster_ingest.publish.postgres.flat import flat_of, flat_table
from dagster_ingest.publish.postgres.place import Place
from dagster_ingest.publish.postgres.schema import Catalogue
from dagster_ingest.publish.postgres.signature import Digest, Signed
from dagster_ingest.publish.postgres.tables import Column, Table, hsds_tables, widened

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Stage:
    """The tables of the schema, and their rows, read when they are asked for.

    tables  all of the standard, then those of the partition that stand outside it
    """

    partition: StagePartition
    tables: tuple[Table, ...]
    _read: dict[str, pa.Table]

    @property
    def filled(self) -> list[Table]:
        """Those that the partition has."""
        return [table for table in self.tables if table.name in self.partition.entities]

    def arrow(self, name: str) -> pa.Table:
        """Given once where it was read before, so that nobody holds it longer than need be."""
        return self._read.pop(name) if name in self._read else self.partition.table(name)


def stage(partition: StagePartition, signed: Mapping[str, Signed]) -> Stage:
    """Tables outside the standard are read first, for their columns are part of the schema; of the version
    that is signed they are known."""
    standard = hsds_tables()
    known = {table.name for table in standard}
    more, read = [], {}
    for name in partition.entities:
        if name in known:
            continue
        same = signed.get(name)
        if same is not None and same.columns and same.version == partition.versions.get(name):
            more.append(flat_of(name, tuple(Column(*each) for each in same.columns)))
        else:
            read[name] = partition.table(name)
            more.append(flat_table(name, read[name].schema))
    return Stage(partition, (*standard, *more), read)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the server showed before. digests: of the tables that were asked for one, and of the `absent`.

    same  tables that show what is signed of this very version: they need not be read
    """

    digests: dict[str, Digest]
    same: frozenset[str]


def shown(
    place: Place,
    partition: StagePartition,
    tables: Collection[Table],
    signed: Mapping[str, Signed],
    absent: Collection[str] = (),
) -> Shown:
    """One question for all tables; those of another version than signed are left out, for their rows will
    be compared anyway. tables: as the store has them, widened."""
    like = signature.like(signed, partition.versions, tables)
    current = {name for name, one in like.items() if one.version == partition.versions[name]}
    asked = [table.name for table in tables if table.name in current or table.name not in like]
    digests = place.digests([*asked, *absent], partition.state)
    return Shown(digests, frozenset(name for name in current if digests[name] == like[name].digest))


def compared(place: Place, table: Table, now: Catalogue, stage: Stage) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that `table` shall show, and key and hash of those that it shows, all of them fetched."""
    state = stage.partition.state
    if table.name not in now.ours:
        return rows.prepared(stage.arrow(table.name), table, state), rows.known((), table)
    frame = rows.prepared(stage.arrow(table.name), widened(table, now.tables[table.name]), state)
    return frame, rows.known(place.hashes(table, state, frame.height), table)
