"""The one transaction that makes candidates their partitions, and writes down that they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from dagster_ingest import faults
from dagster_ingest.errors import IngestError, LandError
from dagster_ingest.land.backing import Key
from dagster_ingest.land.snowflake import registry
from dagster_ingest.land.snowflake import statements as sql
from dagster_ingest.land.snowflake.digest import short_in_snowflake
from dagster_ingest.land.snowflake.load import Loaded, tags_of
from dagster_ingest.land.snowflake.names import Names
from dagster_ingest.land.snowflake.problems import NOT_PUBLISHED
from dagster_ingest.land.snowflake.registry import Entry
from dagster_ingest.land.snowflake.sessions import Session


@dataclass(frozen=True, slots=True)
class Swapped:
    """gone: loads that history no longer keeps. left_alone: candidates of loads that were there already."""

    gone: list[Entry]
    left_alone: list[str]


def swap(
    session: Session, names: Names, loads: Sequence[Loaded], keep: int, under: Mapping[str, str]
) -> Swapped:
    """Replace all partitions, or none. Unavailable where one of them is not what its part follows."""
    session.tag(under, layer="raw")
    session.run("BEGIN TRANSACTION")
    try:
        # Others wait here: what is read from now on is not changed by anybody until the end.
        session.run(sql.lock(names, loads[0].candidate))
        present = _present(session, names, loads)
        versions = {key: entry.version for key, entry in present.items()}
        due = [load for load in loads if not registry.is_there(versions.get(_key(load)), load.part.landed)]
        for load in due:
            registry.must_replace(versions.get(_key(load)), load.part.landed)
        for load in due:
            session.tag(under, **tags_of(load.part.landed))
            _replace(session, names, load, present.get(_key(load)))
        session.tag(under, layer="raw")
        fresh = [_entry(load) for load in due]
        gone: list[Entry] = []
        if fresh:
            gone = registry.too_many(registry.put(session, names, fresh), fresh, keep)
            registry.forget(session, names, gone)
        faults.reach("backing.swap")
        session.run("COMMIT")
    except BaseException:
        if not session.broken:
            with suppress(IngestError):
                session.run("ROLLBACK")
        raise
    left_alone = [load.candidate for load in loads if load not in due]
    return Swapped(gone, left_alone)


def _replace(session: Session, names: Names, load: Loaded, present: Entry | None) -> None:
    """Whole, or by its difference where most of its rows stand already: the same rows either way."""
    part, version = load.part, load.part.landed.version
    if present is not None and part.carried * 2 > part.digest.rows and _covers(part.columns, present.columns):
        session.run(sql.delete_gone(names, version.table, version.state, load.candidate))
        session.run(sql.insert_partition(names, version.table, load.candidate, part.columns, version.load_id))
        digest = short_in_snowflake(part.columns, part.digest.long)
        [(rows, total)] = session.rows(sql.of_partition(names, version.table, version.state, digest))
        if f"{rows}:{total}" == part.digest.short():
            return
    session.run(sql.delete_partition(names, version.table, version.state))
    inserted = session.run(sql.insert_partition(names, version.table, load.candidate, part.columns))
    if inserted != part.digest.rows:
        raise LandError(
            f"{inserted} rows went into the table instead of {part.digest.rows}",
            where=f"{version.table} {version.state} {version.load_id}",
            not_done=NOT_PUBLISHED,
            fix="load again",
        )


def _covers(columns: Sequence[str], before: Sequence[str]) -> bool:
    """Whether no cell of a row that stays is in a column that the part does not have."""
    return {name.upper() for name in before} <= {name.upper() for name in columns}


def _present(session: Session, names: Names, loads: Sequence[Loaded]) -> dict[Key, Entry]:
    found = registry.of_keys(session, names, "PARTITIONS", map(_key, loads))
    return {entry.key: entry for entry in found}


def _key(load: Loaded) -> Key:
    return registry.key_of(load.part.landed.version)


def _entry(load: Loaded) -> Entry:
    part = load.part
    return Entry(
        version=part.landed.version,
        digest=part.digest.short(),
        relation=load.candidate,
        columns=part.columns,
        delivery=part.said,
        contract=part.landed.contract,
        replaced=part.landed.replaces,
        seq=0,
    )
