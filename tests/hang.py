"""Ends a test that would never end: a guard against hangs, with room for a slow machine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

CPU_SECONDS = 120
"""What takes a second or two on a quiet machine; anything quadratic in these inputs takes hours."""


@contextmanager
def no_hang(cpu_seconds: float = CPU_SECONDS) -> Iterator[None]:
    """Raises AssertionError once the process has worked for `cpu_seconds` inside. Main thread only."""

    def stop(signum, frame):
        raise AssertionError(f"still at work after {cpu_seconds} s of CPU")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
