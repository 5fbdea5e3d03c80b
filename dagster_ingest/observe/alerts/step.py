"""What is to be sent now, and what becomes of the memory when it was, or could not be. Pure.

Nothing waits in a queue: what a channel was told is compared with what is so, and the difference is due
until it was delivered. Whatever held it up, it is told as it is by then, once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dagster_ingest.observe.alerts.incident import rank
from dagster_ingest.observe.alerts.memory import RECENT, WORDS, Entry, Known, Line, Memory
from dagster_ingest.observe.alerts.plain import cut
from dagster_ingest.observe.alerts.quiet import held
from dagster_ingest.observe.alerts.routing import channels_for
from dagster_ingest.observe.alerts.settle import Seen, What, settle, what
from dagster_ingest.redact import redact
from dagster_ingest.spec.alerts import Alerts, Channel, seconds

HOUR, DAY = 3600.0, 86_400.0
SINGLE = 3
"""Messages of one moment that are sent one by one; more become one."""
_FIRST_RETRY = 60.0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is told. times: how often the channel was told of it before."""

    key: str
    what: What
    times: int
    known: Known

    @property
    def over(self) -> bool:
        return self.known.gone is not None


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to a channel at once. id: of these items, at this point of the channel's memory."""

    id: str
    channel: str
    items: tuple[Item, ...]


def step(
    memory: Memory, seen: Seen, now: float, rules: Alerts, tenant: str
) -> tuple[tuple[Message, ...], Memory]:
    """Messages to send, and the memory as if none was; `delivered` and `refused` tell it of each."""
    memory = settle(memory, seen, now, rules, tenant)
    messages: list[Message] = []
    lines = dict(memory.lines)
    for name, channel in rules.channels.items():
        found, waits = due(memory, name, channel, now, rules, tenant)
        messages += found
        line = lines.get(name, Line())
        sent = tuple(at for at in line.sent if now - at < HOUR)
        lines[name] = replace(line, sent=sent, held=line.held or waits)
    return tuple(messages), replace(memory, lines=lines)


def due(
    memory: Memory, name: str, channel: Channel, now: float, rules: Alerts, tenant: str
) -> tuple[list[Message], bool]:
    """The messages of a channel, and whether something has to wait."""
    line = memory.lines.get(name, Line())
    found, waits = items(memory, name, channel, now, rules, tenant)
    if not found:
        return [], waits
    if now < line.again:
        return [], True
    grave = any(item.known.severity == "critical" for item in found)
    first = min(memory.entries[name][item.key].owed or now for item in found)
    if not grave and now - first < seconds(channel.coalesce):
        return [], waits
    allowed = channel.per_hour - sum(1 for at in line.sent if now - at < HOUR)
    if grave:
        allowed += channel.per_hour
    packed = pack(found, channel, allowed, together=line.held or bool(channel.coalesce))
    left = sum(map(len, packed)) < len(found)
    return [Message(_id(tenant, name, part), name, tuple(part)) for part in packed], waits or left


def items(
    memory: Memory, name: str, channel: Channel, now: float, rules: Alerts, tenant: str
) -> tuple[list[Item], bool]:
    """What may be told now, the gravest first; and whether quiet hours hold something back."""
    found, waits = [], False
    for key, entry in memory.entries.get(name, {}).items():
        known = memory.known[key]
        routed = entry.told is None or name in channels_for(rules, tenant, known)
        kind = what(known, entry, now, rules, name, routed=routed)
        if kind is None:
            continue
        if held(channel.quiet, known.severity, now) is not None:
            waits = True
            continue
        found.append(Item(key, kind, entry.times, known))
    found.sort(key=lambda item: (item.over, -rank(item.known.severity), item.known.since, item.key))
    return found, waits


def pack(found: Sequence[Item], channel: Channel, allowed: int, *, together: bool) -> list[list[Item]]:
    """Items to messages, at most `allowed`: the last of them takes all that is left."""
    if allowed <= 0:
        return []
    if not channel.digest:
        return [[item] for item in found[:allowed]]
    if together or len(found) > SINGLE:
        return [list(found)]
    singles = [[item] for item in found]
    if len(singles) <= allowed:
        return singles
    return [*singles[: allowed - 1], list(found[allowed - 1 :])]


def delivered(memory: Memory, message: Message, now: float) -> Memory:
    """After a message arrived. Told again of the same message it changes nothing."""
    if message.id in memory.recent:
        return memory
    memory = told(memory, message.channel, message.items, now)
    line = memory.lines.get(message.channel, Line())
    waits = any(entry.owed is not None for entry in memory.entries[message.channel].values())
    line = Line(sent=(*line.sent, now)[-400:], held=line.held and waits)
    recent = (*memory.recent, message.id)[-RECENT:]
    return replace(memory, lines={**memory.lines, message.channel: line}, recent=recent)


def told(memory: Memory, channel: str, items: Iterable[Item], at: float) -> Memory:
    """After a channel was told of these. What was not known before is from then on."""
    entries, known = dict(memory.entries.get(channel, {})), dict(memory.known)
    for item in items:
        if item.over:
            entries.pop(item.key, None)
            continue
        known.setdefault(item.key, item.known)
        entries[item.key] = Entry(told=at, cause=item.known.cause, times=item.times + 1)
    return replace(memory, known=known, entries={**memory.entries, channel: entries})


def refused(memory: Memory, channel: str, why: str, now: float) -> Memory:
    """After a channel did not take a message: it is tried again later and later, the others go on."""
    line = memory.lines.get(channel, Line())
    line = replace(
        line,
        failures=line.failures + 1,
        again=now + min(_FIRST_RETRY * 2 ** min(line.failures, 10), HOUR),
        failing=now if line.failing is None else line.failing,
        error=cut(redact(why), WORDS),
        held=True,
    )
    return replace(memory, lines={**memory.lines, channel: line})


def undelivered(memory: Memory, now: float) -> list[str]:
    """What could not be delivered for a day, in words."""
    found = []
    for name, line in sorted(memory.lines.items()):
        owed = [entry.owed for entry in memory.entries.get(name, {}).values() if entry.owed is not None]
        if line.failing is not None and owed and now - line.failing >= DAY:
            days = (now - line.failing) / DAY
            found.append(
                f"alerts: the channel {name} takes no messages since {days:.1f} days "
                f"({len(owed)} wait): {line.error}"
            )
    return found


def wakes(memory: Memory, now: float, rules: Alerts, tenant: str) -> float:
    """When time alone makes something due: a repeat, the end of quiet hours, another try."""
    if any(at <= now for at in memory.looks.values()):
        return now
    moments = list(memory.looks.values())
    least = seconds(rules.min_age)
    for found in memory.known.values():
        moments += [moment + least for moment in (found.first, found.gone) if moment is not None]
    for name, channel in rules.channels.items():
        line, waiting = memory.lines.get(name, Line()), []
        for key, entry in memory.entries.get(name, {}).items():
            if entry.owed is not None:
                until = held(channel.quiet, memory.known[key].severity, now) or now
                waiting.append(max(until, entry.owed + seconds(channel.coalesce)))
            elif entry.told is not None and channel.repeat:
                moments.append(entry.told + seconds(channel.repeat))
        if waiting:
            full = len(line.sent) >= channel.per_hour
            moments.append(max(min(waiting), line.again, line.sent[0] + HOUR if full else 0.0))
    # A moment that is past was looked at just now.
    return min((moment for moment in moments if moment > now), default=now + HOUR)


def _id(tenant: str, channel: str, items: Iterable[Item]) -> str:
    parts = [f"{i.key}|{i.what}|{i.known.cause}|{i.known.first}|{i.times}" for i in items]
    return hashlib.sha256("\n".join((tenant, channel, *parts)).encode()).hexdigest()[:16]
