"""Backfills: what is asked for becomes runs, and the event log tells what is done and what is left."""

from __future__ import annotations

import subprocess
import sys

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from dagster_ingest.assets import backfill
from dagster_ingest.assets.backfill import Request
from dagster_ingest.assets.instance import process_tag
from dagster_ingest.errors import SpecError

PAIRS = (("gulf", "FL"), ("gulf", "AL"), ("keystone", "PA"))


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def ran(instance, task, status: str = "SUCCESS") -> dg.DagsterRun:
    """The task as a run of the log."""
    job = f"{task.tenant}__{task.side}"
    tags = {"tenant": task.tenant, "dagster/partition": task.state, **task.tags}
    run = dg.DagsterRun(job_name=job, tags=tags, status=dg.DagsterRunStatus[status])
    return instance.run_storage.add_run(run)


def tasks(request: Request, by: str = ""):
    chains = request.chains(backfill.tags_of("b1", request, by or process_tag()))
    return [task for chain in chains for task in chain]


def gone() -> str:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return f"{ended.pid}.1"


def test_each_state_gets_a_writer_and_then_its_readers():
    found = [(t.tenant, t.state, t.side) for t in tasks(Request(PAIRS))]

    assert found[:2] == [("gulf", "FL", "writers"), ("gulf", "FL", "readers")]
    assert len(found) == 6


@pytest.mark.parametrize(
    ("request_", "sides"),
    [
        (Request(PAIRS[:1], layers=("published",)), ["readers"]),
        (Request(PAIRS[:1], layers=("stage", "enhanced")), ["writers"]),
        (Request(PAIRS[:1], layers=("stage", "published")), ["writers", "readers"]),
        (Request(PAIRS[:1], tables=("wellsky_services",)), ["writers", "readers"]),
        (Request(PAIRS[:1], tables=("published/hsds_package",)), ["readers"]),
    ],
    ids=str,
)
def test_layers_and_tables_choose_the_sides(request_, sides):
    assert [task.side for task in tasks(request_)] == sides


def test_a_request_survives_as_the_tag_of_a_run():
    request = Request(PAIRS, ("stage",), ("stage/search_record",), force=True)
    assert Request.of(request.text()) == request


def test_what_is_left_of_a_backfill_that_was_killed_follows_from_the_log(instance):
    request = Request(PAIRS)
    every = tasks(request, by=gone())
    for task, status in zip(every, ("SUCCESS", "SUCCESS", "FAILURE", "SUCCESS"), strict=False):
        ran(instance, task, status)

    found = backfill.find(instance, "b1")

    assert (found.status, found.done, len(found.parts)) == ("interrupted", 3, 6)
    again = [t for chain in backfill.left(instance, found, process_tag()) for t in chain]
    assert {(t.tenant, t.state, t.side) for t in again} == {
        (t.tenant, t.state, t.side) for t in (every[2], *every[4:])
    }


def test_the_newest_run_of_a_state_counts(instance):
    request = Request(PAIRS[:1], layers=("stage",))
    [task] = tasks(request)
    ran(instance, task, "FAILURE")
    ran(instance, task)

    assert backfill.find(instance, "b1").done == 1


def test_while_its_command_lives_a_backfill_runs_and_its_end_is_noted(instance):
    request = Request(PAIRS)
    ran(instance, tasks(request)[0])
    assert backfill.find(instance, "b1").status == "running"

    backfill.end(instance, "b1")

    assert backfill.find(instance, "b1").status == "complete"
    assert [found.id for found in backfill.every(instance)] == ["b1"]


def test_cancel_ends_the_command_and_leaves_what_is_done(instance):
    command = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(f"/proc/{command.pid}/stat") as stat:
        born = stat.read().rpartition(")")[2].split()[19]
    ran(instance, tasks(Request(PAIRS), by=f"{command.pid}.{born}")[0])

    backfill.cancel(instance, backfill.find(instance, "b1"))

    assert command.wait(timeout=30) == -9
    found = backfill.find(instance, "b1")
    assert (found.status, found.done) == ("canceled", 1)


def test_an_unknown_id_is_an_error_with_those_there_are(instance):
    ran(instance, tasks(Request(PAIRS))[0])
    with pytest.raises(SpecError, match="no backfill 'b2'") as refused:
        backfill.find(instance, "b2")
    assert "b1" in refused.value.fix


def test_a_backfill_of_the_ui_is_listed_and_its_daemon_is_asked_to_cancel_it(instance):
    asked = PartitionBackfill(
        backfill_id="ui1",
        status=BulkActionStatus.REQUESTED,
        from_failure=False,
        tags={},
        backfill_timestamp=1000.0,
        asset_selection=[dg.AssetKey(["gulf", "stage", "service"])],
    )
    instance.add_backfill(asked)
    selection = frozenset(asked.asset_selection)
    tags = {"tenant": "gulf", "dagster/partition": "FL", "dagster/backfill": "ui1"}
    run = dg.DagsterRun(job_name="__ASSET_JOB", tags=tags, asset_selection=selection)
    instance.run_storage.add_run(run)

    [found] = backfill.every(instance)
    backfill.cancel(instance, found)

    assert (found.id, found.status, found.request) == ("ui1", "requested", None)
    assert [(part.state, part.side) for part in found.parts] == [("FL", "writers")]
    assert instance.get_backfill("ui1").status == BulkActionStatus.CANCELING
    with pytest.raises(SpecError, match="not resumed here"):
        backfill.left(instance, found, "")
