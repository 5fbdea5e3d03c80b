"""What starts runs: the tenant's cron for writers, finished stage partitions for readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.drift import drift_checks
from dagster_ingest.assets.gate import Gate, gate
from dagster_ingest.assets.history import last_materialized
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.readers import published_version

_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]

# All steps in the run's own process: one for each step costs seconds. A failing table must stop its
# descendants only: what hangs on the step's other outputs goes on.
EXECUTOR = dg.in_process_executor.configured(
    {"step_dependency_config": {"require_upstream_step_success": False}}, name="in_process_isolated"
)


def tenant_job(platform: TenantPlatform, name: str, assets: Sequence[dg.AssetsDefinition]):
    """An asset job of one tenant, partitioned as its assets are: all steps in the run's own process."""
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*assets) - dg.AssetSelection.checks(*drift_checks(assets)),
        executor_def=EXECUTOR,
        tags={"tenant": platform.spec.name},
        description=f"{platform.spec.model.display_name}: {name.rpartition('__')[2]}, one state a run",
    )


def schedule(platform: TenantPlatform, job) -> dg.ScheduleDefinition | None:
    """The tenant's cron: one run for each state. Unchanged input costs a fingerprint."""
    plan = platform.spec.model.schedule
    if plan is None:
        return None

    @dg.schedule(
        name=f"{platform.spec.name}__schedule",
        job=job,
        cron_schedule=plan.cron,
        execution_timezone=plan.timezone,
    )
    def load(context: dg.ScheduleEvaluationContext):
        at = context.scheduled_execution_time.strftime("%Y%m%dT%H%M")
        for state in platform.spec.states:
            yield dg.RunRequest(run_key=f"{at}-{state}", partition_key=state)

    return load


def publish_sensor(platform: TenantPlatform, job) -> dg.SensorDefinition:
    """Starts a reader's run for each state whose stage partition is whole and not yet shown."""
    tenant = platform.spec.name
    stage = [keys.asset_key(tenant, *node.name) for node in platform.graph.layer("stage")]

    @dg.sensor(
        name=f"{tenant}__publish",
        job=job,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches the tenant's stage assets; publishes a state when its partition is complete.",
    )
    def publish(context: dg.SensorEvaluationContext):
        newest = _newest(context.instance, stage)
        if str(newest) == (context.cursor or "0"):
            return dg.SkipReason("no stage asset materialized since the last publication")
        if _busy(context.instance, tenant):
            return dg.SkipReason("a writer of this tenant is still running")
        requests = list(_requests(context.instance, platform, newest))
        return dg.SensorResult(run_requests=requests, cursor=str(newest))

    return publish


def _newest(instance: dg.DagsterInstance, stage: list[dg.AssetKey]) -> int:
    """Storage id of the latest materialization among the stage assets; 0 if there is none."""
    ids = instance.event_log_storage.get_latest_materialization_storage_ids(stage)
    return max((i for i in ids.values() if i is not None), default=0)


def _busy(instance: dg.DagsterInstance, tenant: str) -> bool:
    unfinished = dg.RunsFilter(job_name=keys.writers_job(tenant), statuses=_UNFINISHED)
    return instance.get_runs_count(unfinished) > 0


def _requests(instance: dg.DagsterInstance, platform: TenantPlatform, newest: int) -> Iterator[dg.RunRequest]:
    for state in platform.spec.states:
        passage = gate(instance, platform, state)
        if passage.open and readers_due(instance, platform, state, passage):
            yield dg.RunRequest(run_key=f"{state}-{passage.version}-{newest}", partition_key=state)


def readers_due(instance: dg.DagsterInstance, platform: TenantPlatform, state: str, passage: Gate) -> bool:
    """Whether some reader of the tenant does not show what the open gate lets through."""
    version = published_version(platform, passage)
    return any(published(instance, platform, t.reader, state) != version for t in platform.spec.model.publish)


def published(instance: dg.DagsterInstance, platform: TenantPlatform, reader: str, state: str) -> str | None:
    """The version that the event log says a reader published last."""
    event = last_materialized(instance, keys.asset_key(platform.spec.name, "published", reader), state)
    return event.data_version if event else None
