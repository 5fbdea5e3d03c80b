"""Incidents and rules by hand, and a channel that keeps what it was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dagster_ingest.observe.alerts.incident import Incident
from dagster_ingest.observe.alerts.memory import Memory
from dagster_ingest.observe.alerts.settle import Seen
from dagster_ingest.observe.alerts.step import Message, delivered, refused, step, wakes
from dagster_ingest.spec.alerts import Alerts

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
START = 1_800_000_000.0


def incident(key: str = "blocked/FL", **parts: Any) -> Incident:
    kind, _, state = key.partition("/")
    given = {
        "kind": kind,
        "severity": "error",
        "tenant": "gulf",
        "state": state or None,
        "scope": state or "(tenant)",
        "owners": ("team:gulf-data",),
        "since": START,
        "cause": "one",
        "title": f"{key} is so",
        "text": f"All of {key}.",
        **parts,
    }
    return Incident(key, **given)


def rules(channels: dict[str, Any] | None = None, routes: list[Any] | None = None, **more: Any) -> Alerts:
    """One channel `team` that is told of everything, unless told otherwise."""
    made = {
        name: {"url": {"secret": "HOOK"}, **options} for name, options in (channels or {"team": {}}).items()
    }
    return Alerts.model_validate({"channels": made, "routes": routes or [{"to": list(made)}], **more})


@dataclass
class Played:
    """A sensor without Dagster: what is open changes, time passes, channels take or refuse."""

    rules: Alerts
    now: float = START
    memory: Memory = field(default_factory=Memory)
    open: dict[str, Incident] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    sent: list[tuple[float, Message]] = field(default_factory=list)

    def opens(self, key: str = "blocked/FL", **parts: Any) -> Played:
        self.open[key] = incident(key, **parts)
        return self

    def closes(self, key: str = "blocked/FL") -> Played:
        del self.open[key]
        return self

    def tick(self, after: float = 30.0, scopes: set[str] | None = None) -> list[str]:
        """`channel: what key, ...` of each message that arrived. scopes: what is looked at, or all."""
        self.now += after
        known = {found.scope for found in self.memory.known.values()}
        looked = known | {found.scope for found in self.open.values()} if scopes is None else scopes
        seen = Seen(tuple(i for i in self.open.values() if i.scope in looked), frozenset(looked))
        messages, self.memory = step(self.memory, seen, self.now, self.rules, "gulf")
        arrived = []
        for message in messages:
            if message.channel in self.down:
                self.memory = refused(self.memory, message.channel, "no route to host", self.now)
                continue
            self.memory = delivered(self.memory, message, self.now)
            self.sent.append((self.now, message))
            arrived.append(said(message))
        self.memory = Memory.of(self.memory.text()) or self.memory
        return arrived

    def next(self) -> float:
        """Seconds until it would wake by itself."""
        return wakes(self.memory, self.now, self.rules, "gulf") - self.now


def said(message: Message) -> str:
    return f"{message.channel}: " + ", ".join(f"{item.what} {item.key}" for item in message.items)
