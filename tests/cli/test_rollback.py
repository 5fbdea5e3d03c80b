"""`dagster-ingest rollback`: shows what there is, brings a load back, refuses what it cannot mean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_ingest.cli import app
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.settings import Settings
from tests.land.helpers import committed, ids

ROOT = Path(__file__).parents[2]
PLACE = ("gulf", "wellsky_services", "--state", "FL")


@pytest.fixture
def landing(tmp_path, monkeypatch):
    made = Settings.load(root=ROOT, home=tmp_path / "home", tenants=())
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DAGSTER_INGEST_TENANTS")
    found = DuckDBLanding(made.warehouse, "gulf")
    for load_id, rows in (("load-a", ["1"]), ("load-b", ["2", "3"]), ("load-c", ["4"])):
        committed(found, load_id, rows)
    return found


def rollback(*words: str):
    return CliRunner().invoke(app, ["rollback", *PLACE, *words])


def test_without_a_load_it_shows_what_is_kept(landing):
    shown = rollback("--json")

    assert [(entry["load_id"], entry["rows"], entry["why"]) for entry in json.loads(shown.output)] == [
        ("load-c", 1, ""),
        ("load-b", 2, "replaced"),
        ("load-a", 1, "replaced"),
    ]


def test_it_brings_a_load_back_and_says_who_did(landing):
    done = rollback("--to", "load-b", "--by", "ada", "--note", "wrong file")
    shown = rollback("--json")

    assert done.exit_code == 0, done.output
    assert "dagster-ingest run --tenant gulf --state FL" in done.output
    assert ids(landing) == ["2", "3"]
    assert json.loads(shown.output)[1]["why"] == "rolled back by ada: wrong file"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "load-z", "--by", "ada"), "no earlier load can be meant by 'load-z'"),
        (("--to", "load-c", "--by", "ada"), "holds load load-c already"),
        (("--to", "load-a"), "nobody is named"),
    ],
)
def test_it_changes_nothing_where_it_is_not_clear(landing, words, said):
    refused = rollback(*words)

    assert refused.exit_code != 0
    assert said in " ".join(refused.output.split())
    assert ids(landing) == ["4"]
