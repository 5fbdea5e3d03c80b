"""A folder with one file in it that the connector `files` reads, over and over."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from dagster_ingest import naming
from dagster_ingest.connectors.base import Malformed, ReadRequest
from dagster_ingest.connectors.files.connector import FilesConnector
from dagster_ingest.errors import DataError

MEMORY = Path("/dev/shm")


@dataclass
class Found:
    columns: list[str]
    rows: int = 0
    numbers: list[int] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)


class Drop:
    """One file called `name`; `read` says what the connector made of it."""

    def __init__(self, name: str) -> None:
        self._kept = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.name, self.folder = name, Path(self._kept.name)
        (self.folder / "acme").mkdir()

    def read(self, content: bytes, **settings: object) -> Found | None:
        """What was found, or None where it was refused with a reason. Anything else is raised."""
        path = self.folder / "acme" / self.name
        path.write_bytes(content)
        request = ReadRequest(
            "acme", "feed", "t", "IA", {"pattern": self.name, **settings}, str(path.parent),
            secrets={}.__getitem__, staging=None,
        )  # fmt: skip
        try:
            return self._rows(request)
        except DataError as error:
            require_reason(error)
            return None

    @staticmethod
    def _rows(request: ReadRequest) -> Found:
        read = FilesConnector().read(request)
        found = Found(read.columns)
        names = naming.column_names(read.columns)
        assert len({name.lower() for name in names}) == len(names) == len(read.columns)
        for batch in read.batches():
            assert batch.frame.columns == read.columns
            first = batch.first_row
            numbers = range(first, first + batch.frame.height)
            found.rows += batch.frame.height
            found.numbers += batch.row_numbers.to_list() if batch.row_numbers is not None else numbers
            found.malformed += batch.malformed
        read.completeness()
        every = found.numbers + [m.row_number for m in found.malformed]
        assert len(set(every)) == len(every), "a record counts twice"
        return found


def require_reason(error: DataError) -> None:
    """An error that a person can act on: rule, place, and what to do."""
    assert error.rule.startswith(("file|", "*|")), error.rule
    assert error.problem
    assert error.where
    assert error.not_done
    assert error.fix
    str(error).encode()
