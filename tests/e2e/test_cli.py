"""The commands against two days of the sample: exit codes, words, and output for machines."""

from __future__ import annotations

import json

import pytest

from dagster_ingest.testing.sample.plan import FEEDS

pytestmark = pytest.mark.slow

STATES = {(feed.tenant, feed.state) for feed in FEEDS}


def read(world, *words: str):
    run = world.command(*words, "--json")
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(run.stdout)


def test_a_good_day_exits_with_0_and_tells_each_partition(days):
    run = days.one.run

    assert run.returncode == 0, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    for tenant, state in STATES:
        for side in ("writers", "readers"):
            assert f"{tenant}/{state} {side}: " in run.stdout
    assert "FAILED" not in run.stdout


def test_a_day_with_a_failed_partition_exits_with_1_and_names_it(days):
    run = days.two.run

    assert run.returncode == 1, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    failed = [line for line in run.stdout.splitlines() if "FAILED" in line]
    assert [line.partition(":")[0] for line in failed] == ["gulf/AL writers"]
    assert "blocked by raw/wellsky_services/contract" in run.stdout
    assert "why: dagster-ingest explain gulf AL" in run.stdout
    assert "gulf/AL readers: blocked upstream by gulf/raw/wellsky_services (contract)" in run.stdout


def test_run_for_machines(days):
    run = days.world.command(
        "run", "--tenant", "gulf", "--state", "AL", "--state", "FL", "--workers", "2", "--json"
    )

    assert run.returncode == 1, run.stderr
    outcomes = json.loads(run.stdout)
    tasks = {(o["task"]["state"], o["task"]["side"]): o for o in outcomes}
    assert tasks.keys() == {(state, side) for state in ("AL", "FL") for side in ("writers", "readers")}
    assert [key for key, outcome in tasks.items() if not outcome["success"]] == [("AL", "writers")]
    assert tasks["AL", "writers"]["failed_checks"] == ["raw/wellsky_services/contract"]
    assert tasks["FL", "writers"]["materialized"] == []
    assert tasks["FL", "readers"]["run_id"] is None


def test_status_for_machines(days):
    stories = read(days.world, "status")

    assert {(story["tenant"], story["state"]): story["health"] for story in stories} == {
        (tenant, state): "blocked" if (tenant, state) == ("gulf", "AL") else "current"
        for tenant, state in STATES
    }
    assert all(story["rows_read"] >= story["rows_accepted"] > 0 for story in stories)


def test_explain_for_machines(days):
    story = read(days.world, "explain", "gulf", "AL")

    (blocker,) = story["blockers"]
    assert blocker["asset"] == "raw/wellsky_services"
    assert {"PROVIDER_SERVICE_CODE_ID|required", "ORGANIZATION_ID|foreign_key"} <= {
        rule["rule"] for rule in blocker["rules"]
    }
    assert "published/hsds_package" in blocker["stops"]
    for word in ("brevservices_", "resources@gulf.example", "stopped with it", "--retry"):
        assert word in story["text"]


def test_quarantine_for_machines(days):
    rows = read(days.world, "quarantine", "list", "--tenant", "gulf", "--state", "AL")

    assert rows
    assert {row["table"] for row in rows} == {"wellsky_services"}
    assert all(row["rules"] and row["source_uri"].startswith("gulf/al/") for row in rows)
    first = rows[0]
    shown = read(days.world, "quarantine", "show", "gulf", first["table"], str(first["row_number"]))
    assert first["rules"] in [row["rules"] for row in shown]


def test_validate_for_machines(days):
    assert read(days.world, "validate")["ok"] is True
