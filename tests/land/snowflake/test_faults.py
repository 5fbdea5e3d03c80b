"""Publishes that are killed, fail or meet: a partition is the old one or the new one, nothing stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from dagster_ingest import faults
from dagster_ingest.errors import LandError, Unavailable
from dagster_ingest.land.snowflake import load, problems, publish, sessions, swap
from tests.land.snowflake import loads
from tests.land.snowflake.loads import ROOT, TABLE, ids, run, simple

pytestmark = pytest.mark.snowflake


def left(stand_in, database) -> tuple[list[str], list[str]]:
    """Candidates and staged files that there are."""
    tables = run(
        stand_in.port,
        f"select table_name from {database}.information_schema.tables"
        " where startswith(table_name, '_INGEST_LOAD_')",
    )
    staged = run(stand_in.port, f"list @{database}.RAW_GULF._INGEST_STAGE")
    return [name for (name,) in tables], [row[0] for row in staged]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "happened"),
    [
        ("backing.staged", False),
        ("backing.loaded", False),
        ("backing.audited", False),
        ("backing.swap", False),
        ("backing.published", True),
    ],
)
def test_a_publish_killed_anywhere_happened_or_did_not(
    stand_in, open_backing, database, folder, point, happened
):
    backing = open_backing(grace=0)
    backing.publish([simple(folder, "good", ["1"])])
    arguments = [stand_in.port, database, folder, "killed", "good", "2", "3"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), faults.VARIABLE: point}

    done = subprocess.run(
        [sys.executable, loads.__file__, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == -signal.SIGKILL, done.stderr
    present = backing.versions()["raw", TABLE, "FL"].load_id
    assert (ids(backing), present) == ((["2", "3"], "killed") if happened else (["1"], "good"))

    removed = backing.recover()
    assert len(removed) == (0 if happened else 1)
    assert all("_KILLED_" in name for name in removed)
    assert backing.recover() == []

    backing.publish([simple(folder, "killed", ["2", "3"], replaces="good")])  # the ledger tries again
    backing.publish([simple(folder, "next", ["4"], replaces="killed")])
    assert ids(backing) == ["4"]
    assert [v.load_id for v in backing.history(TABLE, "FL")] == ["next", "killed", "good"]
    candidates, staged = left(stand_in, database)
    assert (len(candidates), staged) == (3, [])


def test_recovery_leaves_young_candidates_alone(stand_in, open_backing, database, folder, monkeypatch):
    young, living = open_backing(grace=3600), open_backing(grace=0)
    living.publish([simple(folder, "a", ["1"])])
    seen: list[list[str]] = []
    monkeypatch.setattr(
        load.faults,
        "reach",
        lambda point: seen.append(young.recover()) if point == "backing.loaded" else None,
    )

    living.publish([simple(folder, "b", ["2"], replaces="a")])

    assert seen == [[]]
    assert ids(living) == ["2"]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("update {0} set \"NAME\" = 'x' where \"ID\" = '1'", "hash sum"),
        ("update {0} set \"NAME\" = 'name of X' where \"ID\" = '1'", "hash sum"),
        ('update {0} set "NAME" = null where "ID" = \'1\'', "column Name has 1 cells instead of 2"),
        ("delete from {0} where \"ID\" = '1'", "1 rows instead of 2"),
        ('update {0} set "_ROW_NUMBER" = "_ROW_NUMBER" + 1', "hash sum"),
        ("update {0} set \"_LOADED_AT\" = '2026-01-03'", "hash sum"),
    ],
    ids=["shorter cell", "other cell", "lost cell", "lost row", "other number", "other time"],
)
def test_what_snowflake_does_not_hold_as_it_was_is_not_published(
    stand_in, backing, database, folder, monkeypatch, damage, told
):
    backing.publish([simple(folder, "a", ["0"])])

    def reach(point: str) -> None:
        if point == "backing.loaded":
            [name] = [name for name in left(stand_in, database)[0] if "_LOAD_B_" in name]
            run(stand_in.port, damage.format(f"{database}.RAW_GULF.{name}"))

    monkeypatch.setattr(load.faults, "reach", reach)

    with pytest.raises(LandError, match="does not hold what the part holds") as found:
        backing.publish([simple(folder, "b", ["1", "2"], replaces="a")])

    assert told in str(found.value)
    assert ids(backing) == ["0"]
    assert len(left(stand_in, database)[0]) == 1
    assert left(stand_in, database)[1] == []


@pytest.mark.parametrize("when", ["before it is sent", "after it was sent"])
def test_one_part_that_fails_keeps_all_from_being_published(
    stand_in, backing, database, folder, monkeypatch, when
):
    places = (("a", "FL"), ("b", "AL"), ("c", "GA"))
    parts = [simple(folder, name, [name], state=state) for name, state in places]
    if when == "before it is sent":
        parts[1].path.write_bytes(parts[1].path.read_bytes()[:-8])  # not parquet any more
    reached = Counter[str]()

    def reach(point: str) -> None:
        reached[point] += 1
        if (point, reached[point]) == ("backing.audited", 2):
            raise LandError("the second one fails")

    monkeypatch.setattr(load.faults, "reach", reach)

    with pytest.raises(LandError, match=r"second one fails|cannot be read"):
        backing.publish(parts)

    assert backing.versions() == {}
    assert left(stand_in, database) == ([], [])


def test_of_two_who_follow_the_same_load_one_is_refused(stand_in, open_backing, database, folder):
    first = open_backing()
    first.publish([simple(folder, "a", ["0"])])
    rivals = [simple(folder, name, [name], replaces="a") for name in ("b", "c", "d")]

    def publish(landed):
        try:
            open_backing().publish([landed])
        except Unavailable:
            return ""
        return landed.version.load_id

    with ThreadPoolExecutor(3) as threads:
        won = [name for name in threads.map(publish, rivals) if name]

    assert len(won) == 1
    assert ids(first) == won
    assert [v.load_id for v in first.history(TABLE, "FL")] == [won[0], "a"]
    assert len(left(stand_in, database)[0]) == 2


def test_tables_at_once_lose_nothing(open_backing, folder):
    """Threads of one process, each with tables and states of its own, over one pool."""
    backing = open_backing(sessions=3)

    def work(number: int) -> None:
        state, before = ("FL", "AL", "GA", "TX")[number], ""
        for turn in range(2):
            name = f"load-{number}-{turn}"
            backing.publish([simple(folder, name, [name], state=state, replaces=before)])
            before = name

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))

    assert ids(backing, state=None) == [f"load-{n}-1" for n in range(4)]
    assert {v.load_id for v in backing.versions().values()} == {f"load-{n}-1" for n in range(4)}


def test_a_swap_that_meets_a_lock_is_tried_again(backing, folder, monkeypatch):
    """Another transaction held a lock for too long: ours is given up, and nothing is uploaded anew."""
    once, met = swap.swap, []

    def locked(*arguments):
        if len(met) < 2:
            met.append(1)
            raise problems.Locked("locked")
        return once(*arguments)

    monkeypatch.setattr(publish, "swap", locked)

    backing.publish([simple(folder, "a", ["1"])])

    assert ids(backing) == ["1"]
    assert len(met) == 2


def test_rows_of_a_publish_whose_end_is_not_known_are_not_dropped(
    stand_in, backing, database, folder, tmp_path, monkeypatch
):
    """The answer to COMMIT is lost: Snowflake did it, and the rows are needed for a rollback."""
    once = swap.swap

    def cut_off(*arguments):
        once(*arguments)
        raise problems.Gone("the connection broke")

    landed = simple(folder, "a", ["1"])
    with monkeypatch.context() as patched:
        patched.setattr(publish, "swap", cut_off)
        with pytest.raises(Unavailable):
            backing.publish([landed])

    assert backing.versions()["raw", TABLE, "FL"] == landed.version
    backing.fetch(landed.version, tmp_path / "a.parquet")
    assert backing.publish([landed]).details == {}


def test_sessions_that_the_server_ended_are_replaced(stand_in, backing, folder, monkeypatch):
    backing.publish([simple(folder, "a", ["1"])])
    stand_in.abandon()
    monkeypatch.setattr(sessions, "CHECKED", 0.0)

    assert ids(backing) == ["1"]
