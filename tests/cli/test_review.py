"""`dagster-ingest review`: what waits, shown and decided on from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from dagster_ingest.assets.instance import open_instance
from dagster_ingest.cli import app
from dagster_ingest.extract.difference import ColumnChange, Difference, Sample
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.settings import Settings
from tests.land.helpers import committed, held, ids

ROOT = Path(__file__).parents[2]
PLACE = ("gulf", "wellsky_services", "FL")
DIFFERENCE = Difference(
    before=4,
    after=3,
    added=1,
    removed=2,
    changed=1,
    columns=(
        ColumnChange("ELIGIBILITY", 1, (Sample("7", "adults " * 40 + "only", "adults " * 40 + "all"),)),
    ),
    added_keys=("9",),
    removed_keys=("1", "2"),
)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "tenants", tmp_path / "tenants")
    made = Settings.load(root=ROOT, home=tmp_path / "home", tenants_dir=tmp_path / "tenants", tenants=())
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DAGSTER_INGEST_TENANTS")
    return made


@pytest.fixture
def landing(settings):
    return DuckDBLanding(settings.warehouse, "gulf")


@pytest.fixture
def waiting(landing):
    committed(landing, "good", ["1", "2"])
    return held(
        landing, "new", ["2"], expires_at="2999-01-01T00:00:00+00:00", difference=DIFFERENCE.as_json()
    )


def review(*words: str):
    return CliRunner().invoke(app, ["review", *words])


def decide(verb: str, hash: str, *more: str):
    return review(verb, *PLACE, "--hash", hash, "--by", "ann", *more)


def test_nothing_waits_where_nothing_was_ever_loaded(settings):
    assert "Nothing waits for review." in review("list").stdout
    assert "Nothing was ever decided." in review("list", "--history").stdout
    assert review("show", *PLACE).stdout.startswith("Nothing of wellsky_services waits in FL.")


def test_the_list_says_what_waits_why_how_much_and_until_when(waiting):
    shown = review("list", "--tenant", "gulf", "--state", "FL").stdout

    assert "gulf wellsky_services FL" in shown
    for part in (
        waiting.hash[:12],
        "waiting",
        "asked for",
        "1 added (25.0%), 2 removed (50.0%)",
        "2999-01-01",
    ):
        assert part in shown
    assert "Nothing waits" in review("list", "--state", "AL").stdout
    [plain] = json.loads(review("list", "--json").stdout)
    assert (plain["tenant"], plain["status"], plain["hash"]) == ("gulf", "waiting", waiting.hash)


def test_one_is_shown_with_its_cells_around_what_changed_and_how_to_decide(waiting):
    shown = review("show", *PLACE).stdout

    for part in (waiting.hash, "ELIGIBILITY: 1 changed", "adults only", "adults all", "removed  1, 2"):
        assert part in shown
    assert f"review approve {' '.join(PLACE)} --hash {waiting.hash[:12]}" in shown
    assert json.loads(review("show", *PLACE, "--json").stdout)["difference"]["removed"] == 2


def test_an_approval_without_a_run_is_written_down_and_left_for_the_next(waiting, landing, settings):
    result = decide("approve", waiting.hash[:12], "--note", "fine", "--no-run")

    assert result.exit_code == 0, result.stderr
    assert ids(landing) == ["1", "2"]
    [made] = landing.held.decisions()
    assert (made.decision, made.by, made.note) == ("approved", "ann", "fine")
    assert "approved by ann, not committed yet" in review("list").stdout
    assert decide("approve", waiting.hash[:12], "--no-run").exit_code == 0
    assert len(landing.held.decisions()) == 1
    assert {event["status"] for event in observed(settings)} == {"approved"}


def test_a_rejection_is_final_recorded_and_an_event_of_the_asset(waiting, landing, settings):
    result = decide("reject", waiting.hash, "--note", "half is missing")

    assert result.exit_code == 0, result.stderr
    assert landing.held.all() == []
    assert [event["review_note"] for event in observed(settings)] == ["half is missing"]
    assert "rejected by ann: half is missing" in review("list", "--history").stdout
    [plain] = json.loads(review("list", "--history", "--json").stdout)
    assert (plain["tenant"], plain["decision"]) == ("gulf", "rejected")
    again = decide("approve", waiting.hash, "--no-run")
    assert again.exit_code == 2
    assert "rejected by ann" in again.stderr


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_wrong_hash_decides_nothing_and_shows_the_right_one(waiting, landing, verb):
    result = decide(verb, "0123456789abcdef")

    assert result.exit_code == 2
    assert waiting.hash in result.stderr
    assert landing.held.decisions() == []
    assert landing.held.get(*PLACE[1:]) == waiting


@pytest.mark.parametrize("by", ["", "  ", "expiry"])
def test_a_decision_needs_a_name(waiting, landing, by):
    result = review("approve", *PLACE, "--hash", waiting.hash, "--by", by, "--no-run")

    assert (result.exit_code, landing.held.decisions()) == (2, [])
    assert "needs a name" in result.stderr


def test_what_expired_is_listed_as_such_and_cannot_be_approved(landing):
    kept = held(landing, "old", ["1"], expires_at="2026-01-01T00:00:00+00:00")

    assert "expired" in review("list").stdout
    result = decide("approve", kept.hash, "--no-run")

    assert result.exit_code == 2
    assert "expired on 2026-01-01 00:00" in result.stderr


def test_blocked_candidates_are_no_matter_of_review(landing):
    kept = held(landing, "bad", ["1"], reason="blocked")

    assert "Nothing waits" in review("list").stdout
    assert decide("approve", kept.hash, "--no-run").exit_code == 2


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (("gulf", "wellsky_service", "FL"), "did you mean 'wellsky_services'?"),
        (("gulf", "wellsky_services", "TX"), "no chosen tenant has the state 'TX'"),
    ],
)
def test_a_place_that_is_not_there_is_named_with_a_guess(settings, place, said):
    result = review("show", *place)

    assert result.exit_code == 2
    assert said in result.stderr


def observed(settings) -> list[dict]:
    """Metadata of the decisions in the event log, the newest first."""
    with open_instance(settings) as instance:
        key = dg.AssetKey(["gulf", "raw", "wellsky_services"])
        found = instance.fetch_observations(
            dg.AssetRecordsFilter(key, asset_partitions=["FL"]), limit=9
        ).records
        return [{n: v.value for n, v in record.asset_observation.metadata.items()} for record in found]
