"""Held candidates of one tenant's DuckDB file: looked at, decided on, committed once. See land/base.py."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dagster_ingest import clock, faults
from dagster_ingest.errors import LandError
from dagster_ingest.land import held as stored
from dagster_ingest.land import quarantine, registry
from dagster_ingest.land.base import Decision, Held, PartitionVersion, Verb
from dagster_ingest.land.catalog import Catalog, Change
from dagster_ingest.land.intent import Intent
from dagster_ingest.land.publishing import Publishing, Step

if TYPE_CHECKING:
    import polars as pl

SHORTEST_HASH = 8
_VERBS = {"approved": "approve", "rejected": "reject"}


class DuckDBHeld:
    """Implements land.base.HeldCandidates on the tenant's catalog."""

    def __init__(self, catalog: Catalog, publishing: Publishing) -> None:
        self._catalog, self._publishing = catalog, publishing

    def get(self, table: str, state: str) -> Held | None:
        return self._catalog.look().held.get((table, state))

    def all(self) -> list[Held]:
        return sorted(self._catalog.look().held.values(), key=lambda h: (h.table, h.state))

    def scan(self, held: Held) -> pl.LazyFrame:
        import polars as pl

        return pl.scan_parquet(self._catalog.raw / held.file, glob=False)

    def decisions(self, table: str | None = None, state: str | None = None) -> list[Decision]:
        with self._catalog.store.reading() as cursor:
            if cursor is None or not registry.is_current(cursor):
                return []
            return stored.decisions(cursor, table, state)

    def decision(self, held: Held) -> Decision | None:
        made = [d for d in self.decisions(held.table, held.state) if d.hash == held.hash]
        return made[-1] if made else None

    def decide(self, table: str, state: str, hash: str, verb: Verb, *, by: str, note: str = "") -> Decision:
        with self._catalog.change() as change:
            before = _decided(change, table, state, hash)
            if before is not None:
                return _agreeing(before, verb)
            held = self._waiting(change, table, state, hash)
            _must_stand(held, change, expiry=by == "expiry" and verb == "rejected")
            made = change.record(held, verb, by, note)
            if verb == "rejected":
                change.release(table, state, by=held.load_id)
                quarantine.give_back(change.cursor, table, state, held.load_id)
        faults.reach("review.decided")
        return made

    def commit(self, held: Held) -> PartitionVersion:
        version = _version(held)
        place = (held.table, held.state)

        def check(change: Change) -> bool:
            entry, now = change.known.entries.get(("raw", *place)), change.known.held.get(place)
            if now is None and entry is not None and entry.version.load_id == held.load_id:
                return False  # somebody else finished it
            if now is None or now.hash != held.hash:
                raise _gone(*place, held.hash, now)
            _must_be_approved(held, change)
            _must_be_based_on(held, entry)
            self._must_be_whole(held)
            return True

        step = Step(Intent(version, "approved", held.file), check, contract=held.contract_version)
        self._publishing.run([step])
        step.settle()
        return self._catalog.look().entries[("raw", *place)].version

    def withdraw(self, held: Held, *, by: str, note: str = "") -> None:
        with self._catalog.change() as change:
            now = change.known.held.get((held.table, held.state))
            if now is not None and now.hash == held.hash:
                change.release(held.table, held.state, by=by, note=note)
                quarantine.withdraw(change.cursor, held.table, held.state, held.load_id, by=by)

    def _waiting(self, change: Change, table: str, state: str, hash: str) -> Held:
        """The candidate that `hash` means, or LandError: what waits instead is in the message."""
        held = change.known.held.get((table, state))
        if held is None or len(hash) < SHORTEST_HASH or not held.hash.startswith(hash.lower()):
            raise _gone(table, state, hash, held)
        if held.reason != "review":
            raise LandError(
                f"the candidate of load {held.load_id} does not wait for review: {held.why}",
                where=f"{table} {state}",
                not_done="nothing was decided",
                fix="mend the delivery or the contract and load again",
            )
        return held

    def _must_be_whole(self, held: Held) -> None:
        path = self._catalog.raw / held.file
        found = None
        if path.is_file():
            found = stored.identity(held.inputs, held.data_version, held.load_id, path)
        if found != held.hash:
            what = "is gone" if found is None else "is not the one that was approved"
            raise LandError(
                f"the candidate's file {held.file} {what}",
                where=f"{held.table} {held.state}",
                not_done="nothing was committed; the last good partition stands",
                fix=f"reject it with --hash {held.hash[:12]} and have the source delivered again",
            )


def _decided(change: Change, table: str, state: str, hash: str) -> Decision | None:
    """What was decided last on the candidate that `hash` means."""
    if len(hash) < SHORTEST_HASH:
        return None
    made = stored.decisions(change.cursor, table, state)
    return next((d for d in reversed(made) if d.hash.startswith(hash.lower())), None)


def _agreeing(before: Decision, verb: Verb) -> Decision:
    if before.decision != verb:
        raise LandError(
            f"{before.hash[:12]} was {before.decision} by {before.by} on {before.decided_at[:16]} already",
            where=f"{before.table} {before.state}",
            not_done="the decision stands as it was made",
            fix="run the table to have it committed" if before.decision == "approved" else None,
        )
    return before


def _must_stand(held: Held, change: Change, *, expiry: bool) -> None:
    """Nobody decides on what expired, nor on a difference to a partition that is another by now."""
    if not expiry and held.expired(clock.utc_text()):
        raise LandError(
            f"the candidate expired on {held.expires_at[:16].replace('T', ' ')} UTC: it counts as rejected",
            where=f"{held.table} {held.state}",
            not_done="nothing was decided or committed",
            fix="have the source delivered again and load it",
        )
    if not expiry:
        _must_be_based_on(held, change.known.entries.get(("raw", held.table, held.state)))


def _must_be_based_on(held: Held, entry: registry.Entry | None) -> None:
    if held.base != (entry.version.data_version if entry else ""):
        raise LandError(
            "the candidate is stale: its partition changed since it was compared with it",
            where=f"{held.table} {held.state}",
            not_done="nothing was decided or committed; the partition stands",
            fix="load the table again: what it then holds is compared anew",
        )


def _must_be_approved(held: Held, change: Change) -> None:
    made = stored.decisions(change.cursor, held.table, held.state)
    if not any(d.hash == held.hash and d.decision == "approved" for d in made):
        raise LandError(
            f"nobody approved the candidate {held.hash[:12]}",
            where=f"{held.table} {held.state}",
            not_done="nothing was committed; the last good partition stands",
        )


def _gone(table: str, state: str, hash: str, now: Held | None) -> LandError:
    if now is None:
        problem, fix = f"nothing waits with the hash {hash!r}", "dagster-ingest review list shows what waits"
    else:
        short = f" (give at least {SHORTEST_HASH} signs)" if now.hash.startswith(hash) else ""
        problem = f"{hash!r} is not the hash of what waits{short}"
        fix = f"look at what waits now, then use its hash: {now.hash}"
    return LandError(problem, where=f"{table} {state}", not_done="nothing was decided or committed", fix=fix)


def _version(held: Held) -> PartitionVersion:
    names = {f.name for f in dataclasses.fields(PartitionVersion)} & {
        f.name for f in dataclasses.fields(Held)
    }
    committed = datetime.now(UTC).isoformat(timespec="seconds")
    same = {name: getattr(held, name) for name in names}
    return PartitionVersion(layer="raw", committed_at=committed, **same)
