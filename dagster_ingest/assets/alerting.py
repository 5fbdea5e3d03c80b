"""The alerts sensor of a tenant: looks at what is new, tells who asked to be told, remembers whom it told."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from math import inf

import dagster as dg

from dagster_ingest.assets import alert_events as events
from dagster_ingest.assets import keys
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.stories import story
from dagster_ingest.errors import IngestError
from dagster_ingest.observe.alerts import failures
from dagster_ingest.observe.alerts.courier import Courier
from dagster_ingest.observe.alerts.incident import RUNS, TENANT, Incident
from dagster_ingest.observe.alerts.incidents import changes_at, incidents
from dagster_ingest.observe.alerts.memory import Memory
from dagster_ingest.observe.alerts.message import headline, written
from dagster_ingest.observe.alerts.settle import Seen
from dagster_ingest.observe.alerts.step import (
    Message,
    delivered,
    refused,
    step,
    told,
    undelivered,
    wakes,
)
from dagster_ingest.secrets import TenantSecrets, secrets_of
from dagster_ingest.spec.alerts import Alerts, seconds
from dagster_ingest.spec.alerts_file import asked_for, read_alerts

LOOKING, SENDING = 15.0, 25.0
"""Seconds that a tick may look at states, and send: Dagster gives it a minute. The rest has its turn next."""
RECHECK, AGAIN, AT_LATEST = 300.0, 60.0, 1800.0
"""Seconds after which budgets and sensors are looked at again; a state that could not be read; any state."""


def now() -> float:
    """Seconds of the epoch, by the clock of the sensor."""
    return time.time()


def sensor_name(tenant: str) -> str:
    return f"{tenant}__alerts"


def alert_sensors(platform: TenantPlatform) -> list[dg.SensorDefinition]:
    """One sensor, where somebody wants to be told; else none."""
    if not asked_for(platform.settings):
        return []
    tenant = platform.spec.name

    @dg.sensor(
        name=sensor_name(tenant),
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells people of what is wrong, and of its end: see deploy/alerts.yaml. Starts no runs.",
    )
    def alerts(context: dg.SensorEvaluationContext):
        tick = Tick(
            context.instance,
            platform,
            read_alerts(platform.settings),
            _sensors(context, tenant),
            Memory.of(context.cursor),
            now(),
        )
        done = tick.run(context.log)
        return dg.SensorResult(skip_reason=done, cursor=tick.memory.text())

    return [alerts]


def _sensors(context: dg.SensorEvaluationContext, tenant: str) -> set[str]:
    """Those of the tenant's code; that of the readers stands in a repository of its own."""
    here = context.repository_def.sensor_defs if context.repository_def else []
    return {sensor.name for sensor in here} | {f"{tenant}__publish"}


@dataclass
class Look:
    """What is open of a tenant, as far as it was looked at."""

    instance: dg.DagsterInstance
    platform: TenantPlatform
    rules: Alerts
    now: float
    found: dict[str, Incident] = field(default_factory=dict)
    scopes: set[str] = field(default_factory=set)

    @property
    def tenant(self) -> str:
        return self.platform.spec.name

    @property
    def owners(self) -> tuple[str, ...]:
        return tuple(self.platform.spec.model.owners)

    def state(self, state: str) -> float | None:
        """Look at a state. When time alone changes it. Raises IngestError where it cannot be read."""
        known, expiring = story(self.instance, self.platform, state), seconds(self.rules.expiring)
        self._put(state, incidents(known, self.now, expiring=expiring))
        return changes_at(known, self.now, expiring=expiring)

    def runs(self, failing: dict[str, failures.Failing], blocked: Collection[str]) -> None:
        url = self.rules.base_url
        self._put(RUNS, failures.incidents(self.tenant, self.owners, failing, blocked, url))

    def whole(self, sensors: Collection[str]) -> None:
        """Its budget and its sensors."""
        over = events.budget_incident(self.instance, self.tenant, self.owners)
        mine = sensor_name(self.tenant)
        off = events.sensor_incidents(self.instance, self.tenant, self.owners, sensors, mine, self.now)
        self._put(TENANT, (*([over] if over else []), *off))

    def seen(self) -> Seen:
        return Seen(tuple(self.found.values()), frozenset(self.scopes))

    def _put(self, scope: str, found: Collection[Incident]) -> None:
        self.found |= {incident.key: incident for incident in found}
        self.scopes.add(scope)


@dataclass
class Tick:
    """One look at a tenant, and what is told of it. remembered: None where nothing is, or can be read."""

    instance: dg.DagsterInstance
    platform: TenantPlatform
    rules: Alerts
    sensors: Collection[str]
    remembered: Memory | None
    now: float
    memory: Memory = field(init=False)
    sent: int = 0

    def __post_init__(self) -> None:
        self.memory = self.remembered or Memory()
        self.look = Look(self.instance, self.platform, self.rules, self.now)
        self._couriers: dict[str, Courier] = {}
        self._secrets: TenantSecrets | None = None

    @property
    def tenant(self) -> str:
        return self.platform.spec.name

    def run(self, log) -> str:
        """Look, tell, remember. What was done, in words."""
        newest = events.newest(self.instance)
        if self.remembered is not None and newest == self.memory.newest and self.now < self.memory.wake:
            return self._words("nothing new")
        if self.remembered is None or newest != self.memory.newest:
            self._catch_up(newest)
        self._look(log)
        messages, self.memory = step(self.memory, self.look.seen(), self.now, self.rules, self.tenant)
        left = self._send(messages, log)
        wake = self.now if left else wakes(self.memory, self.now, self.rules, self.tenant)
        self.memory = replace(self.memory, wake=min(wake, self.now + RECHECK))
        for line in undelivered(self.memory, self.now):
            log.error(line)
        if self.memory.dropped:
            log.error(f"{self.memory.dropped} more things are wrong than can be remembered")
        return self._words(f"{self.sent} messages sent")

    def _catch_up(self, newest: int) -> None:
        """What happened since the last tick: messages whose sending ended no tick, runs, new verdicts."""
        memory, fresh = self.memory, self.remembered is None
        for at, _, message in events.receipts(self.instance, self.tenant, None if fresh else memory.newest):
            if message.id not in memory.recent:
                memory = told(memory, message.channel, message.items, at)
                memory = replace(memory, recent=(*memory.recent, message.id)[-40:])
        failing = memory.failing
        decided, states = events.decisions(self.instance, self.platform), self.platform.spec.states
        looks = {state: memory.looks.get(state, 0.0) for state in states}
        if decided != memory.decided:
            looks = dict.fromkeys(states, 0.0)
        for run in events.ended(self.instance, self.tenant, memory.newest, self.now):
            failing = failures.fold(failing, run)
            looks |= dict.fromkeys([run.state] if run.state in looks else states, 0.0)
        self.memory = replace(memory, newest=newest, decided=decided, looks=looks, failing=failing)

    def _look(self, log) -> None:
        began, looks = time.monotonic(), dict(self.memory.looks)
        for state in sorted(looks, key=lambda state: looks[state]):
            if looks[state] > self.now or time.monotonic() - began > LOOKING:
                break
            try:
                looks[state] = min(self.look.state(state) or inf, self.now + AT_LATEST)
            except IngestError as error:  # such as a store that is locked: the other states go on
                log.warning(f"{self.tenant}/{state} could not be looked at: {error}")
                looks[state] = self.now + AGAIN
        self.memory = replace(self.memory, looks=looks)
        blocked = {i.state for i in self.look.found.values() if i.kind == "blocked"}
        blocked |= {
            known.state
            for known in self.memory.known.values()
            if known.kind == "blocked" and known.gone is None and known.scope not in self.look.scopes
        }
        self.look.runs(self.memory.failing, [state for state in blocked if state])
        self.look.whole(self.sensors)

    def _send(self, messages: Collection[Message], log) -> bool:
        """Each channel for itself: one that fails holds up no other. Whether there was no time for some."""
        began, broken = time.monotonic(), set()
        for message in messages:
            if message.channel in broken:
                continue
            if time.monotonic() - began > SENDING:
                return True
            try:
                self._deliver(message)
            except IngestError as error:
                broken.add(message.channel)
                log.warning(str(error))
                self.memory = refused(self.memory, message.channel, error.problem, self.now)
        return False

    def _deliver(self, message: Message) -> None:
        courier = self._courier(message.channel)
        self._read(message)
        title = max(len(headline(item, self.now)) for item in message.items)
        words = written(message, self.tenant, self.look.found, self.now, courier.room(title))
        courier.send(words)
        # On record at once: a tick that ends here leaves no memory, and the next must not send it again.
        events.report_sent(self.instance, self.tenant, message, words.title)
        self.memory = delivered(self.memory, message, self.now)
        self.sent += 1

    def _read(self, message: Message) -> None:
        """The texts of what is told again and was not looked at in this tick."""
        for item in message.items:
            state = item.known.state
            if item.over or item.key in self.look.found or state is None or state in self.look.scopes:
                continue
            try:
                self.look.state(state)
            except IngestError:
                self.look.scopes.add(state)  # it is told without its text

    def _courier(self, name: str) -> Courier:
        if name not in self._couriers:
            if self._secrets is None:
                self._secrets = secrets_of(self.platform.settings, keys.PLATFORM)
            address = self._secrets(self.rules.channels[name].url.secret)
            self._couriers[name] = Courier(name, address)
        return self._couriers[name]

    def _words(self, done: str) -> str:
        open = sum(1 for known in self.memory.known.values() if known.gone is None)
        late = undelivered(self.memory, self.now)
        return "; ".join([f"{done}, {open} open", *late])
