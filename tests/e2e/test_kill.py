"""kill -9 anywhere: after the next run every store equals that of a run that was never killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from dagster_ingest.assets.instance import TAG_PROCESS, open_instance
from tests.e2e.stores import package, warehouse

pytestmark = pytest.mark.slow

POINTS = (
    "extract.batch",
    "land.sealed",
    "land.commit",
    "land.committed",
    "dbt.running",
    "publish.building",
    "publish.swap",
)


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory):
    """Where a run that is left in peace ends up; filled by the first test."""
    return {}


def command(world, *words: str, fault: str | None = None) -> subprocess.CompletedProcess:
    environment = {**os.environ, **world.settings.environment()}
    if fault:
        environment["DAGSTER_INGEST_FAULT"] = fault
    return subprocess.run(
        [sys.executable, "-m", "dagster_ingest.cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def stores(world):
    return (
        warehouse(world.settings.warehouse / "keystone.duckdb"),
        package(world.published("keystone", "PA")),
    )


@pytest.mark.parametrize("point", POINTS)
def test_the_run_after_a_kill_ends_where_an_undisturbed_one_does(world, never_killed, point):
    world.deliver(1, "keystone")
    if not never_killed:
        whole = command(world, "run", "--tenant", "keystone", "--workers", "1")
        assert whole.returncode == 0, whole.stdout + whole.stderr
        never_killed["stores"] = stores(world)
        never_killed["left"] = leftovers(world)
        for path in (world.settings.warehouse, world.settings.published, world.settings.home / "dagster"):
            subprocess.run(["rm", "-rf", str(path)], check=True)

    killed = command(world, "run", "--tenant", "keystone", "--workers", "1", fault=point)
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    after = command(world, "run", "--tenant", "keystone", "--workers", "1")

    assert after.returncode == 0, after.stdout + after.stderr
    assert stores(world) == never_killed["stores"]
    assert leftovers(world) == never_killed["left"]
    assert unfinished_runs(world) == []


def leftovers(world) -> int:
    """How many files the warehouse and the published folder hold."""
    return sum(
        path.is_file()
        for folder in (world.settings.warehouse, world.settings.published)
        for path in folder.rglob("*")
    )


def unfinished_runs(world) -> list[str]:
    with open_instance(world.settings) as instance:
        return [run.run_id for run in instance.get_runs() if TAG_PROCESS in run.tags and not run.is_finished]
