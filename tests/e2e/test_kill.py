"""kill -9 anywhere: after the next run every store equals that of a run that was never killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import pytest

from dagster_ingest.assets.instance import TAG_PROCESS, open_instance
from dagster_ingest.assets.orchestrate import plan, run_all
from dagster_ingest.faults import VARIABLE
from dagster_ingest.settings import Settings
from tests.e2e.conftest import installation
from tests.e2e.stores import package, warehouse

pytestmark = pytest.mark.slow

POINTS = (
    "extract.batch",
    "extract.staged",
    "land.sealed",
    "land.commit",
    "land.committed",
    "dbt.running",
    "dbt.running:20",
    "publish.building",
    "publish.swap",
    "publish.shown",
)


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory, parsed_projects):
    """What a run that is left in peace leaves behind."""
    world = installation(tmp_path_factory.mktemp("undisturbed"), parsed_projects)
    world.deliver(1, "keystone")
    run = world.command("run", "--tenant", "keystone")
    assert run.returncode == 0, run.stdout + run.stderr
    return stores(world), files(world)


@pytest.fixture(scope="module")
def workshop():
    """Makes processes that have the imports behind them and nothing running yet."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.e2e.test_kill", "dagster_ingest.definitions", "dbt.cli.main"])
    return context


def run(variables: dict[str, str]) -> None:
    """What `dagster-ingest run` does, in a process that may be killed."""
    os.environ.update(variables)
    settings = Settings.load()
    run_all(plan([("keystone", "PA")]), settings, workers=1)


def killed_at(point: str, world, workshop) -> int | None:
    process = workshop.Process(target=run, args=({**world.variables(), VARIABLE: point},))
    process.start()
    process.join(timeout=900)
    return process.exitcode


@pytest.mark.parametrize("point", POINTS)
def test_the_run_after_a_kill_ends_where_an_undisturbed_one_does(world, workshop, never_killed, point):
    world.deliver(1, "keystone")

    assert killed_at(point, world, workshop) == -signal.SIGKILL
    written, published = world.write("keystone", "PA"), world.publish("keystone", "PA")

    assert written.success, written.errors
    assert published.success, published.errors
    assert world.story("keystone", "PA").health == "current"
    assert (stores(world), files(world)) == never_killed
    assert unfinished_runs(world) == []


def test_a_killed_worker_ends_the_command_with_a_word_and_the_next_loads_both_states_at_once(world):
    world.deliver(1, "gulf")

    run = world.process("run", "--tenant", "gulf", "--workers", "2", **{VARIABLE: "land.sealed"})

    assert run.returncode == 2
    assert "a worker process was killed" in run.stderr
    assert "Traceback" not in run.stderr

    after = world.process("run", "--tenant", "gulf", "--workers", "2")

    assert after.returncode == 0, after.stdout + after.stderr
    assert {world.story("gulf", state).health for state in ("AL", "FL")} == {"current"}
    assert unfinished_runs(world) == []


def test_a_killed_command_takes_its_workers_along(world):
    world.deliver(1, "gulf")
    command = world.start("run", "--tenant", "gulf", "--workers", "2")
    deadline = time.monotonic() + 120
    while not list((world.settings.home / "dagster" / "history" / "runs").glob("*-*.db")):
        assert command.poll() is None, command.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)

    command.kill()

    command.communicate(timeout=60)  # ends when the last process that holds the pipe does


def stores(world):
    return (
        warehouse(world.settings.warehouse / "keystone.duckdb"),
        package(world.published("keystone", "PA")),
    )


def files(world) -> int:
    """How many files the warehouse and the published folder hold."""
    return sum(
        path.is_file()
        for folder in (world.settings.warehouse, world.settings.published)
        for path in folder.rglob("*")
    )


def unfinished_runs(world) -> list[str]:
    with open_instance(world.settings) as instance:
        return [run.run_id for run in instance.get_runs() if TAG_PROCESS in run.tags and not run.is_finished]
