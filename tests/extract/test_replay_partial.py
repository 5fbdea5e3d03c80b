"""Replays of partial deliveries: newer rows of a key are never overwritten by older ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_ingest.spec.contract import Review
from tests.extract.test_replay import LENIENT, Replays


@pytest.fixture
def replays(world) -> Replays:
    return Replays(world)


@pytest.fixture
def change(world, make):
    def to(*rules, policy=LENIENT):
        made = make.contract("ID", "NAME", "NOTE", rules=rules)
        made = replace(made, checksum=" ".join(f"{r.id} {r.params}" for r in rules))
        world.table("services", made, policy=policy, path="{state}")

    return to


@pytest.fixture
def deltas(world, make, change):
    """Three rows; then deltas from which rows are refused. Names have one letter."""
    world.mode = "partial"
    change(make.rule("NAME", "length", max=1))
    for day, rows in enumerate(
        ("1,a,x\n2,b,y\n3,c,z\n", "2,BB,\n4,dd,\n5,e,\n", "3,C,\n2,B,\n6,ff,\n"), start=1
    ):
        world.put(f"ia/services_2026-11-0{day}.csv", "ID,NAME,NOTE\n" + rows)
        assert world.load().outcome == "committed"
    assert sorted(world.rows()) == [("1", "a"), ("2", "B"), ("3", "C"), ("5", "e")]
    return world


def test_rows_of_earlier_deltas_come_back_unless_something_newer_has_their_key(deltas, replays, change):
    assert sorted(n for _, n, _ in deltas.quarantined()) == [2, 3], "4 and 6; 2 was delivered anew"
    change()
    result = replays()
    assert (result.outcome, result.replayed) == ("committed", 2)
    assert sorted(deltas.rows()) == [
        ("1", "a"), ("2", "B"), ("3", "C"), ("4", "dd"), ("5", "e"), ("6", "ff"),
    ]  # fmt: skip
    assert deltas.quarantined() == []
    assert deltas.load().outcome == "unchanged"
    assert replays().outcome == "unchanged"


def test_a_superseded_row_is_closed_as_such(deltas, replays, change):
    """As a quarantine of an older version may hold it: open although its key came again."""
    with deltas.landing._store.writing() as cursor:
        cursor.execute(
            "update quarantine.feed_services set _resolved_at = null, _resolution = null"
            " where _resolution = 'superseded'"
        )
    change()
    assert replays.forecast().superseded == 1
    replays()
    assert ("2", "B") in deltas.rows()
    [row] = [r for r in deltas.landing.quarantined(open_only=False) if '"BB"' in r.row]
    assert row.resolution == "superseded"


def test_rows_that_still_fail_stay_open_once(deltas, replays, change, make):
    change(make.rule("NAME", "enum", values=[*list("abceBC"), "ff"]))
    assert replays().replayed == 1
    assert [rules for _, _, rules in deltas.quarantined()] == [("NAME|enum",)]
    assert ("6", "ff") in deltas.rows()
    change()
    assert replays().replayed == 1
    assert ("4", "dd") in deltas.rows()
    assert deltas.quarantined() == []


def test_a_blocked_delta_is_replayed_onto_the_partition(deltas, replays, change, make):
    change(make.rule("NAME", "length", max=1), policy=make.block)
    deltas.put("ia/services_2026-11-04.csv", "ID,NAME,NOTE\n1,A,\n7,gg,\n")
    assert deltas.load().outcome == "blocked"
    change(policy=make.block)
    result = replays()
    assert result.outcome == "committed"
    assert sorted(deltas.rows()) == [
        ("1", "A"), ("2", "B"), ("3", "C"), ("4", "dd"), ("5", "e"), ("6", "ff"), ("7", "gg"),
    ]  # fmt: skip
    assert deltas.load().outcome == "unchanged"


def test_stamps_hold_for_replayed_rows_too(world, make, replays):
    """A refused row that is newer than what stands there comes in when the contract lets it."""
    world.mode = "partial"

    def change(*rules):
        made = make.contract("ID", "NAME", "AT", rules=rules)
        made = replace(made, checksum=str(len(rules)))
        spec = world.table("services", made, policy=LENIENT, path="{state}")
        world.tables = (replace(spec, stamp="AT"),)

    change(make.rule("NAME", "length", max=1))
    days = (
        "1,a,2026-03-01\n2,b,2026-03-01\n3,c,2026-03-01\n",
        "1,new,2026-03-05\n3,d,2026-03-04\n4,x,2026-03-01\n",
    )
    for day, rows in enumerate(days, start=1):
        world.put(f"ia/services_2026-11-0{day}.csv", "ID,NAME,AT\n" + rows)
        assert world.load().outcome == "committed"
    assert world.quarantined() == [("IA", 1, ("NAME|length",))]

    change()
    assert replays().replayed == 1

    assert sorted(world.rows("ID", "NAME", "AT")) == [
        ("1", "new", "2026-03-05"),
        ("2", "b", "2026-03-01"),
        ("3", "d", "2026-03-04"),
        ("4", "x", "2026-03-01"),
    ]
    assert world.load().outcome == "unchanged"


def test_a_replay_that_was_turned_down_leaves_the_refused_rows_to_the_next(deltas, replays, change, make):
    of = make.contract("ID", "NAME", "NOTE", rules=(make.rule("NAME", "enum", values=[*"abceBC", "ff"]),))
    asking = replace(of, review=Review(always=True), checksum="asking")
    deltas.table("services", asking, policy=LENIENT, path="{state}")
    assert replays().outcome == "waiting"
    waits = deltas.landing.held.get("feed_services", "IA")
    deltas.landing.held.decide("feed_services", "IA", waits.hash, "rejected", by="ann")
    assert not any(row.blocked for row in deltas.landing.quarantined())

    change()
    result = replays()

    assert (result.outcome, result.replayed) == ("committed", 2)
    assert {("4", "dd"), ("6", "ff")} <= set(deltas.rows())
    assert deltas.quarantined() == []


def test_a_replay_that_is_blocked_again_closes_no_row_of_an_earlier_delivery(deltas, replays, change, make):
    change(make.rule("NAME", "length", max=1), policy=make.block)
    deltas.put("ia/services_2026-11-04.csv", "ID,NAME,NOTE\n4,d,\n7,gg,\n8,hhh,\n")
    assert deltas.load().outcome == "blocked"
    change(make.rule("NAME", "length", max=2), policy=make.block)
    assert replays().outcome == "blocked"

    assert ("NAME|length",) in [row.rules for row in deltas.landing.quarantined() if '"dd"' in row.row]
