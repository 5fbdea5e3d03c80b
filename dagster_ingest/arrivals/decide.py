"""Whether what a source shows asks for a load. Pure: the clock is handed in, and so is all that is known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from dagster_ingest.arrivals.memory import Mark
from dagster_ingest.arrivals.patience import FIRST_RETRY, LONGEST, backed_off
from dagster_ingest.connectors.base import Sign

LOST = 900.0  # seconds after which a load that nobody knows of was never started

# open: not ended. done: loaded, or refused for what was delivered. failed: it did not get so far.
# none: there is no such run
Ended = Literal["open", "done", "failed", "none"]
# ask: it is to be loaded. known: it is on record already, or there is nothing. wait: not yet
Answer = Literal["ask", "known", "wait"]


@dataclass(frozen=True, slots=True)
class Sight:
    """What the tables of a state showed in one look; see base.Sign. bases by table."""

    value: str
    after: str
    bases: Mapping[str, str] = field(default_factory=dict)
    after_bases: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, signs: Mapping[str, Sign]) -> Sight:
        return cls(
            _digest({table: (sign.base, sign.value) for table, sign in signs.items()}),
            _digest({table: (sign.after_base, sign.after) for table, sign in signs.items()}),
            {table: sign.base for table, sign in signs.items() if sign.base},
            {table: sign.after_base for table, sign in signs.items() if sign.after_base},
        )


@dataclass(frozen=True, slots=True)
class Step:
    """ask: the run key of the load to be asked for, "" for none. wait: seconds after which to look again,
    None: as ever."""

    mark: Mark
    why: str
    ask: str = ""
    wait: float | None = None


def ended(mark: Mark, how: Ended, now: float) -> Mark:
    """The mark after it was asked what became of the load. One that failed is asked for again, paced."""
    if not mark.asked or how == "open":
        return mark
    if how == "done":
        bases = dict(mark.then_bases) or mark.bases
        return replace(
            mark, told=mark.then, bases=bases, asked="", then="", then_bases={}, tries=0, later=0.0
        )
    if how == "none":
        if 0 <= now - mark.at < LOST:
            return mark
        return replace(mark, asked="", then="", then_bases={})
    tries = mark.tries + 1
    later = now + backed_off(FIRST_RETRY, tries)
    return replace(mark, asked="", then="", then_bases={}, tries=tries, later=later)


def step(
    mark: Mark,
    sight: Sight,
    now: float,
    *,
    state: str,
    born: int,
    quiet: float,
    examine: Callable[[], tuple[Answer, str]],
) -> Step:
    """What follows from a look at a state for which no load is under way.

    quiet    seconds that what is new has to stay as it is
    examine  asked only where it matters: whether it is new beyond what is on record, and why it waits
    """
    mark = replace(mark, bases=dict(sight.bases))
    if sight.value == mark.told:
        return Step(replace(mark, seen="", since=0.0, tries=0, later=0.0), "nothing is new")
    if sight.value != mark.seen:
        mark = replace(mark, seen=sight.value, since=now, tries=0, later=0.0)
    elif mark.since > now:  # the clock was set back
        mark = replace(mark, since=now)
    if (left := quiet - (now - mark.since)) > 0:
        return Step(mark, f"something new has to stay as it is for {quiet:.0f} s", wait=left)
    if now < mark.later <= now + LONGEST:
        return Step(
            mark, f"the load failed {mark.tries} times; it is tried again in {mark.later - now:.0f} s"
        )
    answer, why = examine()
    if answer == "wait":
        return Step(mark, why)
    if answer == "known":
        bases = dict(sight.after_bases) or mark.bases
        return Step(replace(mark, told=sight.after, seen="", since=0.0, tries=0, later=0.0, bases=bases), why)
    key = f"{state}-{sight.value[:16]}-{born}-{mark.asks}"
    asked = replace(
        mark, asked=key, at=now, asks=mark.asks + 1, then=sight.after, then_bases=dict(sight.after_bases)
    )
    return Step(asked, why, ask=key)


def _digest(parts: Mapping[str, tuple[str, str]]) -> str:
    return hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()[:32]
