"""Loads of several tables that become visible together: one transaction instead of one each.

A Landing like the tenant's own, but a candidate that is committed here is only queued. Later loads of
the group see it: a child's foreign keys are looked up in the parent that waits beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dagster_ingest.errors import IngestError
from dagster_ingest.land.backing import Receipt
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.land.candidate import DuckDBCandidate
from dagster_ingest.land.duckdb import DuckDBLanding

if TYPE_CHECKING:
    import polars as pl

SIZE = 16

Place = tuple[str, str]
Outcome = Receipt | IngestError


class Group:
    """Use it as a context: what is still queued when it ends by an error is aborted.

    In the tenant's own file a group is `full` after a few loads, for a process that is killed takes the
    queued ones with it. In a warehouse outside it never is: the tables of a load change there together.
    """

    def __init__(self, landing: DuckDBLanding) -> None:
        self._landing = landing
        self._size = SIZE if landing.backing is None else None
        self._queued: dict[Place, tuple[DuckDBCandidate, PartitionVersion]] = {}
        self._profiles: dict[Place, list[str]] | None = None

    def __enter__(self) -> Group:
        return self

    def __exit__(self, kind, error, trace) -> None:
        for candidate, _ in self._queued.values():
            candidate.abort()
        self._queued = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._landing, name)

    @property
    def full(self) -> bool:
        return self._size is not None and len(self._queued) >= self._size

    def begin(self, table: str, state: str, load_id: str, *, columns: Sequence[str]) -> DuckDBCandidate:
        candidate = self._landing.begin(table, state, load_id, columns=columns)
        candidate.commits(self._queue)
        return candidate

    def current(self, table: str, state: str) -> PartitionVersion | None:
        queued = self._queued.get((table, state))
        return queued[1] if queued else self._landing.current(table, state)

    def keys(self, table: str, state: str, columns: Sequence[str]) -> pl.DataFrame:
        queued = self._queued.get((table, state))
        if queued is None:
            return self._landing.keys(table, state, columns)
        return queued[0].scan().select(columns).unique().collect()

    def commit(self) -> dict[str, Outcome]:
        """Commit what is queued, together. Load id to its receipt, or to what kept it from it."""
        loads, self._queued = list(self._queued.values()), {}
        self._profiles = None
        if not loads:
            return {}
        try:
            steps = self._landing.commit_many(loads)
        except BaseException as error:
            for candidate, _ in loads:
                candidate.abort()
            if not isinstance(error, IngestError):
                raise
            return {candidate.load_id: error for candidate, _ in loads}
        outcomes = [step.outcome or Receipt() for step in steps]
        return {candidate.load_id: outcome for (candidate, _), outcome in zip(loads, outcomes, strict=True)}

    def _queue(self, candidate: DuckDBCandidate, version: PartitionVersion) -> None:
        if candidate.note is not None:
            # The load tells its drift before it is committed, from the profiles that the commit will see.
            candidate.note.compare(self._recent(candidate.table, candidate.state))
        self._queued[candidate.table, candidate.state] = (candidate, version)

    def _recent(self, table: str, state: str) -> list[str]:
        """Profiles of a partition's committed loads, the newest first; read once for the whole state."""
        if self._profiles is None:
            self._profiles = {}
            for seen in self._landing.profiles(state=state):
                if seen.outcome == "committed":
                    self._profiles.setdefault((seen.table, seen.state), []).append(seen.profile)
        return self._profiles.get((table, state), [])
