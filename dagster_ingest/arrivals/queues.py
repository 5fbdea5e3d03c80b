"""What was told since the last look: messages of a broker, calls that were taken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from dagster_ingest.arrivals import broker
from dagster_ingest.arrivals.memory import Queue
from dagster_ingest.arrivals.message import named_states
from dagster_ingest.secrets import secrets_of
from dagster_ingest.settings import Settings
from dagster_ingest.spec.arrival import NatsArrival
from dagster_ingest.spec.resolved import SourceSpec, TenantSpec


class Called(Protocol):
    @property
    def number(self) -> int: ...

    @property
    def states(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class News:
    """states: state to what names the newest that was told of it. queue: to be written down with it. odd:
    what a person may want to know."""

    states: dict[str, str]
    queue: Queue
    odd: tuple[str, ...] = ()


def durable_name(tenant: str, source: str) -> str:
    return f"{tenant}__{source}"


def of_messages(
    arrival: NatsArrival, settings: Settings, tenant: TenantSpec, source: SourceSpec, queue: Queue
) -> News:
    """Raises what the broker raises, and SpecError for a secret that is not there."""
    url = secrets_of(settings, tenant.name)(arrival.url.secret)
    durable = arrival.durable or durable_name(tenant.name, source.name)
    taken = broker.take(arrival, url, durable, queue)
    stream = hashlib.sha256(taken.queue.of.encode()).hexdigest()[:8]
    found: dict[str, str] = {}
    odd = []
    for message in sorted((m for m in taken.messages if not m.again), key=lambda m: m.number):
        states, strange = named_states(message.body, tenant.states)
        found.update(dict.fromkeys(states, f"m{message.number}.{stream}"))
        if strange:
            odd.append(f"message {message.number} of {arrival.stream} {strange}")
    return News(found, taken.queue, tuple(odd))


def of_calls(states: Sequence[str], queue: Queue, calls: Iterable[Called]) -> News:
    found: dict[str, str] = {}
    after = queue.after
    for call in calls:
        after = max(after, call.number)
        found.update({state: f"c{call.number}" for state in call.states if state in states})
    return News(found, replace(queue, after=after))
