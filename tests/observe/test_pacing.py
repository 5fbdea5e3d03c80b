"""What is started for a state, and when it is looked at again: each preset, over many looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dagster_ingest.observe.pacing import (
    A_DAY,
    AT_ONCE,
    SPREAD,
    Asked,
    Facts,
    Memory,
    Try,
    Upstream,
    decide,
    pause,
)
from dagster_ingest.spec.sla import Deadline, Freshness

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
NOW = 1_800_000_000.0
ASKED = Asked("gulf", "fresh_on_need", Freshness(warn="26h", fail="36h"))
DAILY = Deadline.model_validate(
    {"by": {"cron": "0 8 * * *", "timezone": "America/Chicago"}, "within": "8h", "warn_before": "2h"}
)
FRESH = Facts("FL", published_at=NOW - HOUR, loaded_at=NOW - HOUR)
DUE = replace(FRESH, published_at=NOW - 27 * HOUR, loaded_at=NOW - 27 * HOUR)


def running(now: float = NOW) -> Memory:
    """Of a watcher that has looked for long."""
    return Memory(looked=now - MINUTE, begun=now - DAY)


def one(fact: Facts, now: float = NOW, look: str | None = None, asked: Asked = ASKED):
    [step] = decide(asked, [fact], running(now), now, lambda state: look).steps
    return step


def tried(ended: float = NOW - HOUR, **more) -> Try:
    return Try("run", ended - MINUTE, ended, **more)


def test_what_is_fresh_is_looked_at_again_when_it_warns():
    step = one(FRESH)

    assert (step.start, step.at) == (False, FRESH.published_at + 26 * HOUR)


def test_what_warns_is_started_once_and_not_while_it_is_at_work():
    assert one(DUE).start
    assert not one(replace(DUE, busy=True)).start


def test_what_is_loaded_already_waits_for_its_readers():
    step = one(replace(DUE, loaded_at=NOW - HOUR))

    assert not step.start
    assert "readers have yet to show it" in step.why


def test_a_load_that_failed_half_way_does_not_count_as_loaded():
    half = replace(DUE, loaded_at=NOW - HOUR, last=tried(outcome="refused", vain=1))

    assert one(half).start


@pytest.mark.parametrize("outcome", ["loaded", "refused"])
def test_the_same_input_is_not_tried_again(outcome):
    same = replace(DUE, last=tried(outcome=outcome, stamp="a", vain=1))

    assert not one(same, look="a").start
    assert one(same, look="b").start
    assert one(same, look=None).start, "who cannot be asked is tried at the pace of retries"


def test_a_source_that_could_not_be_read_is_tried_again_although_it_looks_the_same():
    assert one(replace(DUE, last=tried(outcome="failed", stamp="a", vain=1)), look="a").start


def test_retries_wait_twice_as_long_each_time_up_to_an_eighth_of_the_span():
    waits = [pause(vain, 36 * HOUR) / MINUTE for vain in range(1, 8)]

    assert waits == [10, 20, 40, 80, 160, 270, 270]
    assert pause(9, 8 * DAY) == 6 * HOUR
    assert pause(9, HOUR) == 30 * MINUTE
    failed = replace(DUE, last=tried(outcome="failed", vain=3))
    [step] = decide(ASKED, [failed], running(NOW - 21 * MINUTE), NOW - 21 * MINUTE, lambda state: None).steps
    assert (step.start, step.at) == (False, failed.last.ended + 40 * MINUTE)
    assert "a run failed 3 times in a row" in step.why
    assert one(failed, now=NOW - 20 * MINUTE).start


def test_news_does_not_wait_for_the_failures_before_it():
    failed = replace(DUE, last=tried(NOW - 2 * MINUTE, outcome="refused", stamp="a", vain=6))

    assert one(failed, look="b").start
    assert not one(failed, look=None).start


def test_a_source_that_looks_new_each_time_is_no_storm():
    starts, last = [], None
    for minute in range(3 * 24 * 60):
        now = NOW + minute * MINUTE
        fact = replace(DUE, last=last)
        if one(fact, now=now, look=f"{minute}").start:
            starts.append(now)
            today = sum(now - start < DAY for start in starts)
            last = Try(f"{minute}", now, now, "refused", f"{minute}", len(starts), today)

    per_day = [sum(NOW + d * DAY <= start < NOW + (d + 1) * DAY for start in starts) for d in range(3)]
    assert all(count <= A_DAY + 5 for count in per_day), per_day


def test_a_deadline_is_run_for_when_it_warns_also_where_the_clocks_change():
    asked, zone = replace(ASKED, sla=DAILY), ZoneInfo("America/Chicago")
    published, hours = datetime(2026, 3, 6, 6, 30, tzinfo=zone).timestamp(), []
    for _ in range(4):
        step = one(replace(FRESH, published_at=published, loaded_at=published), now=published, asked=asked)
        hours.append(datetime.fromtimestamp(step.at, zone).hour)
        published = step.at + 20 * MINUTE

    assert hours == [6, 6, 6, 6]


def test_a_new_tenant_loads_its_states_one_at_a_time_and_not_at_the_first_look():
    facts = [Facts(state) for state in ("FL", "AL", "GA")]
    first = decide(ASKED, facts, Memory(), NOW, lambda state: None)
    assert not first.starts
    assert first.memory.since == dict.fromkeys(("FL", "AL", "GA"), NOW)
    later = decide(ASKED, facts, replace(first.memory, looked=NOW + SPREAD), NOW + SPREAD, lambda state: None)
    assert [step.state for step in later.starts] == ["FL"]
    facts[0] = replace(facts[0], busy=True)
    busy = decide(ASKED, facts, later.memory, NOW + SPREAD + MINUTE, lambda state: None)
    assert not busy.starts


def test_few_of_a_tenant_are_at_work_at_once_the_most_urgent_first():
    facts = [replace(DUE, state=state, published_at=NOW - age * HOUR, loaded_at=None)
             for state, age in (("AL", 27), ("FL", 40), ("GA", 30))]  # fmt: skip
    found = decide(ASKED, facts, running(), NOW, lambda state: None)

    assert len(found.starts) == AT_ONCE
    assert found.starts[0].state == "FL"


def test_tenants_begin_at_different_times_after_a_daemon_was_off():
    begun = set()
    for tenant in ("gulf", "prairie", "summit", "capital"):
        long_ago = Memory(looked=NOW - DAY, begun=NOW - 9 * DAY)
        found = decide(replace(ASKED, tenant=tenant), [DUE], long_ago, NOW, lambda state: None)
        assert not found.starts
        begun.add(found.steps[0].at)
    assert len(begun) == 4
    assert max(begun) <= NOW + SPREAD


def test_upstream_starts_a_run_when_it_changed_and_not_for_the_same_data_anew():
    asked, news = replace(ASKED, preset="on_upstream"), Upstream("v2", NOW - 10 * MINUTE)
    fact = replace(FRESH, upstream=news, last=tried(stamp="v1"))

    assert one(fact, asked=asked).start
    assert not one(replace(fact, upstream=replace(news, at=NOW - 30)), asked=asked).start, "it is changing"
    assert not one(replace(fact, upstream=Upstream("v1", NOW - 10 * MINUTE)), asked=asked).start
    assert not one(replace(fact, last=tried(NOW - 5 * MINUTE)), asked=asked).start, "a person was quicker"
    assert not one(replace(fact, upstream=None), asked=asked).start


def test_upstream_that_could_not_be_loaded_is_tried_again_and_what_was_refused_is_not():
    asked, news = replace(ASKED, preset="on_upstream"), Upstream("v2", NOW - 2 * HOUR)
    fact = replace(FRESH, upstream=news)
    for outcome, again in (("failed", True), ("refused", False), ("loaded", False)):
        last = tried(NOW - 11 * MINUTE, outcome=outcome, stamp="v2", vain=1)
        assert one(replace(fact, last=last), asked=asked).start == again


def test_arrivals_are_only_tried_again():
    asked = replace(ASKED, preset="on_arrival")

    assert not one(DUE, asked=asked, look="news").start
    assert one(replace(DUE, last=tried(outcome="failed", stamp="a", vain=1)), asked=asked).start
    assert not one(replace(DUE, last=tried(outcome="failed", vain=1)), asked=asked).start, "not its run"


@pytest.mark.parametrize("preset", ["manual", "on_schedule"])
def test_by_hand_and_by_schedule_the_sensor_starts_nothing_and_still_sees_what_is_late(preset):
    asked = replace(ASKED, preset=preset, times="0 3 * * *")
    memory, turns, at = running(), [], DUE.published_at
    while at < NOW + 20 * HOUR:
        found = decide(asked, [DUE], replace(memory, looked=at - 1), at, lambda state: "news")
        assert not found.starts
        turns += [(found.late["FL"].status, at) for _ in found.turns]
        memory, at = found.memory, found.memory.wake
    published = DUE.published_at
    assert turns == [("warn", published + 26 * HOUR), ("late", published + 36 * HOUR)]


@pytest.mark.parametrize("cursor", [None, "17", "[", '{"looked": "x"}', '{"other": 1}', "null"])
def test_a_cursor_that_cannot_be_read_is_as_none(cursor):
    assert Memory.of(cursor) == Memory()


def test_a_memory_is_quiet_until_its_time_or_something_new():
    memory = Memory(looked=NOW, wake=NOW + HOUR, newest=3, asked="a")

    assert Memory.of(memory.cursor()) == memory
    assert memory.quiet(NOW + MINUTE, 3, "a")
    assert not memory.quiet(NOW + HOUR, 3, "a")
    assert not memory.quiet(NOW + MINUTE, 4, "a")
    assert not memory.quiet(NOW + MINUTE, 3, "b")
    assert not memory.quiet(NOW - DAY, 3, "a"), "a clock that was set back"


def test_a_pause_does_not_sleep_through_the_end_of_the_sla():
    due_at = DUE.published_at + 36 * HOUR
    failed = replace(DUE, last=tried(due_at - HOUR, outcome="failed", vain=6))

    assert one(failed, now=due_at - 50 * MINUTE).at == due_at - 40 * MINUTE
    assert one(failed, now=due_at - 40 * MINUTE).start
    again = replace(failed, last=tried(due_at - 30 * MINUTE, outcome="failed", vain=7))
    assert one(again, now=due_at).at == due_at - 30 * MINUTE + pause(7, 36 * HOUR)
