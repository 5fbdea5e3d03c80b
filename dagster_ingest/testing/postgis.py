"""A PostgreSQL with PostGIS for tests: the one that the environment names, or Debian's package."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.postgres import SERVER_VARIABLE, session

_SECONDS = 60
_PACKAGE = "apt-get install postgresql-15-postgis-3"


@contextmanager
def running_server() -> Iterator[str]:
    """Connection string of a superuser. NoServer says why there is none."""
    if named := os.environ.get(SERVER_VARIABLE):
        with session(named) as connection:
            found = connection.execute("select 1 from pg_available_extensions where name = 'postgis'")
            if found.fetchone() is None:
                raise NoServer(f"postgis is not here: the server in {SERVER_VARIABLE} does not offer it")
        yield named
        return
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="ingest-postgis-"))
    try:
        # The server refuses to run as root.
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(folder, user)
        _run(programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-N", user=user)
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        control = (programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log")
        _run(*control, "-o", options, "start", user=user)
        try:
            yield f"host={folder} user=postgres dbname=postgres"
        finally:
            _run(*control, "-m", "immediate", "stop", user=user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Where the newest server is that the extension was built for."""
    extensions = Path("/usr/share/postgresql").glob("*/extension/postgis.control")
    versions = sorted((path.parts[-3] for path in extensions), key=int, reverse=True)
    for version in versions:
        programs = Path("/usr/lib/postgresql") / version / "bin"
        if (programs / "initdb").exists():
            return programs
    raise NoServer(f"postgis is not here: {_PACKAGE} brings it")


def _run(*command: object, user: str | None) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_SECONDS
    )
    if done.returncode:
        raise NoServer(f"postgis is not here: {words[0]} ended with {done.returncode}")
