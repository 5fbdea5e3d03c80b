"""What was seen against what is remembered: opened, still open, over; and who is to be told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from dagster_ingest.observe.alerts.incident import Incident, rank
from dagster_ingest.observe.alerts.memory import MOST, TITLE, Entry, Known, Memory
from dagster_ingest.observe.alerts.plain import cut
from dagster_ingest.observe.alerts.routing import channels_for
from dagster_ingest.spec.alerts import Alerts, seconds

What = Literal["opened", "changed", "still", "recovered", "passed"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is open in the scopes that were looked at. Of the others nothing is known."""

    incidents: tuple[Incident, ...]
    scopes: frozenset[str]


def settle(memory: Memory, seen: Seen, now: float, rules: Alerts, tenant: str) -> Memory:
    """The memory after a look, with an entry for every channel that is to be told of something."""
    known, dropped = _known(memory.known, seen, now)
    entries = {
        name: {key: entry for key, entry in memory.entries.get(name, {}).items() if key in known}
        for name in rules.channels
    }
    least = seconds(rules.min_age)
    routed: dict[str, list[str]] = {}
    for key, found in known.items():
        routed[key] = channels_for(rules, tenant, found)
        if found.gone is None and now - found.first >= least:
            for name in routed[key]:
                entries[name].setdefault(key, Entry())
    for name, told in entries.items():
        for key, entry in list(told.items()):
            due = what(known[key], entry, now, rules, name, routed=name in routed[key])
            told[key] = replace(
                entry, owed=None if due is None else now if entry.owed is None else entry.owed
            )
    wanted = {key for told in entries.values() for key in told}
    known = {key: found for key, found in known.items() if found.gone is None or key in wanted}
    lines = {name: line for name, line in memory.lines.items() if name in rules.channels}
    return replace(memory, known=known, entries=entries, lines=lines, dropped=dropped)


def what(known: Known, entry: Entry, now: float, rules: Alerts, name: str, *, routed: bool) -> What | None:
    """What a channel is to be told of an incident now, quiet hours and the like aside."""
    if known.gone is not None:
        if now - known.gone < seconds(rules.min_age):
            return None
        return "passed" if entry.told is None else "recovered"
    if entry.told is None:
        return "opened"
    if not routed:
        return None
    if entry.cause != known.cause:
        return "changed"
    repeat = seconds(rules.channels[name].repeat)
    return "still" if repeat and now - entry.told >= repeat else None


def _known(before: Mapping[str, Known], seen: Seen, now: float) -> tuple[dict[str, Known], int]:
    """Those that are remembered, and how many there is no room for: the gravest and eldest come first."""
    open = {found.key: found for found in seen.incidents}
    known: dict[str, Known] = {}
    for key, found in before.items():
        if key not in open:
            over = found.scope in seen.scopes and found.gone is None
            known[key] = replace(found, gone=now) if over else found
    for key, incident in open.items():
        known[key] = _fresh(incident, before.get(key), now)
    if len(known) <= MOST:
        return known, 0
    # What is remembered already stays, lest its end is never told.
    order = sorted(known, key=lambda key: (key not in before, -rank(known[key].severity), known[key].since))
    return {key: known[key] for key in order[:MOST]}, len(known) - MOST


def _fresh(found: Incident, before: Known | None, now: float) -> Known:
    return Known(
        found.kind,
        found.severity,
        found.state,
        found.scope,
        found.owners,
        found.since,
        found.cause,
        cut(found.title, TITLE),
        first=now if before is None else before.first,
    )
