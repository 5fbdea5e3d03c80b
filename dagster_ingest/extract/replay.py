"""A load once more, out of what was kept instead of the source.

After the contract or the mapping changed, the rows of the latest delivery, accepted and quarantined,
go the way of any load: audited, judged, reviewed, committed in one step. What comes out is what a
fresh load of the same delivery would give, with the same digest of inputs, so that the next run
finds it unchanged. A delivery that is not here whole is refused: it has to be read anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from dagster_ingest import naming
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.errors import DataError
from dagster_ingest.extract import hold
from dagster_ingest.extract.gathered import Gathered, NothingToReplay, gather
from dagster_ingest.extract.kept import PLACE, KeptSource
from dagster_ingest.extract.load import AuditFactory, Job
from dagster_ingest.extract.result import LoadResult, blocked_verdict
from dagster_ingest.land.base import Candidate, Landing
from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec
from dagster_ingest.validate.verdict import Verdict

_SAME = "nothing changed since that load; change the contract or the mapping first"


@dataclass(frozen=True, slots=True)
class RuleForecast:
    """Quarantined rows that broke a rule when they were last seen, and how many of them would pass now."""

    rule: str
    rows: int
    passing: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a replay would do.

    rows, passing  quarantined rows that would be looked at, and those that would be committed now
    newly_refused  rows that were accepted and would not be any more
    dismissed      rows that stay refused because somebody dismissed them
    superseded     rows of earlier partial deliveries whose key has a newer row by now
    """

    verdict: Verdict
    rows: int
    passing: int
    newly_refused: int = 0
    dismissed: int = 0
    superseded: int = 0
    rules: tuple[RuleForecast, ...] = ()


@dataclass
class ReplayJob(Job):
    """A Job whose source is what was kept. cursor: of the load that read it."""

    cursor: str = ""

    def position(self, request, read, current, unseen="") -> str:
        return self.cursor

    def _inputs(self, fingerprint, parents) -> str:
        """As of a load from the source; but what leaves out dismissed rows is no such load's equal."""
        inputs = super()._inputs(fingerprint, parents)
        left_out = self.dismissed is not None and self.dismissed.height
        return f"{inputs}:dismissed" if left_out else inputs

    def unchanged(self, gathered: Gathered) -> bool:
        """Whether the same rows met the same contract before."""
        kept = gathered.kept
        plain = super()._inputs(self.connector.fingerprint(_request(self)), self._parents())
        return not gathered.brought and kept.inputs in (plain, f"{plain}:dismissed")


def replay_table(
    tenant: TenantSpec,
    source: SourceSpec,
    table: TableSpec,
    state: str,
    *,
    landing: Landing,
    audit: AuditFactory,
    load_id: str | None = None,
) -> LoadResult:
    """Replay one table. The result is that of a load; `replayed` counts the rows that now passed.

    Raises NothingToReplay where nothing changed or was loaded, or the delivery is not here whole.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    job, gathered = _prepared(tenant, source, table, state, landing, audit, load_id)
    if isinstance(gathered, LoadResult):
        return gathered
    result = job.run(_request(job))
    if gathered.superseded.height and result.outcome == "committed":
        landing.quarantine.supersede(table.raw, state, gathered.superseded, by=job.load_id)
    if result.outcome in ("committed", "waiting"):
        still = _places(landing.quarantine.delivered(table.raw, state, None), job.load_id)
        passed = gathered.asked.join(still, on=PLACE, how="anti").height
        result = replace(result, replayed=passed)
    return replace(result, seconds=time.perf_counter() - wall, cpu_seconds=time.process_time() - cpu)


def forecast(
    tenant: TenantSpec,
    source: SourceSpec,
    table: TableSpec,
    state: str,
    *,
    landing: Landing,
    audit: AuditFactory,
) -> Forecast | LoadResult:
    """What a replay would do; a LoadResult where it would look at nothing. Nothing is kept of it."""
    from dagster_ingest.extract.staging import Staging

    job, gathered = _prepared(tenant, source, table, state, landing, audit, None)
    if isinstance(gathered, LoadResult):
        return gathered
    request = _request(job)
    fingerprint = job.connector.fingerprint(request)
    parents = job._parent_keys(job._parents())
    current = landing.current(table.raw, state)
    watch = _Watch()
    try:
        staging = Staging(job, request, fingerprint, gathered.read, parents, current)
        with _rehearsal(landing, table.raw, state, job.load_id, staging.columns) as candidate:
            verdict = staging.rehearse(watch.over(candidate))
    except DataError as error:
        return Forecast(blocked_verdict(error, 0), gathered.asked.height, 0)
    return watch.told(verdict, gathered)


def outlook(
    tenant: TenantSpec,
    source: SourceSpec,
    table: TableSpec,
    state: str,
    *,
    landing: Landing,
    audit: AuditFactory,
) -> LoadResult | None:
    """What a replay would say without looking at a row; None where it would look. Raises as it does."""
    _, gathered = _prepared(tenant, source, table, state, landing, audit, None)
    return gathered if isinstance(gathered, LoadResult) else None


def _prepared(tenant, source, table, state, landing, audit, load_id) -> tuple[ReplayJob, Any]:
    """The job, and what it reads; or the result where there is nothing to be read."""
    connector: Any = None
    job = ReplayJob(tenant, source, table, state, connector, landing, audit, load_id or naming.new_load_id())
    waits = landing.held.get(table.raw, state)
    if waits is not None and waits.reason == "review":
        verdict = Verdict("commit", f"waits for review: {waits.why}", 0, waits.rows, 0)
        current = landing.current(table.raw, state)
        review = hold.reviewed("waiting", waits, again=True)
        return job, _told(job, "waiting", verdict, current, review=review)
    gathered = gather(tenant, source, table, state, landing)
    assert gathered.kept.delivery is not None
    job.connector = KeptSource(gathered.kept, gathered.read)
    job.cursor = gathered.kept.cursor
    job.origin, job.base = gathered.kept.delivery.load_id, gathered.kept.load_id
    job.dismissed = gathered.dismissed if gathered.dismissed.height else None
    if job.unchanged(gathered):
        return job, _nothing_changed(job, gathered)
    return job, gathered


def _nothing_changed(job: ReplayJob, gathered: Gathered) -> LoadResult:
    kept, current = gathered.kept, job.landing.current(job.table.raw, job.state)
    if kept.why:
        where = f"{job.tenant.name}/{job.table.raw} {job.state}"
        raise NothingToReplay(where, f"load {kept.load_id}: {_SAME}", f"it was {kept.why}")
    return _told(job, "unchanged", Verdict("commit", f"load {kept.load_id}: {_SAME}", 0, 0, 0), current)


def _told(job: ReplayJob, outcome, verdict: Verdict, current, **facts: Any) -> LoadResult:
    said = {"load_id": job.load_id, "contract_version": job.table.contract.version, **facts}
    return LoadResult(outcome=outcome, verdict=verdict, version=current, **said)


def _request(job: Job) -> ReadRequest:
    """A connector's request; what is kept needs no settings but the delimiter, which no longer matters."""
    return ReadRequest(job.tenant.name, job.source.name, job.table.name, job.state, {}, "")


def _places(refused: pl.DataFrame, load_id: str) -> pl.DataFrame:
    return refused.filter(pl.col("_load_id") == load_id).select(PLACE)


@contextmanager
def _rehearsal(landing: Landing, table: str, state: str, load_id: str, columns) -> Iterator[Candidate]:
    candidate = landing.begin(table, state, load_id, columns=columns)
    try:
        yield candidate
    finally:
        candidate.forget()


@dataclass
class _Watch:
    """Notes which rows a candidate refuses."""

    refused: list[pl.DataFrame] = field(default_factory=list)
    candidate: Any = None

    def over(self, candidate: Candidate) -> Any:
        self.candidate = candidate
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.candidate, name)

    def reject(self, frame: pl.DataFrame) -> None:
        self.refused.append(frame.select(PLACE))

    def drop_rows(self, row_ids: pl.DataFrame, rule: str) -> None:
        self.refused.append(row_ids.select(PLACE))
        self.candidate.drop_rows(row_ids, rule)

    def told(self, verdict: Verdict, gathered: Gathered) -> Forecast:
        asked, none = gathered.asked, gathered.asked.select(PLACE).clear()
        refused = pl.concat([none, *self.refused]).unique()
        passing = asked.join(refused, on=PLACE, how="anti")
        rules = []
        for frame in (asked, passing):
            rules.append(dict(frame.explode("_rules")["_rules"].value_counts().iter_rows()))
        return Forecast(
            verdict,
            asked.height,
            passing.height,
            newly_refused=refused.join(gathered.refused, on=PLACE, how="anti").height,
            dismissed=gathered.dismissed.height,
            superseded=gathered.superseded.height,
            rules=tuple(
                RuleForecast(rule, count, rules[1].get(rule, 0)) for rule, count in sorted(rules[0].items())
            ),
        )
