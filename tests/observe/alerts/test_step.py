"""Sequences of what happens, and what is told of it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dagster_ingest.observe.alerts.memory import MOST, Memory
from dagster_ingest.observe.alerts.step import Item, delivered, told, undelivered
from tests.observe.alerts.making import DAY, HOUR, MINUTE, START, Played, incident, rules

QUIET = {"start": "22:00", "end": "07:00", "timezone": "America/Chicago"}


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Chicago")).timestamp()


def test_opened_once_and_recovered_once():
    played = Played(rules()).opens()

    assert played.tick() == ["team: opened blocked/FL"]
    assert played.tick() == []
    assert played.tick(DAY) == []
    assert played.closes().tick() == ["team: recovered blocked/FL"]
    assert played.tick(DAY) == []
    assert played.memory.known == {}


def test_what_opens_again_is_told_again():
    played = Played(rules()).opens()
    played.tick()
    played.closes().tick()

    assert played.opens().tick() == ["team: opened blocked/FL"]


def test_another_cause_is_told_once():
    played = Played(rules()).opens()
    played.tick()

    assert played.opens(cause="two").tick() == ["team: changed blocked/FL"]
    assert played.tick(HOUR) == []


def test_what_is_still_open_is_told_again_as_often_as_asked():
    played = Played(rules({"team": {"repeat": "4h"}})).opens()
    assert played.tick() == ["team: opened blocked/FL"]
    assert played.next() == 4 * HOUR

    told = [said for _ in range(48) for said in played.tick(HOUR / 2)]

    assert told == ["team: still blocked/FL"] * 6


def test_what_comes_and_goes_is_not_told():
    played = Played(rules(min_age="5m"))
    for _ in range(5):
        assert played.opens().tick(2 * MINUTE) == []
        assert played.closes().tick(2 * MINUTE) == []

    assert played.memory.known == {}
    assert played.opens().tick() == []
    assert played.next() == 5 * MINUTE
    assert played.tick(5 * MINUTE) == ["team: opened blocked/FL"]


def test_a_recovery_that_does_not_last_is_not_told():
    played = Played(rules(min_age="5m")).opens()
    played.tick()
    played.tick(5 * MINUTE)

    assert played.closes().tick(MINUTE) == []
    assert played.opens().tick(MINUTE) == []
    assert played.tick(HOUR) == []
    assert played.closes().tick() == []
    assert played.tick(5 * MINUTE) == ["team: recovered blocked/FL"]


@pytest.mark.parametrize(
    ("route", "heard"),
    [
        ({}, True),
        ({"owners": ["team:gulf-*"]}, True),
        ({"owners": ["team:prairie-*", "data@*"]}, False),
        ({"tenants": ["g?lf"]}, True),
        ({"tenants": ["prairie"]}, False),
        ({"kinds": ["blocked", "review"]}, True),
        ({"kinds": ["sla"]}, False),
        ({"severities": ["error", "critical"]}, True),
        ({"severities": ["critical"]}, False),
        ({"severities": ["error"], "kinds": ["sla"]}, False),
    ],
)
def test_a_route_matches_in_all_that_it_names(route, heard):
    played = Played(rules(routes=[{"to": ["team"], **route}])).opens()

    assert bool(played.tick()) == heard


def test_a_channel_of_several_routes_is_told_once():
    found = rules(
        {"team": {}, "call": {}}, [{"to": ["team"]}, {"to": ["call", "team"], "kinds": ["blocked"]}]
    )

    assert Played(found).opens().tick() == ["team: opened blocked/FL", "call: opened blocked/FL"]


def test_what_grows_graver_is_news_to_who_is_called_then_and_over_for_both():
    found = rules({"team": {}, "call": {}}, [{"to": ["team"]}, {"to": ["call"], "severities": ["critical"]}])
    played = Played(found).opens("sla/FL", severity="warning", cause="warn")
    assert played.tick() == ["team: opened sla/FL"]

    played.opens("sla/FL", severity="critical", cause="fail")

    assert played.tick() == ["team: changed sla/FL", "call: opened sla/FL"]
    assert played.closes("sla/FL").tick() == ["team: recovered sla/FL", "call: recovered sla/FL"]


def test_what_was_not_looked_at_is_neither_over_nor_new():
    played = Played(rules()).opens().opens("blocked/AL")
    played.tick()

    played.closes("blocked/AL")

    assert played.tick(scopes={"FL"}) == []
    assert played.tick(scopes={"AL"}) == ["team: recovered blocked/AL"]


def test_more_than_a_few_at_once_are_one_message():
    played = Played(rules())
    for state in ("AL", "FL", "GA", "IA"):
        played.opens(f"blocked/{state}")

    [message] = played.tick()

    assert message == "team: " + ", ".join(f"opened blocked/{state}" for state in ("AL", "FL", "GA", "IA"))


def test_where_each_is_an_incident_of_its_own_nothing_is_put_together():
    played = Played(rules({"call": {"digest": False}}))
    for state in ("AL", "FL", "GA", "IA"):
        played.opens(f"blocked/{state}")

    assert len(played.tick()) == 4


def test_messages_are_gathered_but_a_critical_one_does_not_wait():
    played = Played(rules({"team": {"coalesce": "5m"}})).opens()
    assert played.tick() == []
    assert played.next() == 5 * MINUTE
    assert played.opens("blocked/AL").tick(4 * MINUTE) == []
    assert played.tick(MINUTE) == ["team: opened blocked/AL, opened blocked/FL"]

    assert played.opens("sla/FL", severity="critical").tick() == ["team: opened sla/FL"]


def test_no_more_an_hour_than_asked_and_nothing_is_lost():
    played = Played(rules({"team": {"per_hour": 3}}))
    messages = []
    for number in range(20):
        messages += played.opens(f"blocked/{number}").tick(MINUTE)
    assert len(messages) == 3

    [late] = played.tick(HOUR)

    assert late.count("opened") == 17
    times = [at for at, _ in played.sent]
    assert all(sum(1 for other in times if at - HOUR < other <= at) <= 3 for at in times)


def test_a_critical_message_may_pass_the_limit_once_more():
    played = Played(rules({"team": {"per_hour": 1}})).opens()
    played.tick()

    assert played.opens("blocked/AL").tick() == []
    assert played.opens("sla/FL", severity="critical").tick() == [
        "team: opened sla/FL, opened blocked/AL",
    ]
    assert played.opens("sla/AL", severity="critical").tick() == []


def test_quiet_hours_hold_what_is_not_critical_and_tell_it_together():
    played = Played(rules({"team": {"quiet": QUIET}}), now=at("2026-06-01T21:00"))
    assert played.opens().tick() == ["team: opened blocked/FL"]

    played.now = at("2026-06-01T23:00")
    assert played.closes().tick() == []
    assert played.opens("blocked/AL").tick() == []
    played.opens("blocked/GA").tick(HOUR)
    assert played.closes("blocked/GA").tick(HOUR) == []
    assert played.opens("sla/FL", severity="critical").tick() == ["team: opened sla/FL"]
    assert played.tick() == []

    played.now = at("2026-06-02T06:59")
    assert played.tick(0) == []
    assert played.next() == MINUTE
    assert played.tick(MINUTE) == ["team: opened blocked/AL, recovered blocked/FL, passed blocked/GA"]
    assert played.tick(DAY) == []


@pytest.mark.parametrize(
    ("evening", "morning"),
    [
        ("2026-03-07T22:00", "2026-03-08T07:00"),  # the clocks go forward in this night
        ("2026-10-31T22:00", "2026-11-01T07:00"),  # and back in this one
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(evening, morning):
    played = Played(rules({"team": {"quiet": QUIET}}), now=at(evening)).opens()
    told = []
    while not told:
        told = played.tick(MINUTE)

    assert played.now == at(morning)


def test_a_channel_that_fails_is_tried_later_and_later_and_stops_no_other():
    played = Played(rules({"team": {}, "call": {}}), down={"team"}).opens()
    assert played.tick() == ["call: opened blocked/FL"]

    tries = []
    for _ in range(300):
        before = played.memory.lines["team"].failures
        assert played.tick() == []
        if played.memory.lines["team"].failures > before:
            tries.append(played.now)

    waits = [
        round((later - sooner) / MINUTE) for sooner, later in zip([START + 30, *tries], tries, strict=False)
    ]
    assert waits == [1, 2, 4, 8, 16, 32, 60]
    played.down.clear()
    assert played.tick(HOUR) == ["team: opened blocked/FL"]
    assert played.memory.lines["team"].failures == 0


def test_what_cannot_be_delivered_for_a_day_is_said():
    played = Played(rules({"team": {}}), down={"team"}).opens()
    for _ in range(23):
        played.tick(HOUR)
    assert undelivered(played.memory, played.now) == []

    played.tick(HOUR)
    played.tick(HOUR)

    [words] = undelivered(played.memory, played.now)
    assert words == "alerts: the channel team takes no messages since 1.0 days (1 wait): no route to host"


def test_what_was_sent_by_a_tick_that_left_no_memory_is_not_sent_again():
    played = Played(rules()).opens()
    before = played.memory
    played.tick()
    [(moment, message)] = played.sent

    played.memory = told(before, message.channel, message.items, moment)

    assert played.tick() == []
    assert played.closes().tick() == ["team: recovered blocked/FL"]


def test_a_message_counts_once():
    played = Played(rules()).opens()
    played.tick()
    [(_, message)] = played.sent

    assert delivered(played.memory, message, played.now) == played.memory


def test_what_was_told_as_over_and_is_not_is_told_again():
    played = Played(rules()).opens()
    played.tick()
    before = played.memory
    played.closes().tick()
    _, message = played.sent[-1]

    played.memory = told(before, message.channel, message.items, played.now)

    assert played.opens().tick() == ["team: opened blocked/FL"]


def test_a_channel_that_is_gone_is_forgotten_and_a_new_one_hears_what_is_open():
    played = Played(rules()).opens()
    played.tick()

    played.rules = rules({"other": {}})

    assert played.tick() == ["other: opened blocked/FL"]
    assert played.closes().tick() == ["other: recovered blocked/FL"]


def test_the_memory_is_bounded_and_comes_back_as_it_was():
    played = Played(rules())
    for number in range(MOST + 50):
        played.opens(f"blocked/{number}", title="x" * 9000)
    played.tick()

    assert len(played.memory.known) == MOST
    assert played.memory.dropped == 50
    text = played.memory.text()
    assert len(text) < 400_000
    assert Memory.of(text) == played.memory


@pytest.mark.parametrize("text", [None, "", "17", "[]", "{}", '{"v":0}', '{"v":1}', "{"])
def test_a_memory_that_cannot_be_read_is_none(text):
    assert Memory.of(text) is None


def test_an_item_is_over_when_its_incident_is():
    played = Played(rules()).opens()
    played.tick()
    known = played.memory.known["blocked/FL"]

    assert not Item("blocked/FL", "opened", 0, known).over
    assert incident().key in played.memory.known
