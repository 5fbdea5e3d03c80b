"""Deliveries that wait for a person: held, decided on, committed once, and never read twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from dagster_ingest import faults
from dagster_ingest.connectors import registry
from dagster_ingest.errors import LandError
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.spec.contract import Review

HEAD = "ID,NAME,NOTE\n"
TABLE = "feed_services"
PLACE = (TABLE, "IA")


def rows(count: int, *, start: int = 1, name: str = "n", note: str = "x") -> str:
    return HEAD + "".join(f"{i},{name}{i},{note}\n" for i in range(start, start + count))


def ask(world, make, review: Review | None = None, *, policy=None, **asked) -> None:
    """Give the table a contract that asks for review."""
    of = make.contract("ID", "NAME", "NOTE", review=review or Review(**asked))
    world.table("services", of, policy=policy or make.block, path="{state}")


@pytest.fixture
def loaded(world, make):
    """Twenty rows are the partition; more than a tenth removed or added waits, and any other NAME."""
    ask(world, make, removed_above=0.1, added_above=0.1, columns=("NAME",))
    deliver(world, rows(20))
    assert world.load().outcome == "committed"
    return world


def deliver(world, content: str) -> None:
    world.put("ia/services.csv", content)


def unreadable(world):
    """A connector that says what is there and cannot read it."""
    connector = registry.connector("files")

    class Unreadable:
        fingerprint = staticmethod(connector.fingerprint)

    return Unreadable()


def decide(world, verb="approved", **more):
    kept = world.landing.held.get(*PLACE)
    return world.landing.held.decide(*PLACE, kept.hash, verb, **{"by": "ann", **more})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (rows(17), "3 of 20 keys removed (15.0%, more than 10.0%)"),
        (rows(23), "3 of 20 keys added (15.0%, more than 10.0%)"),
        (rows(19) + "20,other,x\n", "NAME changed in 1 kept rows"),
    ],
)
def test_a_change_above_its_threshold_waits_complete_and_invisible(loaded, content, why):
    deliver(loaded, content)

    result = loaded.load()

    assert (result.outcome, result.verdict.outcome, result.review.status) == ("waiting", "commit", "waiting")
    assert why in result.review.why
    assert (result.version.load_id, len(loaded.rows())) == ("load-1", 20)
    kept = loaded.landing.held.get(*PLACE)
    assert (kept.reason, kept.hash, kept.fingerprint) == ("review", result.review.hash, result.fingerprint)
    assert loaded.landing.held.scan(kept).collect().height == content.count("\n") - 1


@pytest.mark.parametrize("content", [rows(18), rows(22), rows(20, note="other")])
def test_a_change_within_the_thresholds_is_committed(loaded, content):
    deliver(loaded, content)

    assert loaded.load().outcome == "committed"
    assert loaded.landing.held.all() == []


def test_changed_rows_have_a_threshold_of_their_own(world, make):
    ask(world, make, changed_above=0.5)
    deliver(world, rows(4))
    world.load()
    deliver(world, rows(2, note="y") + "3,n3,x\n4,n4,x\n")
    assert world.load().outcome == "committed"
    deliver(world, rows(4, note="z"))

    result = world.load()

    assert (result.outcome, result.review.difference["changed"]) == ("waiting", 4)
    assert result.review.why == "4 of 4 keys changed (100.0%, more than 50.0%)"


def test_the_first_load_waits_only_where_everything_does(world, make):
    deliver(world, rows(3))
    ask(world, make, removed_above=0.0, added_above=0.0, changed_above=0.0, columns=("NAME",))
    assert world.load().outcome == "committed"
    deliver_other = rows(3)
    world.put("ne/services.csv", deliver_other)
    ask(world, make, always=True)

    result = world.load("NE")

    assert (result.outcome, result.version, result.review.difference) == ("waiting", None, {})
    kept = world.landing.held.get(TABLE, "NE")
    world.landing.held.decide(TABLE, "NE", kept.hash, "approved", by="ann")
    assert world.load("NE").outcome == "committed"
    assert len(world.rows(state="NE")) == 3


def test_a_broken_rule_asks_for_a_person_and_its_rows_stay(world, make):
    warned = replace(make.rule("NOTE", "pattern", pattern="^x$"), severity="warn")
    of = make.contract("ID", "NAME", "NOTE", rules=(warned,), review=Review(rules=("NOTE|pattern",)))
    world.table("services", of, path="{state}")
    deliver(world, rows(3))
    assert world.load().outcome == "committed"
    deliver(world, rows(3) + "4,n4,y\n")

    result = world.load()

    assert (result.outcome, result.review.why) == ("waiting", "NOTE|pattern is broken (1 rows)")
    assert world.landing.held.scan(world.landing.held.get(*PLACE)).collect().height == 4


def test_the_same_rows_from_another_file_never_wait(world, make):
    ask(world, make, always=True)
    deliver(world, rows(3))
    world.load()
    decide(world)
    world.load()
    lines = rows(3).splitlines(keepends=True)
    deliver(world, lines[0] + "".join(reversed(lines[1:])))

    result = world.load()

    assert (result.outcome, result.same_rows) == ("committed", True)


def test_while_it_waits_nothing_is_read_again(loaded):
    deliver(loaded, rows(10))
    first = loaded.load()

    again = loaded.load(connector=unreadable(loaded))

    assert (again.outcome, again.review.again) == ("waiting", True)
    assert (again.review.hash, again.review.difference) == (first.review.hash, first.review.difference)
    assert again.version == first.version


def test_what_was_approved_is_committed_by_the_next_load_without_its_source(loaded):
    deliver(loaded, rows(10))
    waiting = loaded.load()
    decide(loaded, note="a county left")
    (loaded.drops / "acme/ia/services.csv").unlink()

    result = loaded.load(connector=unreadable(loaded))

    assert (result.outcome, result.load_id, result.version.load_id) == ("committed", "load-2", "load-2")
    assert result.review.status == "approved"
    assert (result.review.by, result.review.note) == ("ann", "a county left")
    assert result.review.hash == waiting.review.hash
    assert len(loaded.rows()) == 10
    deliver(loaded, rows(10))
    assert loaded.load(connector=unreadable(loaded)).outcome == "unchanged"


def test_a_rejected_delivery_is_blocked_unread_until_another_comes(loaded):
    deliver(loaded, rows(10))
    loaded.load()
    decide(loaded, "rejected", note="half is missing")

    result = loaded.load(connector=unreadable(loaded))

    assert (result.outcome, result.review.status) == ("blocked", "rejected")
    assert result.verdict.reason.startswith("rejected by ann on ")
    assert result.verdict.reason.endswith(": half is missing")
    assert len(loaded.rows()) == 20
    deliver(loaded, rows(19))
    assert loaded.load().outcome == "committed"


def test_what_nobody_decided_on_in_time_is_rejected_once(world, make):
    ask(world, make, always=True, expires=0)
    deliver(world, rows(3))
    hash = world.load().review.hash

    for _ in range(2):
        result = world.load(connector=unreadable(world))
        assert result.outcome == "blocked"
        assert result.verdict.reason.startswith("nobody decided within 0 minutes")

    assert [(d.hash, d.decision, d.by) for d in world.landing.held.decisions()] == [
        (hash, "rejected", "expiry")
    ]
    assert world.landing.held.all() == []
    assert not list(world.landing.raw.rglob("*.parquet"))


def test_a_newer_delivery_takes_the_place_of_the_one_that_waits(loaded):
    deliver(loaded, rows(10))
    first = loaded.load()
    deliver(loaded, rows(5))

    second = loaded.load()

    assert second.outcome == "waiting"
    assert [(d.hash, d.decision, d.by) for d in loaded.landing.held.decisions()] == [
        (first.review.hash, "superseded", "load-3")
    ]
    with pytest.raises(LandError, match="superseded"):
        loaded.landing.held.decide(*PLACE, first.review.hash, "approved", by="ann")


def test_a_delivery_taken_back_waits_no_more(loaded):
    deliver(loaded, rows(10))
    loaded.load()
    deliver(loaded, rows(20))

    assert loaded.load().outcome == "unchanged"
    assert loaded.landing.held.all() == []
    assert [d.decision for d in loaded.landing.held.decisions()] == ["superseded"]


def test_a_contract_that_asks_no_more_lets_the_delivery_through(loaded, make):
    deliver(loaded, rows(10))
    loaded.load()
    loaded.table("services", make.contract("ID", "NAME", "NOTE"), path="{state}")

    assert loaded.load().outcome == "committed"
    assert (len(loaded.rows()), loaded.landing.held.all()) == (10, [])


def test_a_partial_delivery_waits_as_the_whole_partition_it_would_make(world, make):
    world.mode = "partial"
    ask(world, make, changed_above=0.1)
    deliver(world, rows(4))
    world.load()
    deliver(world, HEAD + "2,new,x\n")

    result = world.load()

    assert (result.outcome, result.review.difference["changed"]) == ("waiting", 1)
    decide(world)
    assert world.load().outcome == "committed"
    assert sorted(world.rows()) == [("1", "n1"), ("2", "new"), ("3", "n3"), ("4", "n4")]


@pytest.mark.parametrize(
    ("verb", "ends"), [("approved", ["n1", "new", "n3", "D"]), ("rejected", ["n1", "n2", "n3", "D"])]
)
def test_changes_that_wait_are_not_lost_to_the_next_changes(world, make, verb, ends):
    world.mode = "partial"
    ask(world, make, columns=("NAME",))
    world.put("ia/services_2026-11-01.csv", rows(3))
    world.load()
    world.put("ia/services_2026-11-02.csv", HEAD + "2,new,x\n")
    first = world.load()
    world.put("ia/services_2026-11-03.csv", HEAD + "4,D,x\n")

    again = world.load()

    assert (again.outcome, again.review.hash, again.review.again) == ("waiting", first.review.hash, True)
    assert again.verdict.reason.endswith("the delivery that came since is read after the decision")
    decide(world, verb)
    assert [world.load().outcome for _ in ends][-2:] == ["unchanged", "unchanged"]
    assert [name for _, name in sorted(world.rows())] == ends


def test_changes_that_hold_those_that_wait_take_their_place(world, make):
    world.mode = "partial"
    of = make.contract("ID", "NAME", "NOTE", review=Review(columns=("NAME",)))
    world.table("services", of, path="{state}", pick="all")
    world.put("ia/services_2026-11-01.csv", rows(3))
    world.load()
    world.put("ia/services_2026-11-02.csv", HEAD + "2,new,x\n")
    first = world.load()
    world.put("ia/services_2026-11-03.csv", HEAD + "4,D,x\n")

    second = world.load()

    assert (first.outcome, second.outcome) == ("waiting", "waiting")
    assert second.review.hash != first.review.hash


def test_an_approval_of_what_went_stale_is_not_committed_and_the_source_is_read_anew(loaded):
    deliver(loaded, rows(10))
    loaded.load()
    decide(loaded)
    import duckdb

    with duckdb.connect(str(loaded.landing.path)) as file:
        file.execute("update _ingest.partitions set data_version = 'other', inputs = 'other'")
    loaded.landing = DuckDBLanding(loaded.folder / "warehouse", "acme")

    result = loaded.load()

    assert (result.outcome, result.review.again) == ("waiting", False)
    assert [d.decision for d in loaded.landing.held.decisions()] == ["approved", "superseded"]
    assert loaded.landing.held.decisions()[-1].note.startswith("the candidate is stale")
    assert len(loaded.rows()) == 20


@pytest.mark.parametrize("version", ["2.0.0", "1.0.0"])
def test_an_approved_candidate_is_not_committed_under_another_contract(loaded, make, version):
    deliver(loaded, rows(10))
    loaded.load()
    decide(loaded)
    shorter = make.contract("ID", "NAME", "NOTE", rules=(make.rule("NAME", "length", max=2),))
    of = replace(shorter, version=version, checksum="second", review=Review(always=True))
    loaded.table("services", of, policy=make.block, path="{state}")

    assert loaded.load().outcome == "blocked", "n10 is too long now"

    last = loaded.landing.held.decisions()[-1]
    assert (last.decision, last.note) == (
        "superseded",
        f"the contract is another by now ({version}); the candidate passed 1.0.0",
    )
    assert len(loaded.rows()) == 20


def test_a_candidate_whose_file_was_touched_is_dropped_and_read_anew(loaded):
    deliver(loaded, rows(10))
    first = loaded.load()
    decide(loaded)
    kept = loaded.landing.held.get(*PLACE)
    with open(loaded.landing.raw / kept.file, "ab") as file:
        file.write(b"x")

    result = loaded.load()

    assert result.outcome == "waiting"
    assert result.review.hash != first.review.hash
    assert len(loaded.rows()) == 20


def test_private_values_are_not_kept_in_the_difference(loaded, make):
    of = make.contract("ID", "NAME", "NOTE", review=Review(columns=("NAME",)))
    columns = tuple(replace(c, private=c.field == "NAME") for c in of.columns)
    loaded.table("services", replace(of, columns=columns), path="{state}")
    deliver(loaded, rows(20, name="secret"))

    result = loaded.load()

    assert result.review.why == "NAME changed in 20 kept rows"
    assert "secret" not in str(result.review.difference)


# killed


LOAD = """
import sys
from pathlib import Path
from dagster_ingest.spec.contract import Review
from tests.extract.conftest import World, contract
world = World(Path(sys.argv[1]))
world.loads = 100
world.table("services", contract("ID", "NAME", "NOTE", review=Review(removed_above=0.1)), path="{state}")
world.load()
"""
ROOT = Path(__file__).parents[2]


def killed(world, point: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), faults.VARIABLE: point}
    ended = subprocess.run(
        [sys.executable, "-c", LOAD, str(world.folder)], env=environment, capture_output=True, text=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.mark.parametrize(
    "point", ["land.sealed", "review.hold.commit", "review.hold.committed", "review.held"]
)
def test_a_load_killed_while_its_candidate_is_held_loses_nothing(loaded, make, point):
    ask(loaded, make, removed_above=0.1)
    deliver(loaded, rows(10))

    killed(loaded, point)
    loaded.landing.recover()
    result = loaded.load()

    assert result.outcome == "waiting"
    assert len(loaded.rows()) == 20
    decide(loaded)
    assert loaded.load().outcome == "committed"
    assert len(loaded.rows()) == 10
    assert loaded.landing.recover() == []
    assert [d.decision for d in loaded.landing.held.decisions()] == ["approved"]


@pytest.mark.parametrize("point", ["land.commit", "land.committed"])
def test_a_load_killed_while_it_commits_what_was_approved_commits_it_once(loaded, make, point):
    ask(loaded, make, removed_above=0.1)
    deliver(loaded, rows(10))
    hash = loaded.load().review.hash
    decide(loaded)

    killed(loaded, point)
    loaded.landing.recover()
    result = loaded.load()

    assert result.outcome == ("unchanged" if point == "land.committed" else "committed")
    assert (len(loaded.rows()), loaded.landing.current(*PLACE).load_id) == (10, "load-2")
    assert [(d.hash, d.decision) for d in loaded.landing.held.decisions()] == [(hash, "approved")]
    assert loaded.landing.held.all() == []
    parts = [str(p.name) for p in loaded.landing.raw.rglob("*.parquet")]
    assert sorted(parts) == ["load-1.parquet", "load-2.parquet"]
    assert pl.DataFrame(loaded.landing.read("raw", TABLE, "IA"))["_load_id"].unique().to_list() == ["load-2"]


def test_a_delivery_taken_back_leaves_no_refused_row_that_the_partition_does_not_have(world, make):
    """The row was refused once, then gone, and comes again with what waits."""
    of = make.contract(
        "ID", "NAME", rules=(make.rule("NAME", "length", max=2),), review=Review(added_above=0.1)
    )
    world.table("services", of, policy=make.quarantine, path="{state}")
    good, refused = "ID,NAME\n1,a\n2,b\n", "3,long\n"
    for content in (good + refused, good):
        deliver(world, content)
        assert world.load().outcome == "committed"
    deliver(world, good + refused + "4,d\n")
    assert world.load().outcome == "waiting"
    assert len(world.quarantined()) == 1

    deliver(world, good)

    assert world.load().outcome == "unchanged"
    assert world.quarantined() == []
