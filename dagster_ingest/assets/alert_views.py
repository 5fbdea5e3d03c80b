"""What `dagster-ingest alerts` shows: what is open, who was told, what would be sent. Sends nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import dagster as dg
from dagster._core.scheduler.instigation import InstigatorType, SensorInstigatorData

from dagster_ingest.assets import alert_events as events
from dagster_ingest.assets.alerting import Look, sensor_name
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.observe.alerts import failures
from dagster_ingest.observe.alerts.incident import Incident
from dagster_ingest.observe.alerts.memory import Entry, Memory
from dagster_ingest.observe.alerts.message import Words, written
from dagster_ingest.observe.alerts.quiet import held
from dagster_ingest.observe.alerts.routing import channels_for
from dagster_ingest.observe.alerts.settle import Seen, settle
from dagster_ingest.observe.alerts.step import Item, Message, undelivered
from dagster_ingest.settings import Settings
from dagster_ingest.spec.alerts import Alerts
from dagster_ingest.spec.alerts_file import read_alerts
from dagster_ingest.spec.resolved import TenantSpec

_SENT = 10


@dataclass(frozen=True, slots=True)
class Open:
    """An incident, and by channel when it was told there (epoch seconds); None where it is not yet."""

    incident: Incident
    channels: dict[str, float | None]

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self.incident), "channels": self.channels}


@dataclass(frozen=True, slots=True)
class Sent:
    at: float
    tenant: str
    channel: str
    title: str
    id: str


@dataclass(frozen=True, slots=True)
class Overview:
    """trouble: what cannot be delivered, in words."""

    open: tuple[Open, ...]
    sent: tuple[Sent, ...]
    trouble: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A message, where it would go, and until when quiet hours would hold it there (epoch seconds)."""

    words: Words
    channels: dict[str, float | None]


def overview(settings: Settings, specs: Sequence[TenantSpec], pairs: Sequence[tuple[str, str]]) -> Overview:
    """What is open now of (tenant, state) pairs, read as the sensor reads it, and what the sensor sent."""
    rules, now = read_alerts(settings), time.time()
    open: list[Open] = []
    sent: list[Sent] = []
    trouble: list[str] = []
    with open_instance(settings) as instance:
        for spec in specs:
            states = [state for name, state in pairs if name == spec.name]
            memory = _memory(instance, spec.name) or Memory()
            look = _look(instance, TenantPlatform(settings, spec), rules, memory, states, now)
            open += [_open(found, rules, spec.name, memory) for found in _sorted(look)]
            told = events.receipts(instance, spec.name, None, limit=_SENT)
            sent += [
                Sent(at, spec.name, m.channel, title.removeprefix(f"{m.channel}: "), m.id)
                for at, title, m in told
            ]
            trouble += [f"{spec.name}: {line}" for line in undelivered(memory, now)]
    sent.sort(key=lambda one: one.at)
    return Overview(tuple(open), tuple(sent), tuple(trouble))


def preview(settings: Settings, spec: TenantSpec, state: str) -> list[Preview]:
    """What would be sent of a state if all that is open there were told now for the first time."""
    rules, now = read_alerts(settings), time.time()
    with open_instance(settings) as instance:
        memory = _memory(instance, spec.name) or Memory()
        look = _look(instance, TenantPlatform(settings, spec), rules, memory, [state], now)
    known = settle(Memory(), Seen(tuple(look.found.values()), frozenset()), now, Alerts(), spec.name).known
    made = []
    for found in _sorted(look):
        message = Message("preview", "", (Item(found.key, "opened", 0, known[found.key]),))
        names = channels_for(rules, spec.name, found)
        until = {name: held(rules.channels[name].quiet, found.severity, now) for name in names}
        made.append(Preview(written(message, spec.name, look.found, now), until))
    return made


def trouble(settings: Settings, tenants: Sequence[str]) -> list[str]:
    """Of these tenants, what could not be delivered for a day, in words. Reads memories only."""
    now, found = time.time(), []
    with open_instance(settings) as instance:
        for tenant in tenants:
            memory = _memory(instance, tenant)
            found += [f"{tenant}: {line}" for line in undelivered(memory, now)] if memory else []
    return found


def _look(
    instance: dg.DagsterInstance,
    platform: TenantPlatform,
    rules: Alerts,
    memory: Memory,
    states: Sequence[str],
    now: float,
) -> Look:
    look = Look(instance, platform, rules, now)
    for state in states:
        look.state(state)
    failing = memory.failing
    for run in events.ended(instance, look.tenant, memory.newest, now):
        failing = failures.fold(failing, run)
    failing = {key: found for key, found in failing.items() if found.state in ("", *states)}
    blocked = [found.state for found in look.found.values() if found.kind == "blocked" and found.state]
    look.runs(failing, blocked)
    sensors = instance.all_instigator_state(instigator_type=InstigatorType.SENSOR)
    look.whole({one.instigator_name for one in sensors if one.instigator_name.startswith(f"{look.tenant}__")})
    return look


def _memory(instance: dg.DagsterInstance, tenant: str) -> Memory | None:
    """What the tenant's sensor remembers; of several, where the installation was moved, the newest."""
    states = instance.all_instigator_state(instigator_type=InstigatorType.SENSOR)
    found = [one.instigator_data for one in states if one.instigator_name == sensor_name(tenant)]
    cursors = [
        (data.last_tick_timestamp or 0.0, data.cursor)
        for data in found
        if isinstance(data, SensorInstigatorData)
    ]
    return Memory.of(max(cursors, default=(0.0, None), key=lambda pair: pair[0])[1])


def _open(found: Incident, rules: Alerts, tenant: str, memory: Memory) -> Open:
    names = channels_for(rules, tenant, found)
    entries = {name: memory.entries.get(name, {}).get(found.key, Entry()) for name in names}
    return Open(found, {name: entry.told for name, entry in entries.items()})


def _sorted(look: Look) -> list[Incident]:
    return sorted(look.found.values(), key=lambda found: (found.state or "", found.since, found.key))
