"""A partition's last good state, made the present one again.

The rows are those of an earlier load; what the source delivered since is not taken again until it
delivers something else, for the partition keeps the digest of the inputs that it was rolled back from.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from dagster_ingest import clock
from dagster_ingest.errors import LandError
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.land.catalog import Catalog, Change
from dagster_ingest.land.history import Past
from dagster_ingest.land.intent import Intent
from dagster_ingest.land.publishing import Publishing, Step

_SHORTEST = 8


class Rollback:
    """Of one tenant's partitions, from its ledger or from what a warehouse outside still has."""

    def __init__(self, catalog: Catalog, publishing: Publishing) -> None:
        self._catalog, self._publishing = catalog, publishing

    def history(self, table: str, state: str) -> list[Past]:
        """What the partition holds and held, the newest first, as far as its rows are still there."""
        known = self._catalog.look()
        entry = known.entries.get(("raw", table, state))
        present = [Past(entry.version, entry.files[0] if entry.files else "")] if entry else []
        past = {p.version.load_id: p for p in known.past.get((table, state), ())}
        backing = self._publishing.backing
        if backing is None:
            return [*present, *(p for p in past.values() if p.file and (self._catalog.raw / p.file).exists())]
        theirs = backing.history(table, state)
        now = entry.version.load_id if entry else None
        return [*present, *(past.get(v.load_id, Past(v, "")) for v in theirs if v.load_id != now)]

    def to(self, table: str, state: str, load_id: str, *, by: str, note: str = "") -> PartitionVersion:
        """Roll a partition back to a load. `load_id` may be cut; LandError where it means none or several."""
        if not by.strip():
            raise LandError("nobody is named who rolls back", not_done="nothing was changed")
        target = _meant(load_id, self.history(table, state), f"{table} {state}")
        present = self._catalog.look().entries[("raw", table, state)].version
        version = dataclasses.replace(
            target.version,
            inputs=present.inputs,
            fingerprint=present.fingerprint,
            committed_at=clock.utc_text(),
        )
        file = f"{table}/{state}/{version.load_id}.parquet"
        self._restore(target.version, self._catalog.raw / file)
        why = f"rolled back by {by}" + (f": {note}" if note else "")

        def check(change: Change) -> bool:
            entry = change.known.entries.get(("raw", table, state))
            if entry is None or entry.version != present:
                raise LandError(
                    "the partition changed meanwhile",
                    where=f"{table} {state}",
                    not_done="nothing was rolled back",
                    fix="look at its history again",
                )
            return True

        step = Step(Intent(version, "rollback", file, why=why), check)
        self._publishing.run([step])
        step.settle()
        return version

    def _restore(self, version: PartitionVersion, part: Path) -> None:
        backing = self._publishing.backing
        if not part.exists() and backing is not None:
            part.parent.mkdir(parents=True, exist_ok=True)
            backing.fetch(version, part)


def _meant(load_id: str, known: Sequence[Past], where: str) -> Past:
    past = known[1:]
    found = [p for p in past if p.version.load_id == load_id] or [
        p for p in past if len(load_id) >= _SHORTEST and p.version.load_id.startswith(load_id)
    ]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(p.version.load_id for p in past) or "none"
    if known and known[0].version.load_id == load_id:
        problem = f"the partition holds load {load_id} already"
    else:
        problem = (
            f"{len(found) or 'no'} earlier load{'s' if len(found) > 1 else ''} can be meant by {load_id!r}"
        )
    raise LandError(
        problem, where=where, not_done="nothing was rolled back", fix=f"loads whose rows are kept: {listed}"
    )
