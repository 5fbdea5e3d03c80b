"""What the gauges tell: read from stories, the event log, the queue of runs, and the costs on record."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.scheduler.instigation import TickStatus

from dagster_ingest.assets import keys
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.stories import story
from dagster_ingest.errors import IngestError
from dagster_ingest.observe.telemetry.gauges import Gauge, Platform, Run, Seen, gauges
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.telemetry import Metrics

if TYPE_CHECKING:
    from dagster_ingest.spec.resolved import TenantSpec

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_QUEUED = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED]
_WORKING = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_TICKS = 10
_COSTS = ("credits", "cpu_seconds", "bytes_read", "bytes_written", "bytes_stored", "money")


def look(settings: Settings, wanted: Metrics, now: float | None = None) -> Sequence[Gauge]:
    """One look at the whole installation. A tenant that cannot be read is counted, and left out."""
    now = time.time() if now is None else now
    seen: list[Seen] = []
    unknown: list[str] = []
    specs = load_tenants(settings).tenants
    with open_instance(settings) as instance:
        for spec in specs:
            try:
                seen += _tenant(instance, TenantPlatform(settings, spec))
            except IngestError:
                unknown.append(spec.name)
        platform = Platform(
            queued=_counted(instance, specs, _QUEUED),
            working=_counted(instance, specs, _WORKING),
            cost=_cost(settings, specs, now),
            errors=dict(_errors(instance)),
            unknown=tuple(unknown),
        )
    return gauges(seen, platform, now, tables=wanted.tables)


def _tenant(instance: dg.DagsterInstance, platform: TenantPlatform) -> list[Seen]:
    return [
        Seen(
            story=story(instance, platform, state),
            runs=tuple(_runs(instance, platform.spec.name, state)),
            **_partitions(platform.versions(state)),
        )
        for state in platform.spec.states
    ]


def _partitions(versions: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    """Of each layer when it was written last; of each table its rows."""
    layers: dict[str, float] = {}
    for (layer, _), version in versions.items():
        at = _seconds(version.committed_at)
        layers[layer] = max(layers.get(layer, at), at)
    return {"layers": layers, "tables": {name: version.rows for name, version in versions.items()}}


def _seconds(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _runs(instance: dg.DagsterInstance, tenant: str, state: str) -> Iterator[Run]:
    for side, job in (("writers", keys.writers_job(tenant)), ("readers", keys.readers_job(tenant))):
        about = dg.RunsFilter(job_name=job, tags={"dagster/partition": state}, statuses=_ENDED)
        for record in instance.get_run_records(about, limit=1):
            if record.start_time is not None and record.end_time is not None:
                ok = record.dagster_run.status == dg.DagsterRunStatus.SUCCESS
                yield Run(side, record.end_time - record.start_time, ok)


def _counted(
    instance: dg.DagsterInstance, specs: Iterable[TenantSpec], statuses: list[dg.DagsterRunStatus]
) -> dict[str, int]:
    """By counting queries: the runs themselves may be thousands."""
    names = (spec.name for spec in specs)
    return {
        name: instance.get_runs_count(dg.RunsFilter(statuses=statuses, tags={"tenant": name}))
        for name in names
    }


def _cost(settings: Settings, specs: Iterable[TenantSpec], now: float) -> dict[tuple[str, str], float]:
    from dagster_ingest.observe.cost.rows import grouped
    from dagster_ingest.observe.cost.store import CostStore

    month = datetime.fromtimestamp(now, UTC).strftime("%Y-%m")
    known = {spec.name for spec in specs}
    sums = grouped(CostStore(settings.home).rows(month), ("tenant",))
    return {(tenant, name): sums[(tenant,)][name] for (tenant,) in sums if tenant in known for name in _COSTS}


def _errors(instance: dg.DagsterInstance) -> Iterator[tuple[tuple[str, str], int]]:
    """(tenant, sensor or schedule) to ticks that failed in a row."""
    for state in instance.all_instigator_state():
        if not state.is_running:
            continue
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=_TICKS)
        failed = 0
        for tick in ticks:
            if tick.status != TickStatus.FAILURE:
                break
            failed += 1
        yield (state.instigator_name.partition("__")[0], state.instigator_name), failed
