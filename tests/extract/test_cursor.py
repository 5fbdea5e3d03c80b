"""Cursors and deletions on their way through a load: nothing lost, nothing doubled, never ahead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_ingest import faults
from dagster_ingest.connectors import registry
from dagster_ingest.errors import SpecError, Unavailable
from dagster_ingest.extract.gathered import NothingToReplay
from dagster_ingest.spec.contract import Review, Rule
from dagster_ingest.spec.models import Policy
from tests.extract import ticker
from tests.extract.ticker import Ticking

ROOT = Path(__file__).parents[2]
FIRST = (("1", "a"), ("2", "b"), ("3", "c"), ("4", "d"), ("5", "e"))
LATER = (*FIRST, ("2", "B"), ("6", "f"), ("4", None))
AFTER = {"1": "a", "2": "B", "3": "c", "5": "e", "6": "f"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The connector's distribution, seen by this process and by those that it starts."""
    folder = tmp_path_factory.mktemp("site")
    ticker.install(folder)
    sys.path.insert(0, str(folder))
    registry.reset()
    yield folder
    sys.path.remove(str(folder))
    registry.reset()
    for name in [m for m in sys.modules if m.startswith("ticker_connector")]:
        del sys.modules[name]


@pytest.fixture
def ticking(site, tmp_path):
    return Ticking(tmp_path)


def in_a_process(ticking: Ticking, site: Path, fault: str | None = None) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(site), str(ROOT)])
    environ = {**os.environ, "PYTHONPATH": path, **({faults.VARIABLE: fault} if fault else {})}
    command = [sys.executable, "-m", "tests.extract.ticker", str(ticking.folder)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, cwd=ROOT)


def test_the_first_read_is_of_everything_and_the_next_of_changes(ticking):
    ticking.write(*FIRST)
    first = ticking.load()
    ticking.write(*LATER)

    second = ticking.load()

    assert (first.outcome, second.outcome) == ("committed", "committed")
    assert ticking.asked() == (5, 2)
    assert ticking.rows() == AFTER
    assert (ticking.position(), second.deleted) == (8, 1)
    assert second.verdict.rows_read == 2


def test_without_changes_nothing_is_committed(ticking):
    ticking.write(*FIRST)
    before = ticking.load().version

    again = ticking.load()

    assert (again.outcome, again.version) == ("unchanged", before)
    assert ticking.asked() == (5, 0)


def test_a_cursor_moves_on_where_there_was_nothing_to_read(ticking):
    ticking.write(*FIRST)
    before = ticking.load().version
    ticking.write(*FIRST, ("9", "brief"), ("9", None))  # came and went between two reads

    again = ticking.load()

    assert (again.outcome, again.version.load_id) == ("unchanged", before.load_id)
    assert (ticking.position(), ticking.rows()) == (7, dict(FIRST))


@pytest.mark.parametrize("kind", ["keys", "present"])
def test_a_read_that_brings_only_deletions_is_committed(ticking, kind):
    ticking.settings = {"deletes": kind}
    ticking.write(*FIRST)
    ticking.load()
    ticking.write(*FIRST, ("3", None))

    result = ticking.load()

    assert (result.outcome, result.deleted) == ("committed", 1)
    assert ticking.rows() == {"1": "a", "2": "b", "4": "d", "5": "e"}
    assert ticking.position() == 6


def test_a_list_of_what_is_there_takes_the_rest_away(ticking):
    ticking.settings = {"deletes": "present"}
    ticking.write(*FIRST)
    ticking.load()
    ticking.write(*LATER)

    ticking.load()

    assert ticking.rows() == AFTER


def test_a_row_that_is_deleted_and_comes_again_is_there(ticking):
    ticking.write(*FIRST)
    ticking.load()
    ticking.write(*FIRST, ("3", None), ("3", "again"))

    ticking.load()

    assert ticking.rows()["3"] == "again"


def test_what_is_not_proved_complete_neither_deletes_nor_moves(ticking):
    ticking.write(*FIRST)
    ticking.load()
    ticking.write(*LATER, short=True)

    result = ticking.load()

    assert (result.outcome, result.error.rule) == ("blocked", "file|truncated")
    assert ticking.rows() == dict(FIRST)
    assert ticking.position() == 5


def test_a_refused_delivery_moves_no_cursor(ticking):
    allowed = Rule("NAME|enum", "enum", ("NAME",), {"values": ["a", "b", "c", "d", "e", "B"]})
    ticking.contract = ticker.contract(allowed)
    ticking.write(*FIRST)
    ticking.load()
    ticking.write(*LATER)

    blocked = ticking.load()
    ticking.contract = ticker.contract()
    mended = ticking.load()

    assert (blocked.outcome, mended.outcome) == ("blocked", "committed")
    assert ticking.asked() == (5, 2)  # the same changes were asked for again
    assert ticking.rows() == AFTER


def test_too_many_deletions_are_refused(ticking):
    ratio = Rule("*|row_count_ratio", "row_count_ratio", (), {"min": 0.7})
    ticking.contract = ticker.contract(ratio)
    ticking.write(*FIRST)
    ticking.load()
    ticking.write(*FIRST, ("1", None), ("2", None))

    result = ticking.load()

    assert (result.outcome, result.error.rule) == ("blocked", "*|row_count_ratio")
    assert "2 rows are gone" in result.verdict.reason
    assert ticking.rows() == dict(FIRST)
    assert ticking.position() == 5


def test_not_even_a_contract_without_counts_lets_a_list_empty_a_partition(ticking):
    ticking.write(*FIRST)
    ticking.load()
    ticking.write(*FIRST, *((key, None) for key, _ in FIRST))

    assert ticking.load().outcome == "blocked"
    assert ticking.rows() == dict(FIRST)


def test_an_interrupted_read_changes_nothing(ticking):
    ticking.write(*FIRST)
    ticking.load()
    ticking.write(*LATER, ("7", "g"), fails_at=2)
    with pytest.raises(Unavailable):
        ticking.load()
    assert (ticking.rows(), ticking.position()) == (dict(FIRST), 5)
    ticking.write(*LATER, ("7", "g"))

    ticking.load()

    assert ticking.rows() == {**AFTER, "7": "g"}


@pytest.mark.parametrize(
    "change", [{"settings": {"page": 3}}, {"settings": {"deletes": "present"}}], ids=["page", "deletes"]
)
def test_other_settings_start_anew(ticking, change):
    ticking.write(*FIRST)
    ticking.load()
    ticking.settings = change["settings"]

    ticking.load()

    assert ticking.asked() == (None, 5)


def test_everything_is_read_again_when_it_is_due(ticking):
    ticking.sweep = 60
    ticking.write(*FIRST)
    ticking.load()
    ticking.load()
    assert ticking.asked() == (5, 0)
    at = json.loads(ticking.landing.current("feed_things", "IA").cursor)["swept_at"]
    ticking.sweep = 0

    ticking.load()

    assert at
    assert ticking.asked() == (None, 5)


def test_a_sweep_takes_away_what_no_list_named(ticking):
    ticking.write(*FIRST)
    ticking.load()
    ticking.sweep = 0
    ticking.write(*FIRST[:4])

    result = ticking.load()

    assert result.outcome == "committed"
    assert ticking.rows() == dict(FIRST[:4])
    assert ticking.position() == 4


def test_the_cursor_of_a_held_candidate_is_committed_with_it(ticking):
    ticking.write(*FIRST)
    ticking.load()
    ticking.contract = ticker.contract(review=Review(always=True))
    ticking.write(*LATER)

    waiting = ticking.load()
    again = ticking.load()
    assert (waiting.outcome, again.outcome) == ("waiting", "waiting")
    assert again.review.hash == waiting.review.hash  # the same rows: the same decision is asked for
    assert ticking.position() == 5
    ticking.landing.held.decide("feed_things", "IA", waiting.review.hash, "approved", by="ana")
    approved = ticking.load()

    assert approved.outcome == "committed"
    assert (ticking.rows(), ticking.position()) == (AFTER, 8)


def test_rows_that_a_person_rejected_are_not_asked_for_again(ticking):
    ticking.write(*FIRST)
    ticking.load()
    ticking.contract = ticker.contract(review=Review(always=True))
    ticking.write(*LATER)
    waiting = ticking.load()
    ticking.landing.held.decide("feed_things", "IA", waiting.review.hash, "rejected", by="ana")

    again = ticking.load()

    assert (again.outcome, again.review.status) == ("blocked", "rejected")
    assert (ticking.rows(), ticking.position()) == (dict(FIRST), 5)


def test_mode_incremental_needs_a_connector_with_a_cursor(ticking, world):
    world.mode = "incremental"
    world.put("ia/services_2026-11-01.csv", "ID,NAME,NOTE\n1,a,x\n")

    with pytest.raises(SpecError, match="the connector files has none"):
        world.load()


def test_a_store_of_an_older_version_has_no_cursors_and_gets_them(ticking):
    ticking.write(*FIRST)
    ticking.load()
    with ticking.landing._store.writing() as cursor:
        cursor.execute("alter table _ingest.partitions drop column cursor")
        cursor.execute("alter table _ingest.held drop column cursor")
    ticking = replace(ticking)
    assert ticking.landing.current("feed_things", "IA").cursor == ""
    ticking.write(*LATER)

    ticking.load()

    assert ticking.asked() == (None, 5)
    assert (ticking.rows(), ticking.position()) == (AFTER, 8)


def _enum(*values: str, checksum: str = "first"):
    rule = Rule("NAME|enum", "enum", ("NAME",), {"values": list(values)})
    return ticker.contract(rule, checksum=checksum)


def test_a_replay_of_committed_rows_leaves_the_cursor(ticking):
    ticking.policy = Policy(on_reject="quarantine", max_share=0.5)
    ticking.contract = _enum("a", "b", "c", "d")
    ticking.write(*FIRST)
    assert ticking.load().verdict.rows_rejected == 1
    ticking.contract = _enum("a", "b", "c", "d", "e", checksum="second")

    replayed = ticking.replay()

    assert (replayed.outcome, replayed.replayed) == ("committed", 1)
    assert (ticking.rows(), ticking.position()) == (dict(FIRST), 5)


def test_a_replay_of_a_refused_delivery_brings_its_cursor(ticking):
    ticking.contract = _enum("a", "b", "c", "d", "e")
    ticking.write(*FIRST)
    ticking.load()
    ticking.write(*FIRST, ("2", "B"), ("6", "e"))
    assert ticking.load().outcome == "blocked"
    assert ticking.position() == 5
    ticking.contract = _enum("a", "b", "c", "d", "e", "B", checksum="second")

    assert ticking.replay().outcome == "committed"

    assert ticking.rows() == {**dict(FIRST), "2": "B", "6": "e"}
    assert ticking.position() == 7


def test_a_refused_delivery_with_deletions_is_read_again_instead(ticking):
    ticking.contract = _enum("a", "b", "c", "d", "e")
    ticking.write(*FIRST)
    ticking.load()
    ticking.write(*LATER)
    assert ticking.load().outcome == "blocked"
    ticking.contract = _enum("a", "b", "c", "d", "e", "B", "f", checksum="second")

    with pytest.raises(NothingToReplay, match="rows that are gone"):
        ticking.replay()
    ticking.load()

    assert ticking.rows() == AFTER


@pytest.mark.parametrize("kind", ["keys", "present"])
def test_a_quarantined_row_that_is_gone_does_not_come_back(ticking, kind):
    ticking.settings = {"deletes": kind}
    ticking.policy = Policy(on_reject="quarantine", max_share=0.5)
    ticking.contract = _enum("a", "b", "c")
    ticking.write(*FIRST)
    assert ticking.load().verdict.rows_rejected == 2
    ticking.write(*FIRST, ("4", None))
    ticking.load()
    ticking.contract = _enum("a", "b", "c", "d", "e", checksum="second")

    replayed = ticking.replay()

    assert replayed.replayed == 1
    assert ticking.rows() == {"1": "a", "2": "b", "3": "c", "5": "e"}


POINTS = ["extract.batch", "extract.batch:2", "extract.read", "extract.staged", "land.sealed", "land.commit"]


@pytest.mark.parametrize("point", [*POINTS, "land.committed"])
def test_killed_at_any_point_it_ends_in_the_same_rows(ticking, site, point):
    ticking.write(*FIRST)
    assert in_a_process(ticking, site).stdout.strip() == "committed"
    ticking.write(*LATER, ("7", "g"), ("8", "h"))

    killed = in_a_process(ticking, site, point)

    assert killed.returncode == -9, killed.stderr
    ticking = replace(ticking)
    done = point == "land.committed"
    assert ticking.position() == (10 if done else 5)
    assert ticking.rows() == ({**AFTER, "7": "g", "8": "h"} if done else dict(FIRST))
    ticking.load()
    assert ticking.rows() == {**AFTER, "7": "g", "8": "h"}
    assert ticking.position() == 10
