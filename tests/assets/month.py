"""A month of tenants without a second of sleep: their real sensors on a real instance, sources made up.

What a run would have recorded is recorded, at the time of the simulation: its start and end, the verdict of
the contract, the materialization of the raw table, the publication. Nothing is loaded.
"""

from __future__ import annotations

import heapq
import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster._core.events import StepMaterializationData
from dagster._core.events.log import EventLogEntry
from dagster._core.test_utils import create_run_for_test

from dagster_ingest.assets import keys, loading
from dagster_ingest.assets.automation import tenant_job
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.raw import source_assets
from dagster_ingest.observe.pacing import Memory
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants

ROOT = Path(__file__).parents[2]
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
RULE = "NumberOfServices|type"

TENANT = """\
tenant: {name}
display_name: {name}
owners: [team:{name}]
cost: {{cost_center: cc-1}}
states: [{states}]
sources:
  icarol:
    system: icarol
    settings: {{pattern: "{{state}}.csv"}}
freshness: {freshness}
automation: {automation}
publish:
  - reader: hsds_package
"""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a tenant's source or reader from one time to another."""

    kind: str  # outage, bad, missing, reader
    begin: float
    end: float


@dataclass
class Feed:
    """A tenant's source. arrivals: when something new lies there; blind: whether it can only be read."""

    arrivals: list[float]
    faults: list[Fault] = field(default_factory=list)
    blind: bool = False

    def active(self, kind: str, at: float) -> Fault | None:
        return next((f for f in self.faults if f.kind == kind and f.begin <= at < f.end), None)

    def version(self, at: float) -> int:
        """Number of the newest delivery; what is missing never came, what is bad did, and its fix."""
        return bisect_right(self.arrivals, at)

    def good(self, at: float) -> bool:
        """Whether the newest delivery may be loaded."""
        return self.active("bad", at) is None or not self._came_in(at)

    def _came_in(self, at: float) -> bool:
        fault = self.active("bad", at)
        return (
            fault is not None and bool(self.arrivals) and self.arrivals[self.version(at) - 1] >= fault.begin
        )

    def stamp(self, at: float) -> str | None:
        if self.blind or self.active("outage", at):
            return None
        return f"{self.version(at)}"


@dataclass
class Run:
    tenant: str
    state: str
    began: float
    ended: float
    came_to: str  # new, unchanged, bad, outage


@dataclass
class Month:
    """The world. queue holds (time, number, what to do)."""

    folder: Path
    start: float
    instance: dg.DagsterInstance
    feeds: dict[str, Feed]
    at: float = 0.0
    runs: list[Run] = field(default_factory=list)
    published: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    committed: dict[tuple[str, str], int] = field(default_factory=dict)
    committed_at: dict[tuple[str, str], float] = field(default_factory=dict)
    seen: list[tuple[float, str, str, str]] = field(default_factory=list)  # at, tenant, state, status
    on_late: Callable[[str, str], None] = lambda tenant, state: None
    ticks: int = 0
    every_minute: bool = False
    sleeping: dict[str, tuple[float, int]] = field(default_factory=dict)
    pause: tuple[float, float] = (0.0, 0.0)  # the daemon is off in between

    def __post_init__(self) -> None:
        settings = Settings.load(root=ROOT, tenants_dir=self.folder / "tenants", home=self.folder / "home")
        loaded = load_tenants(settings)
        assert not loaded.errors, loaded.errors
        self.platforms = {spec.name: TenantPlatform(settings, spec) for spec in loaded.tenants}
        self.repositories = {name: self._repository(p) for name, p in self.platforms.items()}
        self.cursors: dict[str, str | None] = dict.fromkeys(self.platforms)
        self.keys: set[tuple[str, str]] = set()
        self.chance = {name: random.Random(name) for name in self.platforms}
        self.queue: list[tuple[float, int, Callable[[], None]]] = []
        self.number = 0
        self.at = self.start

    def _repository(self, platform: TenantPlatform) -> dg.RepositoryDefinition:
        partitions = dg.StaticPartitionsDefinition(list(platform.spec.states))
        assets = [source_assets(platform, source, partitions) for source in platform.spec.sources]
        job = tenant_job(platform, keys.writers_job(platform.spec.name), assets)
        sensor = loading.automation_sensor(platform, job)
        return dg.create_repository_using_definitions_args(
            name=platform.spec.name, assets=assets, jobs=[job], sensors=[sensor]
        )

    def later(self, at: float, what: Callable[[], None]) -> None:
        self.number += 1
        heapq.heappush(self.queue, (at, self.number, what))

    def go(self, until: float) -> None:
        """Everything up to a time. The sensor of a tenant has its turn at one second of each minute."""
        if not self.ticks:
            for name in self.platforms:
                self._sleep(name, self._next_tick(name, self.at))
        while self.queue and self.queue[0][0] <= until:
            self.at, _, what = heapq.heappop(self.queue)
            what()
        self.at = until

    def _next_tick(self, tenant: str, at: float) -> float:
        second = float(sum(tenant.encode()) % 60)
        return at - (at - second) % MINUTE + MINUTE

    def tick(self, tenant: str) -> None:
        """One evaluation of the tenant's real sensor. Quiet ones are left out."""
        begin, end = self.pause
        if begin <= self.at < end:
            self._sleep(tenant, self._next_tick(tenant, end))
            return
        self._evaluate(tenant)
        memory = Memory.of(self.cursors[tenant])
        next_one = self._next_tick(tenant, self.at)
        if not self.every_minute:
            wake = self._next_tick(tenant, min(memory.wake, self.at + DAY) - MINUTE)
            next_one = max(next_one, wake)
        self._sleep(tenant, next_one)

    def _sleep(self, tenant: str, until: float) -> None:
        """Until then, and for no other time that was planned before."""
        self.sleeping[tenant] = plan = (until, self.number)
        self.later(until, lambda: self.tick(tenant) if self.sleeping[tenant] == plan else None)

    def rouse(self, tenant: str) -> None:
        """Something was recorded: the next tick is not a quiet one."""
        if not self.every_minute:
            soon = self._next_tick(tenant, self.at)
            if soon < self.sleeping[tenant][0]:
                self._sleep(tenant, soon)

    def _evaluate(self, tenant: str) -> None:
        self.ticks += 1
        cursor = self.cursors[tenant]
        if cursor and not self.every_minute and not self.pause[1]:
            memory = Memory.of(cursor)  # what the quiet ticks that were left out would have noted
            memory.looked = max(memory.looked, self.at - MINUTE)
            cursor = memory.cursor()
        repository = self.repositories[tenant]
        name = f"{tenant}__automation"
        context = dg.build_sensor_context(
            self.instance, cursor=cursor, repository_def=repository, sensor_name=name
        )
        found = repository.get_sensor_def(name).evaluate_tick(context)
        self.cursors[tenant] = found.cursor
        for event in found.asset_events:
            self._record(None, keys_event(event))
            status = event.metadata["freshness"].value
            self.seen.append((self.at, tenant, event.partition, status))
            if status == "late":
                self.on_late(tenant, event.partition)
        for request in found.run_requests or ():
            if (tenant, request.run_key) not in self.keys:  # Dagster passes the others over
                self.keys.add((tenant, request.run_key))
                self.start_run(tenant, request)

    def start_run(self, tenant: str, request: dg.RunRequest) -> None:
        """Queued at once, begun within two minutes, done within a quarter of an hour."""
        chance, state = self.chance[tenant], request.partition_key
        run = create_run_for_test(
            self.instance,
            keys.writers_job(tenant),
            tags={**request.tags, "dagster/partition": state},
            status=dg.DagsterRunStatus.NOT_STARTED,
        )
        begin = self.at + chance.uniform(10, 120)
        end = begin + chance.uniform(3 * MINUTE, 12 * MINUTE)
        self.later(begin, lambda: self._run_event(run, dg.DagsterEventType.RUN_START))
        self.later(end, lambda: self._end_run(tenant, state, run, begin))

    def _end_run(self, tenant: str, state: str, run: dg.DagsterRun, began: float) -> None:
        feed, place = self.feeds[tenant], (tenant, state)
        version = feed.version(began)
        if feed.active("outage", began):
            came_to, told = "outage", {"error": "Unavailable", "unchanged": False, "retriable": True}
        elif not feed.good(began):
            came_to, told = "bad", {"unchanged": False, "rows_read": 100, "rows_rejected": 7}
            told["verdict"] = {"results": [{"rule": RULE, "failed": 7, "samples": []}]}
        elif version == self.committed.get(place, 0):
            came_to, told = "unchanged", {"unchanged": True}
        else:
            came_to, told = "new", {"unchanged": False, "rows_read": 100, "rows_accepted": 100}
        words = {
            "outage": f"not loaded: sftp.{tenant}.example did not answer",
            "bad": f"7 of 100 rows break {RULE}",
        }
        raw = keys.asset_key(tenant, "raw", "icarol_resource")
        check = dg.AssetCheckEvaluation(
            raw, keys.CONTRACT_CHECK, came_to in ("new", "unchanged"),
            metadata={**told, "files": [f"{state}.csv"]}, partition=state, description=words.get(came_to),
        )  # fmt: skip
        self._record(run, dg.DagsterEventType.ASSET_CHECK_EVALUATION, check)
        if came_to == "new":
            self.committed[place], self.committed_at[place] = version, self.at
            self._materialize(run, raw, state, str(version))
            self._publish_later(tenant, state)
        failed = came_to in ("outage", "bad")
        self._run_event(run, dg.DagsterEventType.RUN_FAILURE if failed else dg.DagsterEventType.RUN_SUCCESS)
        self.runs.append(Run(tenant, state, began, self.at, came_to))

    def _publish_later(self, tenant: str, state: str) -> None:
        at = self.at + 3 * MINUTE
        fault = self.feeds[tenant].active("reader", at)
        self.later(fault.end if fault else at, lambda: self.publish(tenant, state))

    def publish(self, tenant: str, state: str) -> None:
        self.published.setdefault((tenant, state), []).append(self.at)
        self._materialize(None, keys.asset_key(tenant, "published", "hsds_package"), state, f"v{self.at}")
        self.rouse(tenant)

    def _materialize(self, run, key: dg.AssetKey, state: str, version: str) -> None:
        tags = {"dagster/data_version": version}
        event = dg.AssetMaterialization(key, partition=state, tags=tags)
        data = StepMaterializationData(event)
        self._record(run, dg.DagsterEventType.ASSET_MATERIALIZATION, data)

    def _run_event(self, run: dg.DagsterRun, kind: dg.DagsterEventType) -> None:
        self._record(run, kind, None)

    def _record(self, run, kind, data=None) -> None:
        """An event at the time of the simulation."""
        if isinstance(kind, dg.DagsterEvent):
            event = kind
        else:
            event = dg.DagsterEvent(kind.value, run.job_name if run else "", event_specific_data=data)
        self.instance.handle_new_event(
            EventLogEntry(
                error_info=None,
                level="debug",
                user_message="",
                run_id=run.run_id if run else "",
                timestamp=self.at,
                dagster_event=event,
                job_name=run.job_name if run else "",
            )
        )


def keys_event(observation: dg.AssetObservation) -> dg.DagsterEvent:
    from dagster._core.events import AssetObservationData

    return dg.DagsterEvent(
        dg.DagsterEventType.ASSET_OBSERVATION.value, "", event_specific_data=AssetObservationData(observation)
    )


def write_tenant(
    folder: Path, name: str, states: str, freshness: str, automation: str = "fresh_on_need"
) -> None:
    path = folder / "tenants" / name / "tenant.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(TENANT.format(name=name, states=states, freshness=freshness, automation=automation))
