"""Whatever happens, in whatever order, with a crash anywhere: told once, and its end once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from dagster_ingest.observe.alerts.memory import Memory
from dagster_ingest.observe.alerts.settle import Seen
from dagster_ingest.observe.alerts.step import Message, delivered, refused, step, told
from dagster_ingest.spec.alerts import Alerts
from tests.observe.alerts.making import DAY, HOUR, MINUTE, START, incident, rules

KEYS = ("blocked/FL", "blocked/AL", "sla/FL", "review/AL")
ASKED = st.sampled_from(
    [
        rules(),
        rules(min_age="5m"),
        rules({"team": {"repeat": "4h"}, "call": {"digest": False}}),
        rules({"team": {"quiet": {"start": "22:00", "end": "07:00", "timezone": "America/Chicago"}}}),
        rules({"team": {"coalesce": "5m", "per_hour": 2}, "call": {"per_hour": 1}}),
        rules({"team": {"per_hour": 2}, "call": {}}, [{"to": ["team"]}, {"to": ["call"], "kinds": ["sla"]}]),
    ]
)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("turn"), st.sampled_from(KEYS)),
        st.tuples(st.just("down"), st.sampled_from(("team", "call"))),
        st.tuples(st.just("tick"), st.sampled_from((30.0, 10 * MINUTE, 5 * HOUR))),
        st.tuples(st.just("crash"), st.integers(0, 3)),
        st.tuples(st.just("forget"), st.none()),
    ),
    max_size=40,
)


@dataclass
class World:
    """A sensor whose receipts stand in a log, as Dagster's does, and a receiver that counts."""

    rules: Alerts
    now: float = START
    open: set[str] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    cursor: str | None = None
    log: list[tuple[float, Message]] = field(default_factory=list)
    read: int = 0
    told: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    knows: set[tuple[str, str]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def tick(self, after: float, crash: int | None = None) -> None:
        """crash: the process dies after so many messages were sent and put on record."""
        self.now += after
        memory = Memory.of(self.cursor)
        fresh, memory = memory is None, memory or Memory()
        end = len(self.log)
        for at, message in self.log[0 if fresh else self.read :]:
            if message.id not in memory.recent:
                memory = told(memory, message.channel, message.items, at)
        scopes = {key.partition("/")[2] for key in KEYS}
        seen = Seen(tuple(_incident(key) for key in sorted(self.open)), frozenset(scopes))
        messages, memory = step(memory, seen, self.now, self.rules, "gulf")
        for number, message in enumerate(messages):
            if crash is not None and number >= crash:
                return
            if message.channel in self.down:
                memory = refused(memory, message.channel, "down", self.now)
                continue
            self._receive(message)
            self.log.append((self.now, message))
            memory = delivered(memory, message, self.now)
        if crash is None:
            self.cursor, self.read = memory.text(), end

    def _receive(self, message: Message) -> None:
        for item in message.items:
            place = (message.channel, item.key)
            self.told[(*place, item.what)] += 1
            if item.what == "opened":
                self._check(place not in self.knows, f"{place} told twice")
                self.knows.add(place)
            elif item.what == "recovered":
                self._check(place in self.knows, f"{place} recovered and never told")
                self.knows.discard(place)
            elif item.what == "passed":
                self._check(place not in self.knows, f"{place} passed after it was told")
            else:
                self._check(place in self.knows, f"{item.what} of {place}, never told")

    def _check(self, right: bool, words: str) -> None:
        if not right:
            self.wrong.append(words)


def _incident(key: str):
    return incident(key, severity="critical" if key.startswith("sla") else "error")


@given(ASKED, MOVES)
def test_told_once_and_recovered_once_wherever_it_crashes(asked, moves):
    world = World(asked)
    for move, value in moves:
        if move == "turn":
            world.open ^= {value}
        elif move == "down":
            world.down ^= {value}
        elif move == "crash":
            world.tick(30.0, crash=value)
        elif move == "forget":
            world.cursor = None
        else:
            world.tick(value)
    world.down.clear()
    for _ in range(30):
        world.tick(2 * HOUR)

    assert world.wrong == []
    wanted = {
        (name, key)
        for key in world.open
        for name in asked.channels
        if name == "team" or len(asked.routes) == 1 or key.startswith("sla")
    }
    assert world.knows == wanted, "everyone knows what is open, and nobody thinks of more"

    world.open.clear()
    for _ in range(30):
        world.tick(2 * HOUR)
    assert world.knows == set()
    assert world.wrong == []
    quiet_after = dict(world.told)
    world.tick(DAY)
    assert dict(world.told) == quiet_after
