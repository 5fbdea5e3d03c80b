"""`dagster dev` over an installation, as `make dev` starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dagster_ingest.testing.processes import free_port
from tests.e2e.servers import HOST, ROOT, until


@dataclass(frozen=True)
class Dev:
    """address: of its webserver. log: what its processes say."""

    address: str
    log: Path


@contextmanager
def dagster_dev(world, *tenants: str, **environ: str) -> Iterator[Dev]:
    """Webserver, daemon and both code locations, of these tenants; of all without any."""
    port, log = free_port(), world.settings.home / "dev.log"
    own = {**world.variables(), "DAGSTER_INGEST_TENANTS": ",".join(tenants), **environ}
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml", "-h", HOST, "-p", str(port)],
            cwd=ROOT,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        address = f"http://{HOST}:{port}"
        until(lambda: _answers(address, server, log), f"dagster dev answers; it says in {log}")
        yield Dev(address, log)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=30)
        with suppress(ProcessLookupError):  # it may leave children that have not heard of it
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=30)


def _answers(address: str, server: subprocess.Popen, log: Path) -> bool:
    assert server.poll() is None, log.read_text()
    try:
        with urllib.request.urlopen(f"{address}/server_info", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False
