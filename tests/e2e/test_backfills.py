"""Backfills for real: one that is killed and resumed, and one that the UI starts."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from dagster_ingest.assets.backfill import find
from dagster_ingest.assets.instance import open_instance
from tests.e2e.servers import Servers, until

pytestmark = pytest.mark.slow

_LAUNCH = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""


def read(world, *words: str):
    return json.loads(world.command(*words, "--json").stdout)


def test_a_backfill_that_was_killed_is_resumed_and_a_bad_state_stops_no_other(world):
    world.deliver(2, "gulf")
    with open_instance(world.settings) as instance:
        command = world.start("backfill", "gulf", "--at-most", "1")
        try:
            started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])
            until(lambda: command.poll() is not None or instance.get_runs(started), "a run is under way")
            assert command.poll() is None, command.communicate()
        finally:
            command.kill()
            command.communicate()
    [cut_off] = read(world, "backfill", "list")
    assert (cut_off["status"], cut_off["done"], cut_off["of"]) == ("interrupted", 0, 4)

    resumed = world.command("backfill", "resume", cut_off["id"], "--at-most", "1")

    assert resumed.returncode == 1, resumed.stdout
    assert "gulf/FL readers: done" in resumed.stdout
    assert "blocked by raw/wellsky_services/contract" in resumed.stdout
    shown = read(world, "backfill", "status", cut_off["id"])
    fates = {(part["state"], part["side"]): part["status"] for part in shown["parts"]}
    assert shown["status"] == "complete"
    assert fates == {
        ("FL", "writers"): "SUCCESS",
        ("FL", "readers"): "SUCCESS",
        ("AL", "writers"): "FAILURE",
        ("AL", "readers"): "left",
    }

    forced = read(world, "backfill", "gulf", "--state", "FL", "--from", "stage", "--force")

    assert forced["failed"] == 0
    assert {run["side"] for run in forced["runs"] if run["run_id"]} == {"writers", "readers"}
    assert world.story("gulf", "FL").health == "current"


@pytest.fixture
def servers(world):
    made = Servers(world, "gulf")
    made.hasten()
    with open_instance(world.settings):
        pass
    made.start("writers", "readers", "daemon", "webserver")
    groups = [process.pid for process in made.processes.values()]
    try:
        made.ready()
        yield made
    finally:
        made.stop(groups)


def test_a_backfill_of_the_ui_goes_through_the_queue_behind_other_runs(world, servers):
    world.deliver(1, "gulf")
    nodes = servers.ask("{ assetNodes { assetKey { path } } }")["assetNodes"]
    assets = [node["assetKey"] for node in nodes if node["assetKey"]["path"][0] == "gulf"]
    params = {"assetSelection": assets, "partitionNames": ["FL", "AL"]}

    asked = servers.ask(_LAUNCH, params=params)["launchPartitionBackfill"]

    assert asked["__typename"] == "LaunchBackfillSuccess", asked
    with open_instance(world.settings) as instance:
        ended = ("completed_success", "completed_failed", "failed", "completed")
        until(lambda: find(instance, asked["backfillId"]).status in ended, "the backfill has ended")
        found = find(instance, asked["backfillId"])
        runs = instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": found.id}))
    assert found.status == "completed_success"
    assert {(p.state, p.side, p.status) for p in found.parts} == {
        (state, side, "SUCCESS") for state in ("FL", "AL") for side in ("writers", "readers")
    }
    assert {run.tags["tenant"] for run in runs} == {"gulf"}
    assert {run.tags["dagster_ingest/band"] for run in runs} == {"-10"}
    for state in ("FL", "AL"):
        assert world.story("gulf", state).health == "current"
