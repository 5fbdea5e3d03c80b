"""The report's history out of the event log: bounded by a moment, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.gate import blocking_checks
from dagster_ingest.assets.history import FAILED, count_of, plain, verdicts_since
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.observe.report.fresh import day_of
from dagster_ingest.observe.report.values import Failing, Loads, Written

_PAGE = 1000


@dataclass
class History:
    """Of one tenant. By state, and for `written` by reader."""

    written: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    loads: dict[str, dict[str, Loads]] = field(default_factory=dict)
    failing: list[Failing] = field(default_factory=list)
    runs: int = 0
    failed_runs: int = 0

    def written_of(self, state: str, readers: Sequence[str]) -> tuple[Written, ...]:
        return tuple(Written(r, tuple(sorted(self.written.get(r, {}).get(state, ())))) for r in readers)

    def days_of(self, state: str) -> tuple[Loads, ...]:
        days = self.loads.get(state, {})
        return tuple(days[day] for day in sorted(days))

    def add(self, state: str, at: float, **counts: int) -> None:
        days, day = self.loads.setdefault(state, {}), day_of(at)
        days[day] = days.get(day, Loads(day)).plus(Loads(day, loads=1, **counts))


def history(instance: dg.DagsterInstance, platform: TenantPlatform, since: float) -> History:
    """What happened to a tenant since a moment."""
    spec, found = platform.spec, History()
    for target in spec.model.publish:
        _publications(instance, platform, target.reader, since, found)
    for node in platform.graph.layer("raw"):
        _committed(instance, keys.asset_key(spec.name, *node.name), since, found)
    for check in blocking_checks(platform):
        _failures(instance, check, since, found)
    found.runs, found.failed_runs = _runs(instance, spec.name, since)
    return found


def materialized(instance: dg.DagsterInstance, key: dg.AssetKey, since: float) -> Iterator[Any]:
    """(timestamp, event) of each materialization, the newest first."""
    wanted, cursor = dg.AssetRecordsFilter(asset_key=key, after_timestamp=since), None
    while True:
        page = instance.fetch_materializations(wanted, limit=_PAGE, cursor=cursor)
        for record in page.records:
            yield record.timestamp, record.event_log_entry.asset_materialization
        if not page.has_more:
            return
        cursor = page.cursor


def _publications(instance, platform: TenantPlatform, reader: str, since: float, found: History) -> None:
    """When a store was written, and the last time before the window."""
    key, times = keys.asset_key(platform.spec.name, "published", reader), found.written.setdefault(reader, {})
    for at, event in materialized(instance, key, since):
        if event.partition:
            times.setdefault(event.partition, []).append(at)
    for state in platform.spec.states:
        wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[state], before_timestamp=since)
        before = instance.fetch_materializations(wanted, limit=1).records
        times.setdefault(state, []).extend(record.timestamp for record in before)


def _committed(instance, key: dg.AssetKey, since: float, found: History) -> None:
    """Loads that were committed; what was told again without being loaded counts in none."""
    for at, event in materialized(instance, key, since):
        told = plain(event.metadata)
        if event.partition and not told.get("unchanged"):
            accepted, rejected = count_of(told, "rows_accepted"), count_of(told, "rows_quarantined")
            found.add(event.partition, at, accepted=accepted, rejected=rejected)


def _failures(instance, check: dg.AssetCheckKey, since: float, found: History) -> None:
    """Failures of one check; those of contracts are refused loads, too."""
    times, states, last, said = 0, set[str](), 0.0, ""
    tenant, asset = check.asset_key.path[0], "/".join(check.asset_key.path[1:])
    for at, evaluation in verdicts_since(instance, check, since, FAILED):
        state = evaluation.partition or ""
        times, states = times + 1, states | {state}
        if at > last:
            last, said = at, evaluation.description or "failed"
        if check.name == keys.CONTRACT_CHECK:
            told = plain(evaluation.metadata)
            if not told.get("unchanged"):
                found.add(state, at, refused=1, rejected=count_of(told, "rows_rejected"))
    if times:
        found.failing.append(
            Failing(tenant, asset, check.name, times, tuple(sorted(states - {""})), last, said)
        )


def _runs(instance, tenant: str, since: float) -> tuple[int, int]:
    """Runs of a tenant in the window, and how many failed."""
    whole = dg.RunsFilter(tags={"tenant": tenant}, created_after=datetime.fromtimestamp(since, UTC))
    bad = [dg.DagsterRunStatus.FAILURE]
    failed = dg.RunsFilter(statuses=bad, tags=whole.tags, created_after=whole.created_after)
    return instance.get_runs_count(whole), instance.get_runs_count(failed)
