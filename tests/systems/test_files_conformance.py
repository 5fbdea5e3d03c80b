"""What every connector has to hold, held by `files` with the settings of the systems that deliver CSV.

The documents of airs and rtm cannot hold the suite's headings; tests/connectors/files/test_xml*.py have them.
"""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any, ClassVar

from dagster_ingest import systems
from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.served import Provider, Table


class Delivered(Provider):
    """One file, named and written as the system's exports are. No large table: how a file is read does not
    depend on the system, and tests/testing/test_conformance_files.py has the figures."""

    connector = "files"
    blank = ""
    many = 0
    system: ClassVar[str]
    of: ClassVar[str]
    file: ClassVar[str]
    style: ClassVar[dict[str, Any]] = {"lineterminator": "\r\n"}

    @property
    def path(self) -> Path:
        return self.folder / "drops" / self.file

    def written(self, table: Table) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, **self.style)
        writer.writerow(table.columns)
        writer.writerows(table.rows())
        return text.getvalue().encode()

    def serve(self, table: Table) -> None:
        self.path.write_bytes(self.written(table))
        self._content: bytes | None = None

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        found = systems.system(self.system)
        return found.settings_for(found.tables[self.of], "files")

    def inject(self, fault: str) -> bool:
        if fault not in ("truncated", "cut", "absent"):
            return False
        self._content = self.path.read_bytes()
        if fault == "absent":
            self.path.unlink()
        else:
            self.path.write_bytes(self.broken_off(self._content))
        return True

    def broken_off(self, content: bytes) -> bytes:
        """Inside the second cell of a row."""
        return content[: content.index(b",", content.index(b"\n00", len(content) // 2)) + 2]

    def heal(self) -> None:
        if self._content is not None:
            self.path.write_bytes(self._content)


class Icarol(Delivered):
    system, of, file = "icarol", "resource", "resources_20260302.csv"

    def written(self, table: Table) -> bytes:
        return b"\xef\xbb\xbf" + super().written(table)


class WellSky(Delivered):
    system, of, file = "wellsky", "services", "brevservices_20260302.csv"
    style: ClassVar = {"lineterminator": "\n"}


class Hsds(Delivered):
    system, of, file = "hsds", "service", "services_2026-03-02.csv"
    style: ClassVar = {"lineterminator": "\n"}


class VisionLink(Delivered):
    """A member of an archive, every cell in quotes."""

    system, of, file = "visionlink", "service", "export_20260302.zip"
    style: ClassVar = {"lineterminator": "\r\n", "quoting": csv.QUOTE_ALL}

    def written(self, table: Table) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("guide_agency_20260302.csv", "Agency_Id\r\n1\r\n")
            archive.writestr("guide_service_20260302.csv", super().written(table))
        return packed.getvalue()

    def broken_off(self, content: bytes) -> bytes:
        return content[: len(content) // 2]


class TestIcarol(ConnectorConformance):
    provider = Icarol


class TestWellSky(ConnectorConformance):
    provider = WellSky


class TestHsds(ConnectorConformance):
    provider = Hsds


class TestVisionLink(ConnectorConformance):
    provider = VisionLink
