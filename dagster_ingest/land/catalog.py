"""What a tenant's file says of partitions and held candidates: remembered, changed in one transaction.

Whoever changes it holds the file's lock from before it looks until the parts that nobody names any
more are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest import clock
from dagster_ingest.land import held, history, intent, parts, profiles, quarantine, registry
from dagster_ingest.land.base import Decision, Held, PartitionVersion
from dagster_ingest.land.delivery import Delivery
from dagster_ingest.naming import literal, quoted

if TYPE_CHECKING:
    import duckdb

    from dagster_ingest.land.store import Store

SETUP = registry.SETUP + held.SETUP + profiles.SETUP + history.SETUP + intent.SETUP


@dataclass(frozen=True, slots=True)
class Known:
    """Partitions by (layer, table, state); held candidates and versions before by (table, state)."""

    entries: dict[registry.Key, registry.Entry]
    held: dict[held.Key, Held]
    past: dict[history.Key, tuple[history.Past, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Change:
    """One transaction on the file: what it knew before, brought up to date as it goes."""

    cursor: duckdb.DuckDBPyConnection
    known: Known
    raw: Path
    keep: int
    keep_parts: bool
    touched: set[held.Key] = field(default_factory=set)

    def put(self, entry: registry.Entry) -> None:
        registry.put(self.cursor, [entry], self.known.entries)
        self.known.entries[key_of(entry.version)] = entry

    def commit(
        self,
        file: str,
        version: PartitionVersion,
        rejects: Sequence[Path],
        seen: datetime,
        delivery: Delivery | None,
    ) -> None:
        """Make a sealed part its partition. What was held for it is over, and waits no more.

        file  below the raw folder; rejects  spooled files of this load; seen  naive UTC
        delivery  what the part was made from
        """
        self._replace(file, version, history.REPLACED)
        place = (version.table, version.state, version.load_id)
        part = self.raw / file
        quarantine.store(self.cursor, *place, rejects, blocked=False, seen=seen, delivery=delivery, part=part)

    def go_back(self, file: str, version: PartitionVersion, why: str) -> None:
        """Make a part that was the partition's before its partition again."""
        self._replace(file, version, why)

    def adopt(self, file: str, version: PartitionVersion) -> None:
        """The warehouse holds what another ledger committed: take it over."""
        self._replace(file, version, "replaced by another installation")

    def forget(self, key: registry.Key) -> None:
        """The warehouse does not have the partition any more."""
        before = self.known.entries.pop(key)
        registry.remove(self.cursor, key)
        self.touched.add((before.version.table, before.version.state))
        self._point_view(before.version.table)

    def _replace(self, file: str, version: PartitionVersion, why: str) -> None:
        before = self.known.entries.get(key_of(version))
        if before is not None:
            one = before.files[0] if self.keep_parts and len(before.files) == 1 else ""
            past = history.Past(before.version, one, clock.utc_text(), why)
            history.end(self.cursor, self.known.past, past, by=version.load_id, keep=self.keep)
        self.put(registry.Entry(version, (file,), before.files if before else ()))
        self.release(version.table, version.state, by=version.load_id)
        self._point_view(version.table)

    def hold(
        self, candidate: Held, rejects: Sequence[Path], seen: datetime, delivery: Delivery | None
    ) -> None:
        """Keep a sealed part that is not committed, in place of the one that was held before."""
        self.release(candidate.table, candidate.state, by=candidate.load_id)
        held.put(self.cursor, candidate)
        self.known.held[candidate.table, candidate.state] = candidate
        place = (candidate.table, candidate.state, candidate.load_id)
        quarantine.store(self.cursor, *place, rejects, blocked=True, seen=seen, delivery=delivery)

    def release(self, table: str, state: str, *, by: str, note: str = "") -> None:
        """Forget what is held, if anything. One that waited for a person was superseded `by` another load."""
        self.touched.add((table, state))
        before = self.known.held.pop((table, state), None)
        if before is None:
            return
        held.remove(self.cursor, (table, state))
        if before.reason == "review" and before.load_id != by:
            self.record(before, "superseded", by, note)

    def record(self, candidate: Held, decision: str, by: str, note: str) -> Decision:
        place = (candidate.table, candidate.state, candidate.hash, candidate.load_id, candidate.inputs)
        made = Decision(*place, decision, by, note, clock.utc_text())
        held.record(self.cursor, made)
        return made

    def _point_view(self, table: str) -> None:
        entries = self.known.entries.items()
        files = sorted(f for (layer, of, _), e in entries if (layer, of) == ("raw", table) for f in e.files)
        if not files:
            self.cursor.execute(f"drop view if exists raw.{quoted(table)}")
            return
        paths = ", ".join(literal(parts.not_a_glob(self.raw / file)) for file in files)
        self.cursor.execute(
            f"create or replace view raw.{quoted(table)} as select * from"
            f" read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"
        )


class Catalog:
    """One tenant's; remembered for as long as no writer, here or elsewhere, held the lock since."""

    def __init__(self, store: Store, raw: Path, keep: int, *, keep_parts: bool = True) -> None:
        """keep: so many versions before the present one are remembered; keep_parts: with their rows."""
        self.store, self.raw, self.keep, self.keep_parts = store, raw, keep, keep_parts
        self._known: tuple[int, Known] | None = None

    def look(self) -> Known:
        with self.store.hold(exclusive=False) as lock:
            if self._known is not None and self._known[0] in (lock.generation, lock.before):
                return self._known[1]
            with self.store.reading() as cursor:
                known = _load(cursor)
            self._known = (lock.generation, known)
            return known

    @contextmanager
    def change(self, point: str | None = None) -> Iterator[Change]:
        """A transaction: committed at the end, forgotten on any error. `point`: see Store.writing."""
        with self.store.hold(exclusive=True) as lock:
            before = self.look()
            known = Known(dict(before.entries), dict(before.held), dict(before.past))
            with self.store.writing(point) as cursor:
                change = Change(cursor, known, self.raw, self.keep, self.keep_parts)
                yield change
            self._known = (lock.generation, known)
            for place in change.touched:
                self._tidy(known, *place)

    def _tidy(self, known: Known, table: str, state: str) -> None:
        """Remove the parts of a partition that nothing names any more."""
        entry, kept = known.entries.get(("raw", table, state)), known.held.get((table, state))
        names = (*entry.files, *entry.superseded) if entry else ()
        names = (*names, *(past.file for past in known.past.get((table, state), ())))
        keep = {self.raw / name for name in (*names, *((kept.file,) if kept else ()))}
        folder = self.raw / table / state
        for path in folder.iterdir() if folder.is_dir() else ():
            if path not in keep and path.suffix == parts.SUFFIX and parts.is_dead(path):
                with suppress(OSError):  # recover() comes by again; the change has happened
                    path.unlink()


def key_of(version: PartitionVersion) -> registry.Key:
    return (version.layer, version.table, version.state)


def _load(cursor: duckdb.DuckDBPyConnection | None) -> Known:
    if cursor is None:
        return Known({}, {})
    waiting = held.load(cursor) if registry.is_current(cursor) else {}
    return Known(registry.load(cursor), waiting, history.load(cursor))
