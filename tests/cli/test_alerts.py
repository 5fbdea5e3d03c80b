"""`dagster-ingest alerts`: what is open, what would be sent, and a message by hand."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    SensorInstigatorData,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from typer.testing import CliRunner

from dagster_ingest import redact
from dagster_ingest.assets import keys
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.cli import app
from dagster_ingest.observe.alerts.memory import Entry, Known, Line, Memory
from dagster_ingest.settings import Settings
from dagster_ingest.testing.receivers import hook

ROOT = Path(__file__).parents[2]
FILE = """
channels:
  team: {url: {secret: ALERTS_HOOK}}
routes:
  - to: [team]
    kinds: [blocked]
"""


@pytest.fixture
def settings(tmp_path, monkeypatch, parsed_projects):
    shutil.copytree(parsed_projects, tmp_path / "home" / "target")
    monkeypatch.setenv("DAGSTER_INGEST_ALERTS", str(tmp_path / "alerts.yaml"))
    made = Settings.load(root=ROOT, home=tmp_path / "home", tenants=("gulf",))
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    made.alerts_file.write_text(FILE)
    yield made
    redact.forget()


@pytest.fixture
def blocked(settings):
    """A contract fails in AL, as far as the event log is concerned."""
    evaluation = dg.AssetCheckEvaluation(
        asset_key=keys.asset_key("gulf", "raw", "wellsky_services"),
        check_name=keys.CONTRACT_CHECK,
        passed=False,
        description="blocked: 38 of 267 rows break PHONE|pattern",
        metadata={"load_id": "l1"},
        partition="AL",
        blocking=True,
    )
    with open_instance(settings) as instance:
        instance.report_runless_asset_event(evaluation)
    return settings


def alerts(*words: str):
    return CliRunner().invoke(app, ["alerts", *words])


def test_list_and_preview(blocked):
    listed, preview = alerts("list"), alerts("preview", "gulf", "AL")

    assert "raw/wellsky_services (contract)" in listed.output
    assert "team: not yet" in " ".join(listed.output.split())
    assert preview.output.startswith(
        "To team\n\n[error] gulf/AL is blocked by raw/wellsky_services (contract)"
    )
    assert "38 of 267 rows break PHONE|pattern" in preview.output
    found = json.loads(alerts("list", "--json").output)
    assert [one["key"] for one in found["open"]] == ["blocked/AL"]
    assert found["open"][0]["channels"] == {"team": None}
    assert "nothing is open in gulf/FL" in alerts("preview", "gulf", "FL").output


def test_without_channels_everything_is_shown_and_nobody_told(blocked):
    blocked.alerts_file.write_text("channels: {}\n")

    assert "nobody: no route matches" in " ".join(alerts("list").output.split())
    assert "To nobody" in alerts("preview", "gulf", "AL").output
    assert "nobody is told of anything" in alerts("list").output


def test_a_test_message(settings, monkeypatch):
    with hook() as taken:
        monkeypatch.setenv("PLATFORM__ALERTS_HOOK", f"json://127.0.0.1:{taken.port}/x")
        done = alerts("test", "team")
        [told] = taken.bodies
        taken.status = 500
        refused = alerts("test", "team")

    assert (done.exit_code, done.output) == (0, "team took a test message\n")
    assert told["title"] == "[test] dagster-ingest, channel team"
    assert refused.exit_code == 2
    assert "the channel team did not take a message" in refused.output


def test_a_channel_that_is_none(settings):
    done = alerts("test", "taem")

    assert done.exit_code == 2
    assert "did you mean 'team'" in done.output


def test_what_cannot_be_delivered_is_told_by_list_and_by_status(blocked):
    since = time.time() - 2 * 86_400
    known = Known(
        "blocked", "error", "AL", "AL", ("team:gulf-data",), since, "c", "gulf/AL is blocked", since
    )
    memory = Memory(
        known={"blocked/AL": known},
        entries={"team": {"blocked/AL": Entry(owed=since)}},
        lines={"team": Line(failures=9, failing=since, error="no route to host")},
    )
    loaded = LoadableTargetOrigin(module_name="dagster_ingest.definitions")
    repository = RemoteRepositoryOrigin(InProcessCodeLocationOrigin(loaded), "gulf")
    state = InstigatorState(
        RemoteInstigatorOrigin(repository, "gulf__alerts"),
        InstigatorType.SENSOR,
        InstigatorStatus.RUNNING,
        SensorInstigatorData(cursor=memory.text()),
    )
    with open_instance(blocked) as instance:
        instance.add_instigator_state(state)

    words = "gulf: alerts: the channel team takes no messages since 2.0 days (1 wait): no route to host"
    assert words in alerts("list").output
    assert words in CliRunner().invoke(app, ["status"]).output
