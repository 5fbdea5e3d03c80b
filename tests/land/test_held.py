"""Candidates that are held: complete, invisible, decided on once, committed once."""

from __future__ import annotations

import pickle
import signal

import duckdb
import pytest

from dagster_ingest.errors import LandError
from dagster_ingest.land.duckdb import DuckDBLanding
from tests.land.helpers import committed, files, held, ids
from tests.land.test_processes import start

PLACE = ("wellsky_services", "FL")


@pytest.fixture
def waiting(landing):
    """A partition with one row, and a candidate of two that waits."""
    committed(landing, "good", ["1"])
    return held(landing, "new", ["1", "2"], difference={"added": 1})


def approve(landing, kept, **more):
    landing.held.decide(*PLACE, kept.hash, "approved", **{"by": "ann", **more})
    return landing.held.commit(kept)


def test_a_held_candidate_is_whole_durable_and_invisible(landing, warehouse, waiting):
    other = DuckDBLanding(warehouse, "gulf")

    assert ids(other) == ["1"]
    assert other.current(*PLACE).load_id == "good"
    assert other.held.get(*PLACE) == waiting
    assert waiting.difference == {"added": 1}
    assert sorted(other.held.scan(waiting).collect()["ID"]) == ["1", "2"]
    assert other.recover() == []
    assert {q.load_id for q in other.quarantined()} == {"new"}
    assert all(q.blocked for q in other.quarantined())


def test_an_approved_candidate_becomes_the_partition_and_nothing_waits_any_more(landing, warehouse, waiting):
    made = approve(landing, waiting, note="looked at")

    assert ids(landing) == ["1", "2"]
    assert (made.load_id, made.data_version, made.rows) == ("new", "rows of new", 2)
    assert landing.current(*PLACE) == made
    assert landing.held.all() == []
    assert [(d.decision, d.by, d.note) for d in landing.held.decisions()] == [
        ("approved", "ann", "looked at")
    ]
    assert [(q.load_id, q.blocked) for q in landing.quarantined()] == [("new", False)]
    assert landing.recover() == []


def test_a_rejected_candidate_leaves_its_record_and_no_file(landing, warehouse, waiting):
    landing.held.decide(*PLACE, waiting.hash, "rejected", by="ann", note="too many gone")

    assert landing.held.get(*PLACE) is None
    assert files(warehouse) == ["gulf/raw/wellsky_services/FL/good.parquet"]
    assert ids(landing) == ["1"]
    [made] = landing.held.decisions(*PLACE)
    assert (made.inputs, made.decision, made.note) == (waiting.inputs, "rejected", "too many gone")


@pytest.mark.parametrize("given", ["0" * 64, "0000", "", "short"])
def test_a_decision_needs_the_hash_of_what_waits(landing, waiting, given):
    with pytest.raises(LandError) as refused:
        landing.held.decide(*PLACE, given, "approved", by="ann")

    assert waiting.hash in str(refused.value)
    assert landing.held.decisions() == []
    assert landing.held.get(*PLACE) == waiting


def test_eight_signs_of_the_hash_are_enough_and_seven_are_not(landing, waiting):
    with pytest.raises(LandError, match="at least 8"):
        landing.held.decide(*PLACE, waiting.hash[:7], "approved", by="ann")

    assert landing.held.decide(*PLACE, waiting.hash[:8].upper(), "approved", by="ann").hash == waiting.hash


def test_nothing_is_committed_that_nobody_approved(landing, waiting):
    with pytest.raises(LandError, match="nobody approved"):
        landing.held.commit(waiting)

    assert ids(landing) == ["1"]


def test_a_decision_stands_and_may_be_repeated_but_not_turned(landing, waiting):
    first = landing.held.decide(*PLACE, waiting.hash, "approved", by="ann")

    assert landing.held.decide(*PLACE, waiting.hash, "approved", by="bob") == first
    with pytest.raises(LandError, match="approved by ann"):
        landing.held.decide(*PLACE, waiting.hash, "rejected", by="bob")
    assert landing.held.commit(waiting) == landing.held.commit(waiting)
    assert len(landing.held.decisions()) == 1


def test_the_next_candidate_takes_the_place_of_the_one_that_waits(landing, warehouse, waiting):
    newer = held(landing, "newer", ["1", "2", "3"])

    assert landing.held.all() == [newer]
    assert [(d.hash, d.decision, d.by) for d in landing.held.decisions()] == [
        (waiting.hash, "superseded", "newer")
    ]
    assert not [name for name in files(warehouse) if name.endswith("/new.parquet")]
    with pytest.raises(LandError, match="superseded by newer"):
        landing.held.decide(*PLACE, waiting.hash, "approved", by="ann")


def test_a_commit_supersedes_what_waits_in_its_partition_and_nothing_else(landing, waiting):
    elsewhere = held(landing, "al", ["7"], state="AL")

    committed(landing, "newer", ["5"])

    assert landing.held.all() == [elsewhere]
    assert [(d.load_id, d.decision, d.by) for d in landing.held.decisions()] == [
        ("new", "superseded", "newer")
    ]


def test_approval_is_refused_when_the_partition_is_not_the_one_that_was_compared(landing, waiting):
    with duckdb.connect(str(landing.path)) as file:
        file.execute("update _ingest.partitions set data_version = 'other'")
    landing = DuckDBLanding(landing.path.parent, "gulf")

    with pytest.raises(LandError, match="stale"):
        landing.held.decide(*PLACE, waiting.hash, "approved", by="ann")

    assert landing.held.decisions() == []


def test_an_expired_candidate_can_only_be_rejected_by_its_expiry(landing):
    kept = held(landing, "new", ["1"], expires_at="2026-01-01T00:00:00+00:00")

    for verb, by in (("approved", "ann"), ("rejected", "ann"), ("approved", "expiry")):
        with pytest.raises(LandError, match="expired on 2026-01-01 00:00"):
            landing.held.decide(*PLACE, kept.hash, verb, by=by)

    landing.held.decide(*PLACE, kept.hash, "rejected", by="expiry")
    assert landing.held.all() == []


def test_a_file_that_was_changed_after_the_decision_is_not_committed(landing, waiting):
    landing.held.decide(*PLACE, waiting.hash, "approved", by="ann")
    with open(landing.raw / waiting.file, "ab") as file:
        file.write(b"x")

    with pytest.raises(LandError, match="not the one that was approved"):
        landing.held.commit(waiting)

    assert ids(landing) == ["1"]


def test_blocked_candidates_are_kept_one_for_a_partition_and_cannot_be_approved(landing, warehouse):
    for number in range(5):
        kept = held(landing, f"try-{number}", ["1", "2"], reason="blocked")

    assert files(warehouse) == ["gulf/raw/wellsky_services/FL/try-4.parquet"]
    assert landing.held.decisions() == []
    with pytest.raises(LandError, match="does not wait for review"):
        landing.held.decide(*PLACE, kept.hash, "approved", by="ann")
    landing.held.withdraw(kept, by="test")
    assert (files(warehouse), landing.held.all()) == ([], [])


def test_a_file_of_an_older_version_is_read_and_brought_up_to_date_when_it_is_written(landing):
    committed(landing, "good", ["1"])
    with duckdb.connect(str(landing.path)) as file:
        file.execute("drop table _ingest.held")
        file.execute("drop table _ingest.reviews")
        file.execute("alter table _ingest.partitions drop column fingerprint")
    older = DuckDBLanding(landing.path.parent, "gulf")

    assert (older.current(*PLACE).load_id, older.current(*PLACE).fingerprint) == ("good", "")
    assert (older.held.all(), older.held.decisions()) == ([], [])
    kept = held(older, "new", ["1", "2"])
    approve(older, kept)

    assert ids(older) == ["1", "2"]


HOLD = """
import sys
from dagster_ingest.land.duckdb import DuckDBLanding
from tests.land.helpers import held
held(DuckDBLanding(sys.argv[1], "gulf"), "new", ["1", "2"])
"""
APPROVE = """
import sys
from dagster_ingest.land.duckdb import DuckDBLanding
landing = DuckDBLanding(sys.argv[1], "gulf")
kept = landing.held.get("wellsky_services", "FL")
landing.held.decide("wellsky_services", "FL", kept.hash, "approved", by="ann")
print(landing.held.commit(kept).committed_at)
"""


@pytest.mark.parametrize(
    ("point", "kept"), [("review.hold.commit", False), ("review.hold.committed", True), ("review.held", True)]
)
def test_a_load_killed_while_it_is_held_waits_or_never_was(warehouse, landing, point, kept):
    committed(landing, "good", ["1"])

    process = start(warehouse, code=HOLD, fault=point)
    errors = process.communicate(timeout=60)[1]

    assert process.returncode == -signal.SIGKILL, errors
    removed = landing.recover()
    assert (landing.held.get(*PLACE) is not None) is kept
    assert bool([name for name in files(warehouse) if name.endswith("/new.parquet")]) is kept
    assert all("new" in name for name in removed)
    approve(landing, landing.held.get(*PLACE) or held(landing, "new", ["1", "2"]))
    assert ids(landing) == ["1", "2"]


@pytest.mark.parametrize("point", ["review.decided", "land.commit", "land.committed"])
def test_an_approval_killed_anywhere_is_finished_by_the_next_and_not_done_twice(
    warehouse, landing, waiting, point
):
    process = start(warehouse, code=APPROVE, fault=point)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == -signal.SIGKILL, errors
    happened = point == "land.committed"
    assert ids(landing) == (["1", "2"] if happened else ["1"])
    assert [d.decision for d in landing.held.decisions()] == ["approved"]
    assert (landing.held.get(*PLACE) is None) is happened
    landing.recover()

    landing.held.commit(waiting)

    assert ids(landing) == ["1", "2"]
    assert (len(landing.held.decisions()), landing.held.all()) == (1, [])
    committed(landing, "later", ["9"])
    with pytest.raises(LandError, match="nothing waits"):
        landing.held.commit(waiting)
    assert ids(landing) == ["9"]


def test_two_processes_that_approve_at_once_commit_once(warehouse, landing, waiting):
    code = APPROVE.replace("kept = ", "kept = 0; print('ready', flush=True); sys.stdin.readline(); kept = ")
    code = code.replace(
        'landing.held.get("wellsky_services", "FL")', "pickle.loads(bytes.fromhex(sys.argv[2]))"
    )
    running = [start(warehouse, pickle.dumps(waiting).hex(), code="import pickle\n" + code) for _ in "ab"]
    assert [process.stdout.readline() for process in running] == ["ready\n"] * 2

    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1] for process in running]

    assert [process.returncode for process in running] == [0, 0], errors
    assert ids(landing) == ["1", "2"]
    assert [d.decision for d in landing.held.decisions()] == ["approved"]
    assert landing.held.all() == []


def test_other_partitions_are_loaded_while_one_waits(landing, waiting):
    committed(landing, "side", ["8"], state="AL")

    assert landing.held.get(*PLACE) == waiting
    assert ids(landing, state="AL") == ["8"]
