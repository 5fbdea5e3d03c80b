"""The shipped queue with a launcher that only notes what it is given, and runs to put into it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.execution.api import create_execution_plan
from dagster._core.launcher import RunLauncher
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.snap import snapshot_from_execution_plan
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon
from dagster._serdes import ConfigurableClass

from dagster_ingest.assets.turns import Place

SHIPPED = Path(__file__).parents[2] / "deploy" / "dagster.yaml"
_SERVER = GrpcServerCodeLocationOrigin(host="127.0.0.1", port=1, location_name="writers")


def origin(tenant: str) -> RemoteJobOrigin:
    return RemoteJobOrigin(RemoteRepositoryOrigin(_SERVER, tenant), "job")


def code_origin() -> JobPythonOrigin:
    code = RepositoryPythonOrigin(sys.executable, ModuleCodePointer("x", "y"), None, None, None)
    return JobPythonOrigin("job", code)


class Noting(RunLauncher, ConfigurableClass):
    """Starts nothing: a run that it is given stays `starting` until the test says more."""

    def __init__(self, inst_data=None) -> None:
        self.inst_data_, self.started = inst_data, []
        super().__init__()

    inst_data = property(lambda self: self.inst_data_)

    @classmethod
    def config_type(cls):
        return {}

    @classmethod
    def from_config_value(cls, inst_data, config_value):
        return cls(inst_data=inst_data)

    def launch_run(self, context) -> None:
        self.started.append(context.dagster_run)

    def terminate(self, run_id) -> bool:
        return False


class Queue:
    """An instance with the shipped dagster.yaml, `changes` laid over it."""

    def __init__(self, instance: dg.DagsterInstance, page: int) -> None:
        self.instance, self._daemon = instance, QueuedRunCoordinatorDaemon(5, page_size=page)

    def put(
        self, tenant: str, pools: tuple[str, ...] = (), tagged: bool = True, **tags: str
    ) -> dg.DagsterRun:
        """Ask for a run of a tenant, as a schedule, a sensor, a backfill or the UI does."""
        run = self.instance.run_storage.add_run(self._made(tenant, pools, tagged, **tags))
        return self.instance.submit_run(run.run_id, None)  # type: ignore[arg-type]

    def fill(self, tenant: str, turn: int) -> None:
        """A run that waits already, without the way through the queue's door."""
        run = self._made(tenant, (), True, **Place(0, turn).tags())
        self.instance.run_storage.add_run(run.with_status(dg.DagsterRunStatus.QUEUED))

    def _made(self, tenant: str, pools: tuple[str, ...], tagged: bool, **tags: str) -> dg.DagsterRun:
        return dg.DagsterRun(
            job_name="job",
            tags={**({"tenant": tenant} if tagged else {}), **tags},
            remote_job_origin=origin(tenant),
            job_code_origin=code_origin(),
            run_op_concurrency=_concurrency(pools),
        )

    def turn(self) -> list[str]:
        """One iteration of the daemon: the tenants of the runs that it started, in order."""
        before = len(self.instance.run_launcher.started)  # type: ignore[attr-defined]
        with create_test_daemon_workspace_context(EmptyWorkspaceTarget(), self.instance) as workspace:
            list(self._daemon.run_iteration(workspace))
        return [run.tags["tenant"] for run in self.instance.run_launcher.started[before:]]  # type: ignore

    def end(self, tenant: str) -> None:
        """The tenant's oldest run that was started ends well."""
        working = self.instance.get_runs(
            dg.RunsFilter(tags={"tenant": tenant}, statuses=[dg.DagsterRunStatus.STARTING])
        )
        event = dg.DagsterEvent(event_type_value="PIPELINE_SUCCESS", job_name="job")
        self.instance.report_dagster_event(event, run_id=working[-1].run_id)


def _concurrency(pools: tuple[str, ...]):
    """What Dagster notes of the pools of a run's steps, by its own function."""
    from dagster._core.op_concurrency_limits_counter import compute_run_op_concurrency_info_for_snapshot

    ops = [dg.op(name=f"step{n}", pool=pool)(_nothing) for n, pool in enumerate(pools)]
    job = dg.GraphDefinition(name="job", node_defs=ops).to_job()
    plan = snapshot_from_execution_plan(create_execution_plan(job), "snapshot")
    return compute_run_op_concurrency_info_for_snapshot(plan)


def _nothing() -> None:
    """A step."""


@contextmanager
def queue(folder: Path, monkeypatch, *, page: int = 100, changes: Any = None) -> Iterator[Queue]:
    told = yaml.safe_load(SHIPPED.read_text())
    told["run_launcher"] = {"module": __name__, "class": "Noting", "config": {}}
    for name, change in (changes or {}).items():
        told[name] = change(told[name])
    home = folder / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(yaml.safe_dump(told))
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setenv("DAGSTER_INGEST_TENANTS_DIR", str(folder / "tenants"))
    with dg.DagsterInstance.get() as instance:
        yield Queue(instance, page)
