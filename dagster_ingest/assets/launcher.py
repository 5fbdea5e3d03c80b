"""Starts runs in processes of the code server, and can tell whether they still live.

Dagster's own launcher trusts the code server to notice: when it dies together with its runs, or a run
outlives it, nobody looks, and a run that is dead stays `started` for ever.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import DefaultRunLauncher
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin

from dagster_ingest.assets.instance import TAG_PROCESS, alive, started_at

SETTLED = 15.0  # seconds after which a daemon has noticed that a code server is back
_PID = re.compile(r"Started process for run \(pid: (\d+)\)")


class LocalRunLauncher(DefaultRunLauncher):
    """For code servers on this machine. A run's process is known by its id and the time it was started.

    A run that died together with its code server is said to be dead when the server is back: Dagster (1.13)
    tries a run again at once or never, and without the server it cannot.
    """

    def __init__(self, inst_data=None) -> None:
        super().__init__(inst_data)
        self._answering: dict[str, float] = {}

    @property
    def supports_check_run_worker_health(self) -> bool:
        return Path("/proc/self/stat").exists()

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        if (tag := run.tags.get(TAG_PROCESS)) is not None:  # a run of the command line
            return _health(alive(tag), f"process {tag}")
        found = self._process(run)
        if found is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "it has not said yet which process it is")
        pid, told = found
        born = started_at(pid)
        # A process that was born after the run had told its number is another with the same number.
        living = born is not None and born <= told + 2
        if not living and not self._server_is_back(run):
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"process {pid} is gone, and its server, too")
        return _health(living, f"process {pid}")

    def _server_is_back(self, run: dg.DagsterRun) -> bool:
        """Whether the code server of the run answers, and has done so for a while. True for a server of the
        daemon's own: the daemon starts it before it looks at runs."""
        job = run.remote_job_origin
        server = job.repository_origin.code_location_origin if job else None
        if not isinstance(server, GrpcServerCodeLocationOrigin):
            return True
        try:
            server.create_client().ping("")
        except DagsterUserCodeUnreachableError:
            self._answering.pop(server.location_name, None)
            return False
        return now() - self._answering.setdefault(server.location_name, now()) >= SETTLED

    def _process(self, run: dg.DagsterRun) -> tuple[int, float] | None:
        """Number of the run's process, and when the run told it (seconds of the epoch)."""
        events = self._instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
        for event in reversed(list(events)):
            if match := _PID.search(event.message or event.user_message or ""):
                return int(match.group(1)), event.timestamp
        return None


def now() -> float:
    """Seconds of a clock that never goes back."""
    return time.monotonic()


def _health(living: bool, what: str) -> CheckRunHealthResult:
    if living:
        return CheckRunHealthResult(WorkerStatus.RUNNING)
    return CheckRunHealthResult(WorkerStatus.FAILED, f"{what} is gone")
