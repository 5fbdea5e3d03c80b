"""One job, one process: CPU seconds, peak memory, and what it says of itself.

Machines are shared and noisy, so jobs that are compared run in turn, several rounds, and medians
and ratios within a round are reported. This process stays small: a child's peak memory starts at
its parent's.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Measurement:
    """cpu and wall in seconds, children included; rss in MB; said: the job's last line as JSON."""

    cpu: float
    wall: float
    rss: float
    said: Mapping[str, Any] = field(default_factory=dict)


class JobFailed(Exception):
    """A job ended badly. The message holds the end of its output."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command to measure. `before` runs ahead of each round and is not measured."""

    name: str
    command: Sequence[str]
    before: Callable[[], None] | None = None
    environ: Mapping[str, str] = field(default_factory=dict)


def own(job: str, *arguments: object, python: str = sys.executable) -> list[str]:
    """The command of a function in benchmarks/jobs.py."""
    return [python, "-m", "benchmarks.jobs", job, *map(str, arguments)]


def measure(job: Job, seconds: float = 1800) -> Measurement:
    """Run `job` once. Raises JobFailed."""
    if job.before:
        job.before()
    environ = {**os.environ, "DO_NOT_TRACK": "1", **job.environ}
    with tempfile.TemporaryFile() as out:
        started = time.perf_counter()
        child = subprocess.Popen(
            job.command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environ
        )
        usage = _wait(child, started + seconds)
        wall = time.perf_counter() - started
        out.seek(0)
        text = out.read().decode(errors="replace")
    if child.returncode != 0:
        raise JobFailed(f"{job.name} ended with {child.returncode}:\n{text[-2000:]}")
    rss = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    return Measurement(usage.ru_utime + usage.ru_stime, wall, rss, _said(text))


def rounds(jobs: Sequence[Job], count: int, on_done: Callable[[str], None] | None = None):
    """Each job once a round, `count` rounds. Job name to its measurements, in order."""
    found: dict[str, list[Measurement]] = {job.name: [] for job in jobs}
    for _ in range(count):
        for job in jobs:
            found[job.name].append(measure(job))
            if on_done:
                on_done(job.name)
    return found


def median(found: Sequence[Measurement]) -> Measurement:
    """Each figure's median; what was said comes from the last round."""
    return Measurement(
        cpu=statistics.median(m.cpu for m in found),
        wall=statistics.median(m.wall for m in found),
        rss=statistics.median(m.rss for m in found),
        said=_median_said([m.said for m in found]),
    )


def ratio(found: Sequence[Measurement], limit: Sequence[Measurement]) -> float:
    """Median over the rounds of CPU to CPU."""
    return statistics.median(a.cpu / b.cpu for a, b in zip(found, limit, strict=True))


def _median_said(said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    last = dict(said[-1])
    for key, value in last.items():
        if isinstance(value, float):
            last[key] = statistics.median(s[key] for s in said)
    return last


def _wait(child: subprocess.Popen, deadline: float):
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return usage
        if time.perf_counter() > deadline:
            child.kill()
        time.sleep(0.01)


def _said(text: str) -> dict[str, Any]:
    lines = text.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        return {}
    return json.loads(lines[-1])
