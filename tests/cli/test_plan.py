"""`dagster-ingest plan`: what would be started at a time, without starting anything."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from dagster_ingest.assets import keys
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.cli import app
from dagster_ingest.settings import Settings

ROOT = Path(__file__).parents[2]
TENANT = """\
tenant: {name}
display_name: {name}
owners: [team:{name}]
cost: {{cost_center: cc-1}}
states: [IA, NE]
sources:
  wellsky:
    system: wellsky
    settings: {{path: "{{state}}"}}
freshness: {{fail: 36h}}
publish:
  - reader: hsds_package
"""


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    for name, more in (
        ("needy", "automation: fresh_on_need\n"),
        ("daily", 'schedule: {cron: "15 3 * * *", timezone: America/Chicago}\n'),
        ("often", "schedule: {every: 6h}\n"),
        ("quiet", ""),
    ):
        path = tmp_path / "tenants" / name / "tenant.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(TENANT.format(name=name) + more)
    monkeypatch.setenv("DAGSTER_INGEST_ROOT", str(ROOT))
    monkeypatch.setenv("DAGSTER_INGEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DAGSTER_INGEST_DROPS", str(tmp_path / "drops"))
    monkeypatch.setenv("DAGSTER_INGEST_TENANTS_DIR", str(tmp_path / "tenants"))
    monkeypatch.delenv("DAGSTER_INGEST_TENANTS", raising=False)
    monkeypatch.setenv("DAGSTER_HOME", "")
    return tmp_path


def plan(*options: str) -> dict[tuple[str, str], dict]:
    found = CliRunner().invoke(app, ["plan", "--json", *options])
    assert found.exit_code == 0, found.output
    return {(row["tenant"], row["state"]): row for row in json.loads(found.stdout)["states"]}


def test_each_state_is_told_what_it_waits_for(home):
    found = plan()

    assert found.keys() == {(t, s) for t in ("needy", "daily", "often", "quiet") for s in ("IA", "NE")}
    assert found["needy", "IA"]["starts"]
    assert found["needy", "NE"]["why"] == "it was never loaded; others of the tenant go first"
    assert found["quiet", "IA"]["next"] is None
    assert {row["freshness"] for row in found.values()} == {"unknown"}
    with open_instance(Settings.load()) as instance:
        assert instance.get_runs_count() == 0


@pytest.mark.parametrize(
    ("at", "starts", "following"),
    [
        ("2026-03-07T09:15:20", True, "2026-03-08T08:15:00+00:00"),
        ("2026-03-07T09:16:00", False, "2026-03-08T08:15:00+00:00"),
        ("2026-03-08T03:15-05:00", True, "2026-03-09T08:15:00+00:00"),
    ],
)
def test_a_schedule_keeps_its_hour_when_the_clocks_change(home, at, starts, following):
    row = plan("--tenant", "daily", "--at", at)["daily", "IA"]

    assert (row["starts"], row["next"]) == (starts, following)


def test_what_is_published_is_planned_for_by_its_state(home):
    with open_instance(Settings.load()) as instance:
        event = dg.AssetMaterialization(keys.asset_key("needy", "published", "hsds_package"), partition="IA")
        instance.report_runless_asset_event(event)

    found = plan("--tenant", "needy")

    assert (found["needy", "IA"]["freshness"], found["needy", "IA"]["starts"]) == ("fresh", False)
    assert found["needy", "NE"]["starts"]
    later = plan("--tenant", "needy", "--state", "IA", "--at", found["needy", "IA"]["next"])["needy", "IA"]
    assert not later["starts"], "to the second the need has not come yet"
    assert (
        plan("--state", "IA", "--tenant", "needy", "--at", "2999-01-01")["needy", "IA"]["freshness"] == "late"
    )


def test_what_is_no_time_is_refused(home):
    found = CliRunner().invoke(app, ["plan", "--at", "tomorrow"])

    assert found.exit_code == 2
    assert "is no time" in found.output
