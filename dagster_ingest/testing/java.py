"""Servers of others that run on Java: where Java is, started, waited for, stopped."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dagster_ingest.testing.noserver import NoServer

# Of this repository; `make nessie` fetches what belongs there.
FETCHED = Path(__file__).parents[2] / ".nessie"
SECONDS = 120.0


def java(least: int, most: int = 99) -> str:
    """The newest Java that is here, of these versions."""
    home = os.environ.get("JAVA_HOME")
    named = [Path(home, "bin/java")] if home else []
    found = [Path(at)] if (at := shutil.which("java")) else []
    candidates = {
        p.resolve() for p in [*named, *found, *Path("/usr/lib/jvm").glob("*/bin/java")] if p.exists()
    }
    versions = {path: _version(path) for path in candidates}
    fit = [path for path, version in versions.items() if least <= version <= most]
    if not fit:
        here = ", ".join(sorted({str(v) for v in versions.values()})) or "none"
        raise NoServer(f"there is no Java from {least} to {most} here (found: {here})")
    return str(max(fit, key=lambda path: versions[path]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(
    command: Sequence[str], url: str, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server until the end of the block. NoServer where `url` does not answer in time."""
    with open(log, "wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=log.parent,
        )
    try:
        _wait(process, url, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise NoServer(f"the server ended with {process.returncode}: {log.read_text()[-600:]}")
        try:
            opener.open(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise NoServer(f"the server did not answer in {SECONDS:g} seconds: {log.read_text()[-600:]}")


def _version(path: Path) -> int:
    try:
        said = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0
