"""What starts runs: the tenant's cron for writers, finished partitions of stage and enhanced for readers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.drift import drift_checks
from dagster_ingest.assets.gate import Gate, gate
from dagster_ingest.assets.history import last_materialized
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.readers import facing, inputs, published_version
from dagster_ingest.assets.specs import duration
from dagster_ingest.assets.traced import traced
from dagster_ingest.assets.underway import TAG_READER, TAG_VERSION, Underway, attempts, underway
from dagster_ingest.assets.waiting import RECHECK, Mark, Memory
from dagster_ingest.errors import IngestError
from dagster_ingest.spec.models import Target

# All steps in the run's own process: one for each step costs seconds. A failing table must stop its
# descendants only: what hangs on the step's other outputs goes on.
EXECUTOR = traced(
    dg.in_process_executor.configured(
        {"step_dependency_config": {"require_upstream_step_success": False}}, name="in_process_isolated"
    )
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
    if plan is None or platform.spec.model.preset != "on_schedule":
        return None

    @dg.schedule(
        name=f"{platform.spec.name}__schedule",
        job=job,
        cron_schedule=plan.times(platform.spec.name),
        execution_timezone=plan.timezone,
    )
    def load(context: dg.ScheduleEvaluationContext):
        at = context.scheduled_execution_time.strftime("%Y%m%dT%H%M")
        for state in platform.spec.states:
            yield dg.RunRequest(run_key=f"{at}-{state}", partition_key=state)

    return load


# Seconds that a tick may look at gates, well below what Dagster gives it; the rest has its turn in the next.
LOOKING = 20.0


def now() -> float:
    """Seconds of the epoch, by the clock of the sensor."""
    return time.time()


def publish_sensor(platform: TenantPlatform, job) -> dg.SensorDefinition:
    """Starts a run for each state and reader that does not show what was loaded.

    Every state and every reader waits for itself alone: for its own writers, its own failures.
    """

    @dg.sensor(
        name=f"{platform.spec.name}__publish",
        job=job,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches the tenant's stage and enhanced assets; publishes a state when it has settled.",
    )
    def publish(context: dg.SensorEvaluationContext):
        tick = _Tick(context.instance, platform, Memory.of(context.cursor), now())
        requests = list(tick.requests(context.log.warning))
        cursor = tick.memory.cursor()
        if requests:
            return dg.SensorResult(run_requests=requests, cursor=cursor)
        return dg.SensorResult(skip_reason=tick.why(), cursor=cursor)

    return publish


@dataclass
class _Tick:
    """One look at a tenant's states."""

    instance: dg.DagsterInstance
    platform: TenantPlatform
    memory: Memory
    now: float
    gates: dict[str, Gate] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def requests(self, warn: Callable[[str], None]) -> Iterator[dg.RunRequest]:
        spec = self.platform.spec
        self._look()
        if not any(mark.open for mark in self.memory.marks.values()):
            return
        work = underway(self.instance, spec.name, spec.states, [t.reader for t in spec.model.publish])
        for state in spec.states:
            for target in spec.model.publish:
                try:
                    yield from self._request(state, target, work)
                except IngestError as error:  # such as a store that is locked: the other states go on
                    warn(f"{spec.name}/{state}, reader {target.reader}: {error}")
                    self._put(state, target, self._mark(state, target).until(self.now + RECHECK))

    def why(self) -> str:
        """What is waited for, where no run is asked for."""
        waiting = sorted(name for name, mark in self.memory.marks.items() if mark.open)
        return f"waiting for {', '.join(waiting)}" if waiting else "all readers show what was loaded"

    def _look(self) -> None:
        """Note what is new since the last tick."""
        spec, marks = self.platform.spec, self.memory.marks
        wished = {target.reader: facing(self.platform, target) for target in spec.model.publish}
        names = {f"{state}/{reader}": (state, reader) for state in spec.states for reader in wished}
        newest = max(self._ids(), default=0)
        # One query tells that nothing is new; what is new in which state takes one for each asset.
        quiet = newest == self.memory.newest and marks.keys() >= names.keys()
        updates = {} if quiet else newest_updates(self.instance, self.platform)
        times = {state: self._time_of(*update) for state, update in updates.items()}
        found = {}
        for name, (state, reader) in names.items():
            mark = marks.get(name, Mark())
            number = mark.newest if quiet else updates.get(state, (None, 0))[1]
            if (mark.newest, mark.facing) != (number, wished[reader]):
                mark = mark.moved(number, times.get(state, mark.at), wished[reader])
            found[name] = mark
        self.memory = Memory(newest, found)

    def _ids(self) -> list[int]:
        log = self.instance.event_log_storage
        return [i for i in log.get_latest_materialization_storage_ids(inputs(self.platform)).values() if i]

    def _time_of(self, key: dg.AssetKey, number: int) -> float:
        """When a materialization was recorded; one that was wiped meanwhile counts as new."""
        wanted = dg.AssetRecordsFilter(asset_key=key, storage_ids=[number])
        records = self.instance.fetch_materializations(wanted, limit=1).records
        return records[0].timestamp if records else self.now

    def _request(self, state: str, target: Target, work: Underway) -> Iterator[dg.RunRequest]:
        mark, trigger = self._mark(state, target), self.platform.spec.model.trigger
        coalesce = duration(target.coalesce or trigger.coalesce).total_seconds()
        at_latest = max(coalesce, duration(trigger.at_latest).total_seconds())
        busy = state in work.writing
        if (state, target.reader) in work.publishing:
            return
        if not mark.ripe(self.now, busy=busy, coalesce=coalesce, at_latest=at_latest):
            return
        if self.gates and state not in self.gates and time.monotonic() - self.began > LOOKING:
            return
        passage = self._gate(state)
        if not passage.open:
            self._put(state, target, mark.until(self.now + RECHECK))
            return
        version = published_version(self.platform, passage, target)
        if published(self.instance, self.platform, target.reader, state) == version:
            self._put(state, target, mark.shown())
            return
        tenant = self.platform.spec.name
        tried = attempts(self.instance, tenant, state, target.reader, version)
        if self.now < tried.again:
            self._put(state, target, mark.until(tried.again))
            return
        self._put(state, target, mark.asked(self.now))
        yield dg.RunRequest(
            run_key=f"{state}-{target.reader}-{version}-{tried.ever}",
            partition_key=state,
            asset_selection=[keys.asset_key(tenant, "published", target.reader)],
            tags={TAG_READER: target.reader, TAG_VERSION: version},
        )

    def _gate(self, state: str) -> Gate:
        if state not in self.gates:
            self.gates[state] = gate(self.instance, self.platform, state)
        return self.gates[state]

    def _mark(self, state: str, target: Target) -> Mark:
        return self.memory.marks.get(f"{state}/{target.reader}", Mark())

    def _put(self, state: str, target: Target, mark: Mark) -> None:
        self.memory.marks[f"{state}/{target.reader}"] = mark


def newest_updates(
    instance: dg.DagsterInstance, platform: TenantPlatform
) -> dict[str, tuple[dg.AssetKey, int]]:
    """State to its newest materialization among what readers are made from: asset and storage id."""
    found: dict[str, tuple[dg.AssetKey, int]] = {}
    kind, states = dg.DagsterEventType.ASSET_MATERIALIZATION, set(platform.spec.states)
    for key in inputs(platform):
        ids = instance.event_log_storage.get_latest_storage_id_by_partition(key, kind, states)
        for state, number in ids.items():
            if state not in found or number > found[state][1]:
                found[state] = (key, number)
    return found


def readers_due(instance: dg.DagsterInstance, platform: TenantPlatform, state: str, passage: Gate) -> bool:
    """Whether some reader of the tenant does not show what the open gate lets through."""
    return any(
        published(instance, platform, target.reader, state) != published_version(platform, passage, target)
        for target in platform.spec.model.publish
    )


def published(instance: dg.DagsterInstance, platform: TenantPlatform, reader: str, state: str) -> str | None:
    """The version that the event log says a reader published last."""
    event = last_materialized(instance, keys.asset_key(platform.spec.name, "published", reader), state)
    return event.data_version if event else None
