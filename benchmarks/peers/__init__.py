"""dlt and sling, each in the environment that `make bench-peers` makes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Job, JobFailed, measure
from benchmarks.options import Options

_HERE = Path(__file__).parent
_PEERS = ("dlt", "sling")


def one_file(options: Options, csv: Path) -> tuple[list[Job], list[str]]:
    """Jobs that load `csv` to DuckDB, and why others are left out."""
    return _jobs(options, csv)


def many_files(options: Options, folder: Path) -> tuple[list[Job], list[str]]:
    """Jobs that load every file of `folder` to DuckDB, and why others are left out."""
    return _jobs(options, folder)


def _jobs(options: Options, path: Path) -> tuple[list[Job], list[str]]:
    python = options.peer_python
    if python is None:
        why = "left out by --no-peers" if not options.peers else "not installed; `make bench-peers` does it"
        return [], [f"peers dlt and sling: {why}"]
    jobs, skipped = [], []
    for peer in _PEERS:
        version = _version(python, peer)
        if version is None:
            skipped.append(f"peer {peer}: not in .benchenv")
            continue
        work = options.cache / "peers" / peer
        job = Job(
            f"{peer} {version}: nothing checked, to DuckDB",
            [str(python), str(_HERE / f"{peer}_load.py"), str(path), str(work)],
            before=_emptied(work),
            environ={"RUNTIME__DLTHUB_TELEMETRY": "false", "SLING_DISABLE_TELEMETRY": "true"},
        )
        try:
            measure(job, seconds=900)  # a warm-up that also shows whether it works here at all
        except JobFailed as error:
            why = str(error).strip().splitlines()[-1][:200]
            skipped.append(f"peer {peer} {version} does not run here: {why}")
            continue
        jobs.append(job)
    return jobs, skipped


def _emptied(folder: Path) -> Callable[[], None]:
    def empty() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    return empty


def _version(python: Path, package: str) -> str | None:
    code = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None
