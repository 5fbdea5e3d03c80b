"""Profiles are kept in the transaction that ends their load, the last of them only."""

from __future__ import annotations

import duckdb
import pytest

from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.land.profiles import KEPT, Note
from tests.land.helpers import held, staged, version


@pytest.fixture
def landing(tmp_path):
    return DuckDBLanding(tmp_path / "warehouse", "gulf")


def load(landing: DuckDBLanding, number: int, *, end: str = "commit", compared=None, **where: str) -> None:
    """A load that says how many profiles it was compared with."""
    candidate = staged(landing, f"load-{number:03}", [f"{number}"], **where)
    candidate.observe(Note("1.0.0", f'"profile {number}"', compared or (lambda recent: str(len(recent)))))
    if end == "abort":
        candidate.abort()
        return
    candidate.seal()
    if end == "hold":
        candidate.hold(version(candidate), reason="review", contract_version="1.0.0", why="asked", base="")
    else:
        candidate.commit(version(candidate))


def test_a_load_is_compared_with_the_committed_ones_and_kept_with_its_outcome(landing):
    seen: list[list[str]] = []

    def compared(recent):
        seen.append(list(recent))
        return "{}"

    load(landing, 1)
    load(landing, 2, end="abort")
    load(landing, 3, compared=compared)
    load(landing, 4, state="AL")

    assert seen == [['"profile 1"']]
    found = landing.profiles("wellsky_services", "FL")
    assert [(o.load_id, o.outcome) for o in found] == [
        ("load-003", "committed"),
        ("load-002", "blocked"),
        ("load-001", "committed"),
    ]
    assert [(o.state, o.load_id) for o in landing.drift("wellsky_services")] == [
        ("AL", "load-004"),
        ("FL", "load-003"),
    ]


def test_a_load_that_came_to_nothing_without_rejects_is_kept_as_well(landing):
    candidate = landing.begin("wellsky_services", "FL", "load-1", columns=["ID"])
    candidate.observe(Note("1.0.0", "{}", lambda recent: "{}"))
    candidate.abort()

    assert [o.outcome for o in landing.profiles()] == ["blocked"]


def test_a_load_that_nobody_looked_at_leaves_no_profile(landing):
    candidate = staged(landing, "load-1", ["1"])
    candidate.abort()

    assert landing.profiles() == []


def test_only_the_last_profiles_of_a_partition_are_kept(landing):
    for number in range(KEPT + 3):
        load(landing, number)
    load(landing, 99, state="AL")

    kept = landing.profiles(state="FL", limit=1000)
    assert [o.load_id for o in kept] == [f"load-{n:03}" for n in reversed(range(3, KEPT + 3))]
    assert len(landing.profiles(state="AL")) == 1
    assert len(landing.profiles("wellsky_services", "FL", limit=2)) == 2


def test_a_profile_goes_with_its_load_when_the_commit_fails(landing):
    load(landing, 1)

    def broken(recent):
        raise RuntimeError("the comparison failed")

    candidate = staged(landing, "load-002", ["2"])
    candidate.observe(Note("1.0.0", "{}", broken))
    candidate.seal()
    with pytest.raises(RuntimeError):
        candidate.commit(version(candidate))
    candidate.done("aborted")

    assert [o.load_id for o in landing.profiles()] == ["load-001"]
    assert landing.current("wellsky_services", "FL").load_id == "load-001"


def test_a_candidate_that_waited_counts_once_it_is_committed(landing):
    load(landing, 1, end="hold")
    assert [o.outcome for o in landing.profiles()] == ["waiting"]

    waits = landing.held.get("wellsky_services", "FL")
    landing.held.decide("wellsky_services", "FL", waits.hash, "approved", by="ada")
    landing.held.commit(waits)

    assert [o.outcome for o in landing.profiles()] == ["committed"]


def test_a_file_from_before_there_were_profiles_has_none_and_gets_them(landing):
    held(landing, "load-0", ["1"])
    with duckdb.connect(str(landing.path)) as file:
        file.execute("drop table _ingest.profiles")
    fresh = DuckDBLanding(landing.path.parent, "gulf")

    assert fresh.profiles() == []
    load(fresh, 1)
    assert len(fresh.profiles()) == 1
