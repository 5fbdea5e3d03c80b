"""A fake API, a connector whose waits take no time, and what a read brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dagster_ingest import pace, redact
from dagster_ingest.connectors.base import Completeness, Deletions, Malformed, ReadRequest
from dagster_ingest.connectors.http.connector import HttpConnector
from dagster_ingest.connectors.http.timing import Timing
from dagster_ingest.testing.http import FakeServer


@dataclass
class Clock:
    """Time that passes only when somebody waits."""

    at: float = 1_800_000_000.0
    waits: list[float] = field(default_factory=list)
    chance: float = 0.5

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds

    @property
    def timing(self) -> Timing:
        return Timing(lambda: self.at, lambda: self.at, self.sleep, lambda: self.chance)


@dataclass
class Brought:
    columns: list[str]
    rows: list[tuple] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    completeness: Completeness | None = None
    cursor: str | None = None
    deletions: Deletions | None = None
    snapshot: bool = True

    def column(self, name: str) -> list:
        return [row[self.columns.index(name)] for row in self.rows]


class Api:
    """A connector and the server that it reads."""

    def __init__(self, server: FakeServer, folder: Path) -> None:
        self.server, self.folder, self.clock = server, folder, Clock()
        self.connector = HttpConnector(self.clock.timing)
        self.secrets: dict[str, str] = {}
        self.asked_for: list[str] = []

    def secret(self, name: str) -> str:
        self.asked_for.append(name)
        return self.secrets[name]

    def request(self, settings: dict, *, table: str = "services", **more) -> ReadRequest:
        settings = {"url": self.server.url, "path": "/items", **settings}
        return ReadRequest(
            "acme", "api", table, "IA", settings, str(self.folder), secrets=self.secret, **more
        )

    def read(self, settings: dict, **more) -> Brought:
        read = self.connector.read(self.request(settings, **more))
        found = Brought(list(read.columns))
        for batch in read.batches():
            assert batch.frame.columns == found.columns
            found.rows += batch.frame.rows()
            first = batch.first_row
            numbers = range(first, first + batch.frame.height)
            numbers = batch.row_numbers.to_list() if batch.row_numbers is not None else numbers
            found.places += [(batch.uri, number) for number in numbers]
            found.malformed += batch.malformed
        found.completeness, found.cursor = read.completeness(), read.cursor()
        found.deletions, found.snapshot = read.deletions(), read.snapshot
        return found


@pytest.fixture(scope="session")
def running() -> Iterator[FakeServer]:
    with FakeServer() as server:
        yield server


@pytest.fixture
def api(running: FakeServer, tmp_path: Path) -> Iterator[Api]:
    running.clear()
    pace.forget()
    yield Api(running, tmp_path)
    redact.forget()


def rows_of(count: int, start: int = 1) -> list[dict]:
    return [
        {"id": i, "name": f"Service {i}", "modified": f"2026-01-{1 + i % 28:02}T08:00:00Z"}
        for i in range(start, start + count)
    ]
