"""A message in words: one thing told whole, or several in a digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dagster_ingest.observe.alerts.incident import Incident, rank
from dagster_ingest.observe.alerts.plain import cut, one_line, plain
from dagster_ingest.observe.alerts.step import Item, Message
from dagster_ingest.observe.explain import span, when
from dagster_ingest.spec.alerts import Severity

TITLE = 200
LONGEST = 20_000
"""Signs of a body, where the channel takes no fewer."""
_SHORTEST = 200

Tone = Literal["info", "warning", "error", "critical", "success"]


@dataclass(frozen=True, slots=True)
class Words:
    """What a channel is handed. thread: names the incident where it is one, for services that follow it."""

    title: str
    body: str
    tone: Tone
    thread: str | None = None


def written(
    message: Message, tenant: str, texts: Mapping[str, Incident], now: float, longest: int = LONGEST
) -> Words:
    """texts: what is known of open incidents now, by key. longest: signs that the channel takes."""
    if len(message.items) == 1:
        return _single(message, message.items[0], tenant, texts, now, longest)
    return _digest(message, tenant, texts, now, longest)


def headline(item: Item, now: float) -> str:
    title = one_line(item.known.title, TITLE)
    lasted = span(now - item.known.since)
    return {
        "opened": f"[{item.known.severity}] {title}",
        "changed": f"[{item.known.severity}] Changed: {title}",
        "still": f"[{item.known.severity}] Still so after {lasted}: {title}",
        "recovered": f"Recovered: {title}",
        "passed": f"Came and went: {title}",
    }[item.what]


def _single(
    message: Message, item: Item, tenant: str, texts: Mapping[str, Incident], now: float, longest: int
) -> Words:
    tone: Tone = "success" if item.over else item.known.severity
    body, rest = _body(item, tenant, texts, now), f"\n… {_more(tenant, [item])}\n\n{_foot(message)}"
    foot = f"\n\n{_foot(message)}"
    fits = len(body) + len(foot) <= longest
    whole = body + foot if fits else cut(body, max(longest - len(rest), _SHORTEST), "") + rest
    return Words(cut(headline(item, now), TITLE), whole, tone, f"{tenant}/{item.key}")


def _digest(message: Message, tenant: str, texts: Mapping[str, Incident], now: float, longest: int) -> Words:
    """All headlines, then as many of the texts as fit."""
    open = [item for item in message.items if not item.over]
    over = [item for item in message.items if item.over]
    counted = [f"{len(open)} open"] if open else []
    counted += [f"{len(over)} recovered"] if over else []
    foot = f"\n\n{_foot(message)}"
    rest = f"\n… {_more(tenant, message.items)}"
    room = max(longest - len(foot), _SHORTEST)
    lines = "\n".join(f"- {headline(item, now)}{_spell(item)}" for item in message.items)
    body = lines if len(lines) <= room else cut(lines, room - len(rest), "") + rest
    for item in open:
        more = f"\n\n\n{one_line(item.known.title, TITLE)}\n\n{_body(item, tenant, texts, now)}"
        if len(body) + len(more) > room:
            break
        body += more
    gravest: Severity = max((item.known.severity for item in open), key=rank, default="info")
    tone: Tone = gravest if open else "success"
    return Words(f"{tenant}: {', '.join(counted)}", body + foot, tone)


def _body(item: Item, tenant: str, texts: Mapping[str, Incident], now: float) -> str:
    if item.over:
        ended = item.known.gone or now
        begun = f"since {when(item.known.since)}, for {span(ended - item.known.since)}"
        return plain(f"It is over; it was so {begun}.\nOwner: {', '.join(item.known.owners)}")
    found = texts.get(item.key)
    if found is None:
        place = f" {item.known.state}" if item.known.state else ""
        body = f"Since {when(item.known.since)}.\nOwner: {', '.join(item.known.owners)}"
        return plain(f"{body}\nNothing more could be read now; see dagster-ingest explain {tenant}{place}")
    return plain(found.text) + (f"\n\n{found.link}" if found.link else "")


def _spell(item: Item) -> str:
    if not item.over:
        return f" (since {when(item.known.since)})"
    return f" ({when(item.known.since)} to {when(item.known.gone or item.known.since)})"


def _more(tenant: str, items: Sequence[Item]) -> str:
    if len(items) == 1 and items[0].known.state:
        return f"the rest: dagster-ingest explain {tenant} {items[0].known.state}"
    return f"the rest: dagster-ingest alerts list --tenant {tenant}"


def _foot(message: Message) -> str:
    return f"alert {message.id}"
