"""What a tenant's partitions hold, and held: rows of `_INGEST_PARTITIONS` and `_INGEST_HISTORY`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dagster_ingest import clock
from dagster_ingest.errors import LandError, Unavailable
from dagster_ingest.land.backing import Key, Landed
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.land.snowflake import statements as sql
from dagster_ingest.land.snowflake.names import Names
from dagster_ingest.land.snowflake.problems import NOT_PUBLISHED
from dagster_ingest.land.snowflake.sessions import Session

CHUNK = 100  # rows of one INSERT: a statement is at most 1 MB


@dataclass(frozen=True, slots=True)
class Entry:
    """A load whose rows are there.

    digest    see digest.Digest.short
    relation  the table `_INGEST_LOAD_*` that has exactly its rows
    columns   of its part, in order and as the source spells them
    delivery  what the part says of its delivery; see land/delivery.py
    replaced  the load that it took the place of, "" for none
    seq       counts the loads of a partition
    """

    version: PartitionVersion
    digest: str
    relation: str
    columns: tuple[str, ...]
    delivery: str
    contract: str
    replaced: str
    seq: int

    @property
    def key(self) -> Key:
        return key_of(self.version)

    def row(self) -> tuple[str | int, ...]:
        return (
            *self.key,
            self.version.load_id,
            json.dumps(dataclasses.asdict(self.version), ensure_ascii=False),
            self.digest,
            self.relation,
            json.dumps(self.columns, ensure_ascii=False),
            self.delivery,
            self.contract,
            self.replaced,
            self.seq,
            clock.utc_text(),
        )


def key_of(version: PartitionVersion) -> Key:
    return version.layer, version.table, version.state


def entries(session: Session, names: Names, which: str, where: str = "") -> list[Entry]:
    """Of PARTITIONS or HISTORY."""
    rows = session.rows(sql.select_entries(names, which, where), "nothing was read")
    return [_entry(dict(zip(sql.ENTRY, row, strict=True))) for row in rows]


def versions(session: Session, names: Names, where: str = "") -> dict[Key, PartitionVersion]:
    """Of all partitions that there are now."""
    rows = session.rows(sql.select_entries(names, "PARTITIONS", where, ("VERSION",)), "nothing was read")
    found = [_version(text) for (text,) in rows]
    return {key_of(version): version for version in found}


def relations(session: Session, names: Names) -> set[str]:
    """Tables that hold the rows of loads."""
    return {
        relation
        for which in ("PARTITIONS", "HISTORY")
        for (relation,) in session.rows(
            sql.select_entries(names, which, columns=("RELATION",)), "nothing was removed"
        )
    }


def of_keys(session: Session, names: Names, which: str, keys: Iterable[Key]) -> list[Entry]:
    return entries(session, names, which, where_keys(keys))


def put(session: Session, names: Names, fresh: Sequence[Entry]) -> list[Entry]:
    """Make `fresh` the present entries, and the latest of history. Part of the caller's transaction.

    Gives those of history that they had: what is too many of it is the caller's to forget.
    """
    past = of_keys(session, names, "HISTORY", [entry.key for entry in fresh])
    latest: dict[Key, int] = {}
    for entry in past:
        latest[entry.key] = max(entry.seq, latest.get(entry.key, 0))
    numbered = [dataclasses.replace(entry, seq=latest.get(entry.key, 0) + 1) for entry in fresh]
    session.run(sql.delete_entries(names, "PARTITIONS", where_keys(entry.key for entry in fresh)))
    rows = [entry.row() for entry in numbered]
    for which in ("PARTITIONS", "HISTORY"):
        for start in range(0, len(rows), CHUNK):
            session.run(sql.insert_entries(names, which, rows[start : start + CHUNK]))
    return past


def forget(session: Session, names: Names, gone: Sequence[Entry]) -> None:
    """Take entries out of history; their tables are found by name from then on."""
    if gone:
        relations = [[entry.relation] for entry in gone]
        session.run(sql.delete_entries(names, "HISTORY", sql.matching(("RELATION",), relations)))


def too_many(past: Iterable[Entry], fresh: Sequence[Entry], keep: int) -> list[Entry]:
    """What history no longer keeps once `fresh` is added: more than `keep`, and a load that came back."""
    again = {(entry.key, entry.version.load_id) for entry in fresh}
    gone, counted = [], dict.fromkeys((entry.key for entry in fresh), 0)
    for entry in sorted(past, key=lambda e: -e.seq):
        counted[entry.key] += (entry.key, entry.version.load_id) not in again
        if (entry.key, entry.version.load_id) in again or counted[entry.key] > keep:
            gone.append(entry)
    return gone


def is_there(found: PartitionVersion | None, part: Landed) -> bool:
    """Whether the partition is that of the part already."""
    wanted = (part.version.load_id, part.version.inputs)
    return found is not None and (found.load_id, found.inputs) == wanted


def must_replace(found: PartitionVersion | None, part: Landed) -> None:
    """Unavailable where the partition is not the one that the part was made to follow."""
    present = found.load_id if found is not None else ""
    if present != part.replaces:
        raise Unavailable(
            f"the partition holds load {present or '(none)'}, not {part.replaces or '(none)'}: another"
            " installation loaded meanwhile",
            where=f"{part.version.table} {part.version.state}",
            not_done=NOT_PUBLISHED,
            fix="load again",
        )


def where_keys(keys: Iterable[Key]) -> str:
    return sql.matching(sql.KEY, sorted(set(keys)))


def _entry(row: dict[str, object]) -> Entry:
    return Entry(
        version=_version(row["VERSION"]),
        digest=str(row["DIGEST"]),
        relation=str(row["RELATION"]),
        columns=tuple(json.loads(str(row["COLUMN_NAMES"]))),
        delivery=str(row["DELIVERY"] or ""),
        contract=str(row["CONTRACT"] or ""),
        replaced=str(row["REPLACED"] or ""),
        seq=int(str(row["SEQ"])),
    )


def _version(said: object) -> PartitionVersion:
    try:
        return PartitionVersion(**json.loads(str(said)))
    except (TypeError, ValueError) as error:
        raise LandError(
            f"a version in the registry cannot be read: {error}",
            where=str(said)[:100],
            not_done="nothing was read",
            fix="was it written by a newer version? upgrade this installation",
        ) from error
