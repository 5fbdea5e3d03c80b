"""The sample's three days, written once, and its files read as plainly as can be."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dagster_ingest.testing import sample

csv.field_size_limit(2**24)


@dataclass
class Deliveries:
    drops: Path
    days: dict[int, sample.Manifest]
    _texts: dict[tuple[str, str | None], bytes] = field(default_factory=dict)

    def raw(self, written: sample.Written) -> bytes:
        """The table's bytes, unpacked."""
        key = (written.path, written.member)
        if key not in self._texts:
            self._texts[key] = content(self.drops / written.path, written.member)
        return self._texts[key]

    def text(self, written: sample.Written) -> str:
        return decode(self.raw(written))

    def table(
        self, tenant: str, table: str = "resource", day: int = 1, state: str | None = None
    ) -> list[dict]:
        written = self.written(tenant, table, day, state)
        return rows(self.text(written))

    def written(self, tenant: str, table: str, day: int = 1, state: str | None = None) -> sample.Written:
        return next(
            w
            for w in self.days[day].files
            if (w.tenant, w.table) == (tenant, table) and state in (None, w.state)
        )


def content(path: Path, member: str | None) -> bytes:
    if member is not None:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def rows(text: str) -> list[dict]:
    """Records as dictionaries; surplus cells stand under None."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory) -> Deliveries:
    drops = tmp_path_factory.mktemp("sample") / "drops"
    return Deliveries(drops, {day: sample.write(drops, day=day) for day in sample.DAYS})
