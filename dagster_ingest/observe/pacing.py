"""What is to be started for a tenant's states, and when to look again. Values and pure functions.

The sensor of a tenant, `dagster-ingest plan` and the simulation all decide here. Times are seconds of the
epoch. What happened is read from the event log each time; a memory holds only what no event tells.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal
from zlib import crc32

from dagster_ingest.observe.lateness import Lateness, Terms, lateness, terms
from dagster_ingest.spec import moments
from dagster_ingest.spec.sla import Deadline, Freshness, Preset

AT_ONCE = 2
"""Runs of a tenant's that are under way at once, of those started here."""
A_DAY = 24
"""Runs of a state that may begin within a day, whatever asks for them, before no other is started here."""
RECHECK = 900.0  # seconds after which a source that had nothing new is asked again
SPREAD = 900.0  # seconds over which tenants begin after a daemon was started
GONE = 3600.0  # a watcher that was silent for so long begins anew
_FIRST, _SHORTEST_CAP, _LONGEST_CAP = 600.0, 1800.0, 6 * 3600.0
_DAY = 86400.0
_LAST_CHANCE = 2400.0
_MINUTE, _BUSY = 60.0, 600.0
_MANY = 16  # as many runs in vain as make the longest pause

Outcome = Literal["loaded", "refused", "failed"]
_FARED = {"loaded": "a run found nothing new", "refused": "a run was refused", "failed": "a run failed"}


@dataclass(frozen=True, slots=True)
class Try:
    """The newest run that loads a state, and those before it.

    outcome  loaded: it succeeded. refused: a check said no to what was delivered. failed: anything else
    stamp    what the source, or the assets upstream, were at when a run was last asked for; None: not known
    vain     runs in a row, this one last, that brought nothing to show
    today    runs that began within a day
    """

    run_id: str
    began: float
    ended: float
    outcome: Outcome = "loaded"
    stamp: str | None = None
    vain: int = 0
    today: int = 1


@dataclass(frozen=True, slots=True)
class Upstream:
    """The newest change of the assets upstream. token: equal means the same data."""

    token: str
    at: float


@dataclass(frozen=True, slots=True)
class Facts:
    """One state, as the event log has it.

    published_at  when the reader that is furthest behind was last written; None: one never was
    loaded_at     when a raw table was last committed
    since         when the first run of the state began; None: there was none
    busy          whether a run is at work on the state, or queued
    """

    state: str
    published_at: float | None = None
    loaded_at: float | None = None
    since: float | None = None
    last: Try | None = None
    busy: bool = False
    upstream: Upstream | None = None

    @property
    def covered_at(self) -> float | None:
        """From when what is published, or is about to be, was whole."""
        loaded = self.loaded_at if self.last is None or self.last.outcome == "loaded" else None
        return max((t for t in (self.published_at, loaded) if t is not None), default=None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tenant asks of its automation. times, timezone: of its schedule. quiet: seconds."""

    tenant: str
    preset: Preset
    sla: Freshness | Deadline
    times: str | None = None
    timezone: str = "UTC"
    quiet: float = _MINUTE


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done for a state. at: when it may be otherwise, without anything new; None: never."""

    state: str
    start: bool
    why: str
    at: float | None = None
    stamp: str | None = None


@dataclass
class Memory:
    """What is known from one look to the next.

    looked, begun  when the last look was, and the first of those that followed one another
    wake           nothing has to be done before, unless something new is recorded
    newest         storage id of the newest record that was seen
    asked          digest of what the tenant asked for
    since          state to when it was first missed
    status         state to its lateness at the last look
    """

    looked: float = 0.0
    begun: float = 0.0
    wake: float = 0.0
    newest: int = 0
    asked: str = ""
    since: dict[str, float] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: str | None) -> Memory:
        """Of a cursor. One that cannot be read is as none."""
        try:
            found = cls(**json.loads(cursor or "{}"))
            return cls(**{**asdict(found), "looked": float(found.looked), "newest": int(found.newest)})
        except (ValueError, TypeError):
            return cls()

    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    def quiet(self, now: float, newest: int, asked: str) -> bool:
        """Whether a look would find what the last one found."""
        return (newest, asked) == (self.newest, self.asked) and self.looked <= now < self.wake


@dataclass(frozen=True, slots=True)
class Decision:
    """starts: what to start, the most urgent first. turns: states whose lateness is another than it was."""

    steps: tuple[Step, ...]
    late: dict[str, Lateness]
    turns: tuple[str, ...]
    memory: Memory

    @property
    def starts(self) -> tuple[Step, ...]:
        due = {state: found.due_at or 0.0 for state, found in self.late.items()}
        return tuple(sorted((s for s in self.steps if s.start), key=lambda s: due[s.state]))


Look = Callable[[str], str | None]
"""State to a text that is another one where its source has something new; None: that cannot be told."""


def decide(asked: Asked, facts: Sequence[Facts], memory: Memory, now: float, look: Look) -> Decision:
    """One look at a tenant. `look` is called only for states that would be started if it finds news."""
    begun = memory.begun if memory.looked <= now < memory.looked + GONE else now
    since = {f.state: memory.since.get(f.state, now) for f in facts if f.published_at is None}
    late = {f.state: lateness(asked.sla, f.published_at, _since(f, since), now) for f in facts}
    steps = [_step(asked, f, since, now, look) for f in facts]
    steps = _held(asked, steps, begun, now)
    steps = _few(facts, steps, now)
    status: dict[str, str] = {state: found.status for state, found in late.items()}
    turns = tuple(state for state, found in status.items() if found != memory.status.get(state, "fresh"))
    wake = _wake(facts, steps, late, now)
    kept = Memory(now, begun, wake, memory.newest, memory.asked, since, status)
    return Decision(tuple(steps), late, turns, kept)


def pause(vain: int, span: float) -> float:
    """Seconds to wait after so many runs in vain: doubled each time, up to an eighth of the SLA's span."""
    longest = min(max(span / 8, _SHORTEST_CAP), _LONGEST_CAP)
    return min(_FIRST * 2.0 ** min(vain - 1, _MANY), longest) if vain else 0.0


def _since(fact: Facts, since: dict[str, float]) -> float | None:
    return fact.since if fact.since is not None else since.get(fact.state)


def _step(asked: Asked, fact: Facts, since: dict[str, float], now: float, look: Look) -> Step:
    if asked.preset == "manual":
        return Step(fact.state, False, "nothing starts by itself: it is loaded by hand")
    if asked.preset == "on_schedule":
        assert asked.times is not None  # the spec asks for it
        at = moments.after(asked.times, asked.timezone, now)
        return Step(fact.state, False, f"the schedule {asked.times} {asked.timezone} starts it", at)
    if fact.busy:
        return Step(fact.state, False, "a run is at work on it, or queued", now + _BUSY)
    if asked.preset == "on_upstream":
        return _on_upstream(asked, fact, now)
    if asked.preset == "on_arrival":
        return _on_arrival(asked, fact, now)
    return _on_need(asked, fact, _since(fact, since) or now, now, look)


def _on_need(asked: Asked, fact: Facts, since: float, now: float, look: Look) -> Step:
    covered = fact.covered_at
    until = terms(asked.sla, since if covered is None else covered)
    if covered is not None and now < until.need_at:
        shown = fact.published_at is not None and fact.published_at >= covered
        state_of = "it is fresh" if shown else "it is loaded, and its readers have yet to show it"
        return Step(fact.state, False, state_of, until.need_at)
    stamp, last = look(fact.state), fact.last
    if last is not None and stamp is not None and stamp == last.stamp and last.outcome != "failed":
        said = "was refused" if last.outcome == "refused" else "is loaded"
        return Step(
            fact.state, False, f"the source has nothing new: what it has {said}", now + RECHECK, stamp
        )
    news = stamp is not None and last is not None and last.stamp is not None and stamp != last.stamp
    words = "it was never loaded" if covered is None else _need(asked, until, now)
    return _paced(fact, until, now, words, stamp, news=news)


def _need(asked: Asked, until: Terms, now: float) -> str:
    if now >= until.due_at:
        return "its SLA is broken"
    return "its SLA warns" if until.warn_at is not None else "its SLA runs out soon"


def _on_upstream(asked: Asked, fact: Facts, now: float) -> Step:
    news, last = fact.upstream, fact.last
    if news is None:
        return Step(fact.state, False, "nothing upstream of it was ever materialized")
    tried = last is not None and (last.stamp == news.token or last.began >= news.at)
    if last is not None and tried and last.outcome != "failed":
        said = "refused" if last.outcome == "refused" else "loaded"
        return Step(fact.state, False, f"what is upstream of it has not changed since it was {said}")
    if now < news.at + asked.quiet:
        return Step(fact.state, False, "what is upstream of it is changing", news.at + asked.quiet)
    until = terms(asked.sla, fact.covered_at if fact.covered_at is not None else now)
    return _paced(fact, until, now, "what is upstream of it has changed", news.token, news=not tried)


def _on_arrival(asked: Asked, fact: Facts, now: float) -> Step:
    last = fact.last
    if last is None or last.stamp is None or last.outcome != "failed":
        return Step(fact.state, False, "it waits for something to arrive")
    until = terms(asked.sla, fact.covered_at if fact.covered_at is not None else now)
    return _paced(fact, until, now, "what arrived could not be loaded", last.stamp, news=False)


def _paced(fact: Facts, until: Terms, now: float, why: str, stamp: str | None, *, news: bool) -> Step:
    """A start, unless the last one was in vain only just now. News does not wait for what came before it."""
    last = fact.last
    if last is None:
        return Step(fact.state, True, why, None, stamp)
    again = last.ended + (_MINUTE if news else pause(last.vain, until.span)) if last.vain else 0.0
    if last.ended < until.due_at - _LAST_CHANCE < again:
        again = until.due_at - _LAST_CHANCE  # a pause does not sleep through the end of the SLA
    if last.today >= A_DAY:
        again = max(again, last.ended + pause(_MANY, until.span))
        why = f"{why}; {last.today} runs began within a day"
    elif last.vain:
        times = "once" if last.vain == 1 else f"{last.vain} times in a row"
        why = f"{why}; {_FARED[last.outcome]} {times}"
    return Step(fact.state, now >= again, why, None if now >= again else again, stamp)


def _held(asked: Asked, steps: list[Step], begun: float, now: float) -> list[Step]:
    """After a daemon was started the tenants begin one after another."""
    until = begun + crc32(asked.tenant.encode()) % SPREAD
    if now >= until:
        return steps
    return [
        Step(s.state, False, f"{s.why}; tenants begin in turn", until, s.stamp) if s.start else s
        for s in steps
    ]


def _few(facts: Sequence[Facts], steps: list[Step], now: float) -> list[Step]:
    """A few at once, and of those that were never loaded one at a time."""
    known = {f.state: f for f in facts}
    at_work = sum(f.busy for f in facts)
    new = any(f.busy and f.covered_at is None for f in facts)
    found = []
    for step in steps:
        is_new = known[step.state].covered_at is None
        if step.start and (at_work >= AT_ONCE or (is_new and new)):
            step = Step(
                step.state, False, f"{step.why}; others of the tenant go first", now + _MINUTE, step.stamp
            )
        if step.start:
            at_work, new = at_work + 1, new or is_new
        found.append(step)
    return found


def _wake(facts: Sequence[Facts], steps: Sequence[Step], late: dict[str, Lateness], now: float) -> float:
    turns = [t for found in late.values() for t in (found.warn_at, found.due_at) if t is not None and t > now]
    nexts = [s.at for s in steps if s.at is not None]
    soon = [now + _BUSY for s in steps if s.start]
    return max(min([*turns, *nexts, *soon, now + _DAY]), now + 1.0)
