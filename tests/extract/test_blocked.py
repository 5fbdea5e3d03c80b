"""What a blocked delivery leaves behind: the rows that passed, as one candidate that nobody sees."""

from __future__ import annotations

from dagster_ingest.spec.contract import Review
from tests.extract.test_review import HEAD, PLACE, ask, deliver, rows


def test_the_accepted_rows_of_a_blocked_delivery_are_kept_one_candidate_at_a_time(world, make):
    world.table("services", make.contract("ID", "NAME", "NOTE"), path="{state}")
    deliver(world, rows(3))
    world.load()
    for extra in range(3):
        deliver(world, rows(3 + extra) + ",no id,x\n")
        assert world.load().outcome == "blocked"

    [kept] = world.landing.held.all()
    assert (kept.reason, kept.rows, kept.load_id) == ("blocked", 5, "load-4")
    assert "ID|required" in kept.why
    assert (kept.inputs, kept.fingerprint) != ("", "")
    assert sorted(world.landing.held.scan(kept).collect()["ID"]) == ["1", "2", "3", "4", "5"]
    assert len(list(world.landing.raw.rglob("*.parquet"))) == 2
    assert world.rows() == [("1", "n1"), ("2", "n2"), ("3", "n3")]
    assert {row[2] for row in world.quarantined()} == {("ID|required",)}
    deliver(world, rows(6))
    assert world.load().outcome == "committed"
    assert world.landing.held.all() == []


def test_a_blocked_delivery_is_read_again_and_not_asked_about(world, make):
    ask(world, make, Review(always=True))
    deliver(world, rows(3) + ",no id,x\n")

    assert [world.load().outcome for _ in range(2)] == ["blocked", "blocked"]
    assert world.landing.held.get(*PLACE).load_id == "load-2"
    assert world.landing.held.decisions() == []


def test_a_delivery_that_ends_early_leaves_no_candidate_and_one_of_which_nothing_passed_an_empty_one(
    world, make
):
    world.put("ia/services.csv", "")
    assert world.load().outcome == "blocked"
    assert world.landing.held.all() == []
    assert not list(world.landing.raw.rglob("*.parquet"))

    deliver(world, HEAD + ",no id,x\n")
    assert world.load().outcome == "blocked"
    [held] = world.landing.held.all()
    assert (held.reason, held.rows) == ("blocked", 0)
