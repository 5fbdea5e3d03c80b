"""A fake API, a reader of it with the settings that a system ships, and what a read brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dagster_ingest.connectors.base import Deletions, ReadRequest
from dagster_ingest.connectors.http.connector import HttpConnector
from dagster_ingest.connectors.http.timing import Timing
from dagster_ingest.testing.http import FakeServer


@dataclass
class Brought:
    rows: list[dict[str, str | None]] = field(default_factory=list)
    cursor: str | None = None
    deletions: Deletions | None = None
    snapshot: bool = True

    @property
    def ids(self) -> list[str]:
        return sorted(row["id"] or "" for row in self.rows)


class ApiReader:
    """A connector whose waits take no time, and the server that it reads."""

    def __init__(self, server: FakeServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.waits: list[float] = []
        self.connector = HttpConnector(Timing(sleep=self.waits.append, chance=lambda: 0.0))

    def whole(self, request: ReadRequest) -> Brought:
        """A read that has to be complete."""
        read = self.connector.read(request)
        rows = [row for batch in read.batches() for row in batch.frame.to_dicts()]
        assert read.completeness().complete
        return Brought(rows, read.cursor(), read.deletions(), read.snapshot)


@pytest.fixture(scope="module")
def running() -> Iterator[FakeServer]:
    with FakeServer() as server:
        yield server
