"""The `files` connector holds what every connector has to hold."""

from __future__ import annotations

import csv
import gzip
from typing import Any

from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.served import Provider, Table


class FilesProvider(Provider):
    """One CSV a table."""

    connector = "files"
    blank = ""
    many = 600_000  # a batch is 32 MB; memory is level after some of them

    @property
    def _path(self):
        return self.folder / "drops" / "things.csv"

    def serve(self, table: Table) -> None:
        with open(self._path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(table.columns)
            writer.writerows(table.rows())
        self._content: bytes | None = None

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        return {"pattern": "things.csv"}

    def inject(self, fault: str) -> bool:
        if fault not in ("truncated", "cut", "absent"):
            return False
        self._content = self._path.read_bytes()
        if fault == "absent":
            self._path.unlink()
        else:  # inside the second cell of a row; a cut in its last cell is the contract's to notice
            at = self._content.index(b",", self._content.index(b"\n00", len(self._content) // 2))
            self._path.write_bytes(self._content[: at + 2])
        return True

    def heal(self) -> None:
        if self._content is not None:
            self._path.write_bytes(self._content)


class TestFiles(ConnectorConformance):
    provider = FilesProvider


class ZippedProvider(FilesProvider):
    """The same, packed: an upload that breaks off is noticed by the archive itself."""

    @property
    def _path(self):
        return self.folder / "drops" / "things.csv.gz"

    def serve(self, table: Table) -> None:
        with gzip.open(self._path, "wt", newline="", encoding="utf-8", compresslevel=1) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(table.columns)
            writer.writerows(table.rows())
        self._content = None

    def inject(self, fault: str) -> bool:
        if fault not in ("truncated", "cut"):
            return False
        self._content = self._path.read_bytes()
        self._path.write_bytes(self._content[: len(self._content) // 2])
        return True


class TestZippedFiles(ConnectorConformance):
    provider = ZippedProvider
