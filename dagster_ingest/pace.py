"""Rate limits per host, shared by threads, processes and tenants: a small locked file for each host.

The file holds when the next request is due (`due`, a virtual time that moves on by 1/rate with each
request) and until when the host wants none at all (`quiet`).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from dagster_ingest.clock import Timing

FARTHEST = 3600.0  # seconds; what lies further ahead is a clock that was set back

_own: dict[str, dict[str, float]] = {}
_own_lock = threading.Lock()


class Rate(Protocol):
    """per_second: requests in the long run. burst: how many may go out at once after a pause."""

    @property
    def per_second(self) -> float: ...

    @property
    def burst(self) -> int: ...


class Limits:
    """The limit of one host. folder: None keeps it to this process."""

    def __init__(self, folder: str | None, host: str, rate: Rate | None, timing: Timing) -> None:
        self._host, self._rate, self._timing = host, rate, timing
        name = hashlib.sha256(host.encode()).hexdigest()[:24]
        self._file = Path(folder) / f"http-{name}.json" if folder else None

    def wait(self) -> None:
        """Take the next turn, and wait for it. The lock is not held meanwhile."""
        with self._state() as state:
            now = self._timing.now()
            quiet = _near(state.get("quiet", 0.0), now)
            turn = max(now, quiet)
            if self._rate is not None:
                interval = 1 / self._rate.per_second
                due = max(_near(state.get("due", 0.0), now), now)
                turn = max(turn, due - interval * (self._rate.burst - 1))
                state["due"] = due + interval
        if turn > now:
            self._timing.sleep(turn - now)

    def quiet(self, seconds: float) -> None:
        """Nobody sends anything to this host for so long."""
        with self._state() as state:
            until = self._timing.now() + min(seconds, FARTHEST)
            state["quiet"] = max(_near(state.get("quiet", 0.0), self._timing.now()), until)

    @contextmanager
    def _state(self) -> Iterator[dict[str, float]]:
        if self._file is None:
            with _own_lock:
                yield _own.setdefault(self._host, {})
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            state = _parsed(file.read())
            yield state
            file.seek(0)
            file.truncate()
            file.write(json.dumps({"host": self._host, **state}))
            file.flush()


def forget() -> None:
    """Drop what is kept within the process; for tests."""
    with _own_lock:
        _own.clear()


def _parsed(text: str) -> dict[str, float]:
    """What the file holds; a process that was killed while it wrote leaves half of it."""
    try:
        found = json.loads(text)
        return {name: float(found[name]) for name in ("due", "quiet") if name in found}
    except (ValueError, TypeError):
        return {}


def _near(moment: float, now: float) -> float:
    return moment if moment <= now + FARTHEST else 0.0
