"""Landing in DuckDB: immutable parquet parts, and one short transaction on the tenant's file.

    warehouse/<tenant>.duckdb                                registry, views raw.*, quarantine.*
    warehouse/<tenant>/raw/<table>/<STATE>/<load_id>.parquet

The audited candidate's parquet is the landed part. A commit upserts its registry row, points the
table's view at the current parts and brings the quarantine up to date; until COMMIT nobody sees
anything of it. The parts of the last `KEEP` versions stay for a rollback, the last one of all at least
for `GRACE` seconds or until the next commit, for queries that still read it. A candidate that is held
lies there as well, named by `_ingest.held` alone.

Where a warehouse outside holds the tenant's rows (land/backing.py), this file is its ledger, and the
parts are copies of what was published there.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest import clock, faults
from dagster_ingest.errors import IngestError, LandError, Unavailable
from dagster_ingest.land import enhanced, kept, lock, parts, profiles, quarantine, reading, registry
from dagster_ingest.land.adopt import adopt
from dagster_ingest.land.backing import Backing
from dagster_ingest.land.base import Held, PartitionVersion
from dagster_ingest.land.candidate import DuckDBCandidate
from dagster_ingest.land.catalog import SETUP, Catalog, Change, key_of
from dagster_ingest.land.history import Past
from dagster_ingest.land.holding import DuckDBHeld
from dagster_ingest.land.intent import Intent
from dagster_ingest.land.kept import Kept
from dagster_ingest.land.profiles import Observed
from dagster_ingest.land.publishing import Publishing, Step, Unsettled
from dagster_ingest.land.refused import DuckDBQuarantine
from dagster_ingest.land.rollback import Rollback
from dagster_ingest.land.store import Store
from dagster_ingest.naming import US_STATES, is_name, quoted

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    import pyarrow as pa

GRACE = 3600.0
KEEP = 2
TOLD = 50  # of a warehouse outside: so many ended versions are told of, their rows are its own matter


class DuckDBLanding:
    """Raw tables of one tenant, and the registry of all layers. Safe across processes and threads.

    Inside `exclusive()` the calling thread holds the file's lock; while it has the file open itself
    (dbt does), it must not call any other method here.
    """

    def __init__(
        self,
        warehouse: str | Path,
        tenant: str,
        *,
        timeout: float = lock.TIMEOUT,
        backing: Backing | None = None,
        keep: int = KEEP,
    ) -> None:
        """keep: versions before the present one that can be rolled back to; a backing keeps its own."""
        if not is_name(tenant):
            raise LandError(f"{tenant!r} cannot be a tenant", not_done="no file was opened")
        self.tenant = tenant
        self.path = Path(warehouse) / f"{tenant}.duckdb"
        self.raw = Path(warehouse) / tenant / "raw"
        self._store = Store(self.path, SETUP, timeout=timeout)
        self.backing = backing
        here = backing is None
        self._catalog = Catalog(self._store, self.raw, keep if here else TOLD, keep_parts=here)
        self._publishing = Publishing(self._catalog, backing)
        self._rollback = Rollback(self._catalog, self._publishing)
        self.held = DuckDBHeld(self._catalog, self._publishing)
        self.quarantine = DuckDBQuarantine(self._store)

    # what is there

    def current(self, table: str, state: str) -> PartitionVersion | None:
        entry = self._entries().get(("raw", table, state))
        return entry.version if entry else None

    def versions(self, state: str | None = None) -> list[PartitionVersion]:
        """Every partition of every layer, of one state or of all."""
        found = (entry.version for entry in self._entries().values())
        return sorted(
            (v for v in found if state is None or v.state == state), key=lambda v: (v.layer, v.table, v.state)
        )

    def tables(self, layer: str) -> list[str]:
        """Tables of `layer` that have a partition."""
        return sorted({table for of, table, _ in self._entries() if of == layer})

    def keys(self, table: str, state: str, columns: Sequence[str]) -> pl.DataFrame:
        import polars as pl

        with self._store.hold(exclusive=False):
            entry = self._entries().get(("raw", table, state))
            if entry is None:
                return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
            files = [self.raw / file for file in entry.files]
            return pl.scan_parquet(files).select(columns).unique().collect()

    def scan(self, table: str, state: str) -> pl.LazyFrame | None:
        import polars as pl

        entry = self._entries().get(("raw", table, state))
        files = [self.raw / file for file in entry.files] if entry else []
        return pl.scan_parquet(files, glob=False) if files else None

    def read(
        self, layer: str, table: str, state: str | None, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Rows of one state (None: of all) as Arrow.

        columns  left out: every column; of layers after raw, every one that is not the platform's
        """
        if self.backing is not None and layer in self.backing.layers:
            return self.backing.read(layer, table, state, columns)
        return reading.read(self._store, layer, table, state, columns)

    def content_version(
        self, layer: str, table: str, state: str, exclude: Sequence[str] = ()
    ) -> tuple[str, int]:
        """Digest of a state's rows, and their count; see content_versions."""
        return self.content_versions([(layer, table)], state, exclude)[layer, table]

    def content_versions(
        self, names: Sequence[tuple[str, str]], state: str, exclude: Sequence[str] = ()
    ) -> dict[tuple[str, str], tuple[str, int]]:
        """Of each table (layer, table): the digest of a state's rows, and their count.

        Order and system columns do not count. DuckDB's hash is not promised to last, so its version
        is part of the digest.
        """
        outside = self.backing.layers if self.backing is not None else frozenset()
        theirs = [name for name in names if name[0] in outside]
        ours = [name for name in names if name[0] not in outside]
        found = reading.content_versions(self._store, ours, state, exclude)
        if theirs and self.backing is not None:
            found |= self.backing.content_versions(theirs, state, exclude)
        return found

    def quarantined(
        self,
        table: str | None = None,
        state: str | None = None,
        *,
        open_only: bool = True,
        limit: int | None = None,
    ) -> list[quarantine.QuarantinedRow]:
        """Rejected rows; see quarantine.rows."""
        return self.quarantine.rows(table, state, open_only=open_only, limit=limit)

    def kept(self, table: str, state: str) -> Kept | None:
        """What is still here of the latest delivery that was read to its end; see land/kept.py."""
        return kept.find(self._catalog.look(), self.raw, table, state)

    def profiles(
        self, table: str | None = None, state: str | None = None, limit: int = profiles.KEPT
    ) -> list[Observed]:
        """What the loads looked like, the newest first; at most `limit` of each table and state."""
        with self._store.reading() as cursor:
            return profiles.rows(cursor, table, state, limit) if cursor is not None else []

    def drift(self, table: str | None = None, state: str | None = None) -> list[Observed]:
        """The latest load of each table and state that was looked at: its `drift` is the present one."""
        return self.profiles(table, state, limit=1)

    # loads

    def begin(self, table: str, state: str, load_id: str, *, columns: Sequence[str]) -> DuckDBCandidate:
        quoted(table)
        if state not in US_STATES or not load_id or set(load_id) & set("/\\.\0"):
            raise LandError(f"no part can be named {state!r} / {load_id!r}", not_done="nothing was begun")
        folder = self.raw / table / state
        return DuckDBCandidate(
            table,
            state,
            load_id,
            folder,
            columns,
            commit=self._commit,
            hold=self._hold,
            abort=self._abort,
        )

    def commit_many(self, loads: Sequence[tuple[DuckDBCandidate, PartitionVersion]]) -> list[Step]:
        """Commit several sealed candidates in one transaction.

        One that may not be committed (its partition is another load's by now) is dropped and says so in
        its step; what fails for all of them is raised, and nothing is committed.
        """
        steps = [self._step(candidate, version) for candidate, version in loads]
        try:
            self._publishing.run(steps)
        except Unsettled:
            for candidate, _ in loads:
                candidate.leave()
            raise
        for step, (candidate, _) in zip(steps, loads, strict=True):
            if isinstance(step.outcome, IngestError):
                candidate.forget()
            else:
                candidate.done("committed")
        return steps

    def history(self, table: str, state: str) -> list[Past]:
        """What the partition holds and held, the newest first, as far as its rows are still there."""
        return self._rollback.history(table, state)

    def rollback(self, table: str, state: str, load_id: str, *, by: str, note: str = "") -> PartitionVersion:
        """Make the rows of an earlier load the partition's again; see land/rollback.py."""
        return self._rollback.to(table, state, load_id, by=by, note=note)

    def record(self, versions: Sequence[PartitionVersion]) -> None:
        """Write what dbt made: versions of the elt and stage layers."""
        fresh = [registry.Entry(version) for version in versions]
        if not fresh:
            return
        with self._catalog.change() as change:
            for entry in fresh:
                change.put(entry)

    def enhance(
        self, rows: pa.Table, version: PartitionVersion, *, volatile: Sequence[str] = ()
    ) -> PartitionVersion:
        """Make `rows` a state's enhanced partition, in one step with its version; see land/enhanced.py."""
        with self._catalog.change("land.enhanced") as change:
            return enhanced.replace(change, rows, version, volatile)

    def drop_enhanced(self, state: str, *, keep: Sequence[str]) -> list[str]:
        """Delete the state's enhanced partitions but those of `keep`; names of the tables."""

        def others() -> list[str]:
            made = [v.table for v in self.versions(state) if v.layer == enhanced.LAYER]
            return sorted(table for table in made if table not in keep)

        if not others():
            return []
        with self._catalog.change("land.enhanced") as change:
            gone = others()
            for table in gone:
                enhanced.drop(change, table, state)
        return gone

    def move_cursor(self, version: PartitionVersion, cursor: str) -> PartitionVersion:
        with self._catalog.change("land.cursor") as change:
            entry = change.known.entries.get(key_of(version))
            if entry is None or entry.version != version:
                return version
            moved = dataclasses.replace(version, cursor=cursor)
            change.put(dataclasses.replace(entry, version=moved))
        return moved

    @contextmanager
    def exclusive(self) -> Iterator[Path]:
        """Hold the lock for work that opens the file itself. Gives the file's path."""
        with self._store.hold(exclusive=True):
            with self._store.writing():
                pass  # the schemas are there, and a log that a killed process left is played back
            yield self.path

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Keep writers out while several tables are read that must belong together."""
        with self._store.hold(exclusive=False):
            yield

    def recover(self, state: str | None = None) -> list[str]:
        told = self._publishing.settle()
        if self.backing is not None:
            told += [*adopt(self._catalog, self.backing, state), *self.backing.recover()]
        if not self.raw.is_dir():
            return told
        with self._store.hold(exclusive=False):  # nobody can commit a part while we look at it
            known = self._catalog.look()
            entries = known.entries.values()
            named = {file for entry in entries for file in entry.files}
            named |= {held.file for held in known.held.values()}
            named |= {past.file for pasts in known.past.values() for past in pasts}
            pending = self._publishing.pending()
            old = {file for entry in entries if _is_past(entry.version) for file in entry.superseded}
            grace = {file for entry in entries for file in entry.superseded} - old
            for path in sorted(self.raw.glob("*/*/*")):
                name = str(path.relative_to(self.raw))
                if name in named or name in grace or path in pending or not parts.is_dead(path):
                    continue
                path.unlink(missing_ok=True)
                if name not in old:
                    told.append(name)
            return told

    # inside

    def _commit(self, candidate: DuckDBCandidate, version: PartitionVersion) -> None:
        [step] = self.commit_many([(candidate, version)])
        candidate.receipt = step.settle()

    def _step(self, candidate: DuckDBCandidate, version: PartitionVersion) -> Step:
        _check(candidate, version)
        file = str(candidate.part.final.relative_to(self.raw))
        rejects = tuple(map(str, candidate.spool.files))

        def check(change: Change) -> bool:
            _must_stand(change, candidate)
            return True

        def conclude(change: Change) -> None:
            seen = clock.utc()
            change.commit(file, version, candidate.spool.files, seen, candidate.delivery)
            _keep_note(change.cursor, candidate, "committed", seen)

        contract = candidate.note.contract_version if candidate.note else ""
        return Step(Intent(version, "load", file, rejects), check, conclude, contract)

    def _hold(self, candidate: DuckDBCandidate, held: Held) -> None:
        with self._catalog.change("review.hold") as change:
            seen = clock.utc()
            try:
                _must_stand(change, candidate)
            except Unavailable:
                candidate.forget()
                raise
            change.hold(held, candidate.spool.files, seen, candidate.delivery)
            _keep_note(change.cursor, candidate, "waiting" if held.reason == "review" else "blocked", seen)
        faults.reach("review.held")

    def _abort(self, candidate: DuckDBCandidate) -> bool:
        """Keep the rejects. False if the load was committed or held after all, by a step that then failed."""
        if candidate.sealed:
            place = (candidate.table, candidate.state)
            now = (self.current(*place), self.held.get(*place))
            if candidate.load_id in [found.load_id for found in now if found is not None]:
                return False
        if candidate.spool.files or candidate.note:
            seen = clock.utc()
            with self._store.writing() as cursor:
                whose = (candidate.table, candidate.state, candidate.load_id)
                rejects, read = candidate.spool.files, candidate.delivery
                quarantine.store(cursor, *whose, rejects, blocked=True, seen=seen, delivery=read)
                _keep_note(cursor, candidate, "blocked", seen)
        return True

    def _entries(self) -> dict[registry.Key, registry.Entry]:
        return self._catalog.look().entries


def _must_stand(change: Change, candidate: DuckDBCandidate) -> None:
    """What was made from rows that are another load's by now is dropped, and said to be."""
    place = (candidate.table, candidate.state)
    kept.must_stand(change, *place, candidate.delivery)
    entry = change.known.entries.get(("raw", *place))
    if candidate.onto not in (None, entry.version.load_id if entry else ""):
        raise Unavailable(
            "another load was committed while this one was read",
            where=" ".join(place),
            not_done="nothing of this load was committed; what the other one did stands",
            fix="load again",
        )


def _keep_note(
    cursor: duckdb.DuckDBPyConnection, candidate: DuckDBCandidate, outcome: str, seen: datetime
) -> None:
    if candidate.note is not None:
        place = (candidate.table, candidate.state, candidate.load_id)
        profiles.store(cursor, *place, candidate.note, outcome, seen)


def _check(candidate: DuckDBCandidate, version: PartitionVersion) -> None:
    named = (version.layer, version.table, version.state, version.load_id)
    if not candidate.sealed or named != ("raw", candidate.table, candidate.state, candidate.load_id):
        raise LandError(
            f"the version {named} is not that of a sealed load {candidate.load_id}",
            where=f"{candidate.table} {candidate.state}",
            not_done="nothing was committed",
        )


def _is_past(version: PartitionVersion) -> bool:
    """Whether the partition was committed so long ago that nobody can still read its predecessor."""
    try:
        committed = datetime.fromisoformat(version.committed_at)
    except ValueError:
        return False
    aware = committed if committed.tzinfo else committed.replace(tzinfo=UTC)
    return time.time() - aware.timestamp() > GRACE
