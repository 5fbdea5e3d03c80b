"""Runs that are dead are found to be so, whoever started them, and tried again; others are not."""

from __future__ import annotations

import os
import subprocess
import sys

import dagster as dg
import pytest
from dagster._core.events import EngineEventData, RunFailureReason
from dagster._core.execution.retries import auto_reexecution_should_retry_run
from dagster._core.launcher.base import WorkerStatus
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from dagster_ingest.assets.instance import TAG_PROCESS, process_tag
from dagster_ingest.assets.launcher import LocalRunLauncher
from tests.assets.queueing import SHIPPED, code_origin, origin

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc on this system")


@pytest.fixture
def instance(tmp_path, monkeypatch):
    (tmp_path / "dagster.yaml").write_text(SHIPPED.read_text())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as made:
        yield made


def started(instance, pid: int | None = None, remote_job_origin=None, **tags: str) -> dg.DagsterRun:
    """A run that says it works in a process."""
    code = code_origin() if remote_job_origin else None
    made = dg.DagsterRun(job_name="job", tags=tags, remote_job_origin=remote_job_origin, job_code_origin=code)
    run = instance.run_storage.add_run(made)
    if pid is not None:
        told = f"Started process for run (pid: {pid})."
        instance.report_engine_event(told, run, EngineEventData.in_process(pid))
    for kind in ("PIPELINE_STARTING", "PIPELINE_START"):
        event = dg.DagsterEvent(event_type_value=kind, job_name="job")
        instance.report_dagster_event(event, run_id=run.run_id)
    return instance.get_run_by_id(run.run_id)


def gone() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def look(instance) -> None:
    """One iteration of the daemon that watches runs."""
    with create_test_daemon_workspace_context(EmptyWorkspaceTarget(), instance) as workspace:
        import logging

        assert [e for e in execute_run_monitoring_iteration(workspace, logging.getLogger("test")) if e] == []


def test_a_run_whose_process_is_gone_is_failed_and_will_be_tried_again(instance):
    dead, living = started(instance, gone()), started(instance, os.getpid())

    look(instance)

    assert instance.get_run_by_id(dead.run_id).status == dg.DagsterRunStatus.FAILURE
    assert instance.get_run_by_id(dead.run_id).tags["dagster/will_retry"] == "true"
    assert instance.get_run_by_id(living.run_id).status == dg.DagsterRunStatus.STARTED


def test_a_process_with_the_number_of_a_dead_one_is_not_taken_for_it(instance, monkeypatch):
    from dagster_ingest.assets import launcher

    run = started(instance, os.getpid())
    later = launcher.started_at(os.getpid()) + 10 * 86400
    monkeypatch.setattr(launcher, "started_at", lambda pid: later)

    assert instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.FAILED


def test_a_run_of_the_command_line_is_known_by_its_tag_and_not_tried_again(instance):
    tags = {"dagster/max_retries": "0"}
    dead = started(instance, **{TAG_PROCESS: f"{gone()}.123", **tags})
    living = started(instance, **{TAG_PROCESS: process_tag(), **tags})

    look(instance)

    assert instance.get_run_by_id(dead.run_id).status == dg.DagsterRunStatus.FAILURE
    assert instance.get_run_by_id(dead.run_id).tags["dagster/will_retry"] == "false"
    assert instance.get_run_by_id(living.run_id).status == dg.DagsterRunStatus.STARTED


def test_a_run_that_takes_longer_than_its_tenant_allows_is_ended(instance, monkeypatch):
    from dagster._daemon.monitoring import run_monitoring

    slow = started(instance, os.getpid(), **{"dagster/max_runtime": "600"})
    allowed = started(instance, os.getpid(), **{"dagster/max_runtime": "7200"})
    begun = instance.get_run_record_by_id(slow.run_id).start_time
    monkeypatch.setattr(run_monitoring, "get_current_timestamp", lambda: begun + 1200)
    monkeypatch.setattr(LocalRunLauncher, "terminate", lambda self, run_id: True)

    look(instance)

    assert instance.get_run_by_id(slow.run_id).status == dg.DagsterRunStatus.FAILURE
    assert instance.get_run_by_id(allowed.run_id).status == dg.DagsterRunStatus.STARTED


def test_a_run_that_died_with_its_code_server_is_failed_when_the_server_is_back(instance, monkeypatch):
    from dagster._core.errors import DagsterUserCodeUnreachableError
    from dagster._core.remote_origin import GrpcServerCodeLocationOrigin

    from dagster_ingest.assets import launcher

    class Server:
        up, clock = False, 0.0

        def ping(self, word):
            if not self.up:
                raise DagsterUserCodeUnreachableError("no")

    server = Server()
    monkeypatch.setattr(GrpcServerCodeLocationOrigin, "create_client", lambda origin: server)
    monkeypatch.setattr(launcher, "now", lambda: server.clock)
    run = started(instance, gone(), remote_job_origin=origin("gulf"))

    def seen() -> dg.DagsterRunStatus:
        look(instance)
        return instance.get_run_by_id(run.run_id).status

    assert seen() == dg.DagsterRunStatus.STARTED
    server.up = True
    assert seen() == dg.DagsterRunStatus.STARTED  # the daemon has still to notice
    server.clock = launcher.SETTLED
    assert seen() == dg.DagsterRunStatus.FAILURE
    assert instance.get_run_by_id(run.run_id).tags["dagster/will_retry"] == "true"


@pytest.mark.parametrize(
    ("reason", "again"),
    [(None, True), (RunFailureReason.START_TIMEOUT, True), (RunFailureReason.STEP_FAILURE, False)],
)
def test_what_failed_in_a_step_is_not_tried_again_as_a_run(instance, reason, again):
    run = started(instance)
    instance.report_run_failed(run)
    failed = instance.get_run_by_id(run.run_id)

    assert auto_reexecution_should_retry_run(instance, failed, reason) is again
