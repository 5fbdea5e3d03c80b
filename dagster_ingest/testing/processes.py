"""Servers of others, as processes of their own: started, waited for, stopped."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dagster_ingest.testing.noserver import NoServer

_SECONDS = 120.0
# Where SIGINT is ignored, as in the background of a script, Dagster has SIGTERM ignored as well, and servers
# inherit that. What one stores goes with it, so there is nothing to end well.
_FAREWELL = 3.0  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _over_http(url: str) -> None:
    """OSError where nobody answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(url, timeout=5).close()


@contextmanager
def serving(
    command: Sequence[str],
    url: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    *,
    ask: Callable[[str], None] = _over_http,
    user: str | None = None,
    launcher: bool = False,
) -> Iterator[None]:
    """Run a server until the end of the block. NoServer where it cannot, or `url` does not answer in time.

    ask       raises OSError as long as the server does not answer
    user      whom it runs as; else as this process
    launcher  the command starts the server as a process of its own, which ends with it
    """
    with open(log, "wb") as out:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=log.parent,
                user=user,
                group=None if user is None else pwd.getpwnam(user).pw_gid,
                extra_groups=None if user is None else (),
                start_new_session=launcher,
            )
        except OSError as error:
            raise NoServer(f"the server cannot be started: {error}") from None
    try:
        _wait(process, url, log, ask)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            if launcher:
                _end(process.pid)


def _end(group: int) -> None:
    """Kill what is left of a group, and wait until it is gone: it may write to its folder as long."""
    end = time.monotonic() + _SECONDS
    with suppress(ProcessLookupError):
        while time.monotonic() < end:
            os.killpg(group, signal.SIGKILL)
            time.sleep(0.05)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path, ask: Callable[[str], None]) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise NoServer(f"the server ended with {process.returncode}: {log.read_text()[-600:]}")
        try:
            ask(url)
            return
        except OSError:
            time.sleep(0.2)
    raise NoServer(f"the server did not answer in {_SECONDS:g} seconds: {log.read_text()[-600:]}")
