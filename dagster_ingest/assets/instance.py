"""The Dagster instance of this installation, the same for the command line and `dagster dev`."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import dagster as dg

from dagster_ingest.settings import Settings

UNFINISHED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_HEARTBEATS = 120.0  # seconds between two of a daemon that lives, with room for a slow machine
TAG_PROCESS = "dagster_ingest/process"


def prepare_home(settings: Settings) -> Path:
    """DAGSTER_HOME: made on first use with the shipped dagster.yaml, and exported to children."""
    home = settings.home / "dagster"
    (home / ".nux").mkdir(parents=True, exist_ok=True)
    shipped = settings.root / "deploy" / "dagster.yaml"
    if not (home / "dagster.yaml").exists():
        if shipped.exists():
            shutil.copyfile(shipped, home / "dagster.yaml")
        else:
            (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    nux = home / ".nux" / "nux.yaml"
    if not nux.exists():
        nux.write_text("seen: 1\n")  # else a sign-up dialog covers every page
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def open_instance(settings: Settings) -> dg.DagsterInstance:
    prepare_home(settings)
    return dg.DagsterInstance.get()


def daemon_at_work(instance: dg.DagsterInstance) -> bool:
    """Whether a daemon takes runs out of this instance's queue: its heartbeat is not old."""
    beat = instance.get_daemon_heartbeats().get("QUEUED_RUN_COORDINATOR")
    return beat is not None and time.time() - beat.timestamp < _HEARTBEATS


def process_tag() -> str:
    """Names this process for good: its id and the time it was started, in clock ticks."""
    return f"{os.getpid()}.{_started(os.getpid())}"


def close_orphans(instance: dg.DagsterInstance) -> list[str]:
    """Fail runs whose process is gone and free the pool slots they held. Their run ids."""
    closed = []
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        tag = run.tags.get(TAG_PROCESS)
        if tag is None or alive(tag):
            continue
        instance.report_run_failed(
            run, "the process of this run was killed; what it left behind was cleaned up"
        )
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        closed.append(run.run_id)
    return closed


def alive(tag: str) -> bool:
    """Whether the process that a `process_tag` names is still at work."""
    pid, _, started = tag.partition(".")
    return _started(int(pid)) == started


def _started(pid: int) -> str | None:
    """Start time of a process from /proc; where there is none, only whether it exists."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if state in "ZX" else rest[18]  # Z: it has ended, and nobody has asked how
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return None
    try:
        os.kill(pid, 0)
    except OSError:
        return None
    return "running"


def started_at(pid: int) -> float | None:
    """When a process was started, in seconds of the epoch; None: there is none, or no /proc to tell."""
    ticks = _started(pid)
    if ticks is None or not ticks.isdigit():
        return None
    lines = Path("/proc/stat").read_text().splitlines()
    booted = next(line.split()[1] for line in lines if line.startswith("btime "))
    return int(booted) + int(ticks) / os.sysconf("SC_CLK_TCK")
