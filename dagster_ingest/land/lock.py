"""One writer or many readers of a tenant's file, across processes and threads.

`flock` on a side file: the kernel lets go when a process dies, however it dies. The side file also
holds who writes and a generation that every writer raises before it touches the data, so that a
reader under the lock knows whether what it remembers is still true.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dagster_ingest.errors import Unavailable

TIMEOUT = 600.0
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.25

_mine = threading.local()


@dataclass(slots=True)
class Held:
    """A lock that this thread holds.

    generation  counts the writers so far, this one included
    before      what it was when the lock was taken: equal to it unless this is a writer
    """

    descriptor: int
    exclusive: bool
    generation: int
    before: int


@contextmanager
def hold(path: Path, *, exclusive: bool, timeout: float = TIMEOUT) -> Iterator[Held]:
    """Hold the lock file `path` (made if missing). Nesting within a thread is free.

    Raises Unavailable when `timeout` seconds pass; a reader that wants to write while it reads
    is refused at once, since it would wait for itself.
    """
    owned: dict[Path, Held] = _mine.__dict__.setdefault("owned", {})
    if path in owned:
        if exclusive and not owned[path].exclusive:
            raise RuntimeError(f"{path} is held for reading by this very thread: it cannot become a writer")
        yield owned[path]
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _acquire(descriptor, path, exclusive, timeout)
        before = _generation(descriptor)
        held = Held(descriptor, exclusive, before + exclusive, before)
        if exclusive:
            _write(descriptor, {"pid": os.getpid(), "since": time.time(), "generation": held.generation})
        owned[path] = held
        try:
            yield held
        finally:
            del owned[path]
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether this thread holds the lock for writing."""
    held = _mine.__dict__.get("owned", {}).get(path)
    return held is not None and held.exclusive


def _acquire(descriptor: int, path: Path, exclusive: bool, timeout: float) -> None:
    operation = (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB
    deadline = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while True:
        try:
            fcntl.flock(descriptor, operation)
            return
        except BlockingIOError:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unavailable(
                    f"{path.name} is locked by {_holder(descriptor)}",
                    where=str(path),
                    not_done=f"gave up after {timeout:g} s; nothing was read or written",
                    fix="wait for that process or end it; the lock goes with it",
                ) from None
            time.sleep(min(left, pause * random.uniform(0.5, 1.5)))
            pause = min(pause * 1.5, LONGEST_PAUSE)


def _holder(descriptor: int) -> str:
    note = _read(descriptor)
    if "pid" not in note:
        return "readers"
    since = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(note.get("since", 0)))
    return f"process {note['pid']} (last writer, since {since}) or by readers"


def _generation(descriptor: int) -> int:
    generation = _read(descriptor).get("generation")
    return generation if isinstance(generation, int) else time.time_ns()


def _read(descriptor: int) -> dict:
    try:
        note = json.loads(os.pread(descriptor, 4096, 0) or b"{}")
    except ValueError:  # torn by a power cut; a new count begins at the clock, above any old one
        return {}
    return note if isinstance(note, dict) else {}


def _write(descriptor: int, note: dict) -> None:
    text = json.dumps(note).encode()
    os.pwrite(descriptor, text, 0)
    os.ftruncate(descriptor, len(text))
