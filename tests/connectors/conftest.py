"""Programs, databases and servers that the tests of connectors share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dagster_ingest.connectors.processes import programs
from dagster_ingest.errors import SpecError
from dagster_ingest.settings import Settings
from dagster_ingest.testing import mysql
from tests.servers import or_skip

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def programs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty programs folder, the one that counts."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("DAGSTER_INGEST_PROGRAMS", str(folder))
    return folder


@pytest.fixture
def real_program(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Finds a program that `make programs` has installed; skips the test where it is not there."""
    monkeypatch.setenv("DAGSTER_INGEST_ROOT", str(REPOSITORY))
    folder = Settings.load().programs
    monkeypatch.setenv("DAGSTER_INGEST_PROGRAMS", str(folder))

    def find(name: str) -> Path:
        try:
            return programs.find(name)
        except SpecError as error:
            pytest.skip(f"{error.problem}; `make programs` installs it")

    return find


@pytest.fixture(scope="session")
def mysql_process() -> Iterator[mysql.Server]:
    """Skips with the reason where there is none."""
    with or_skip(mysql.running_server()) as server:
        server.address()
        yield server


@pytest.fixture
def mysql_server(mysql_process: mysql.Server) -> Iterator[str]:
    """Address of a real MariaDB or MySQL, of another one where the last has ended."""
    yield mysql_process.address()
    if how := mysql_process.ended():
        pytest.fail(how)
