"""A drop folder to write deliveries into and read them back through the connector."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dagster_ingest.connectors.base import Completeness, Malformed, ReadRequest
from dagster_ingest.connectors.files.connector import FilesConnector
from dagster_ingest.testing import places
from dagster_ingest.testing.places.web import WebFiles


@dataclass
class Delivered:
    columns: list[str]
    rows: list[tuple] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    uris: list[str] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    batches: int = 0
    completeness: Completeness | None = None


SECRETS = {
    "SFTP_PASSWORD": places.SFTP_PASSWORD,
    "S3_KEY": places.S3_KEY,
    "S3_SECRET": places.S3_SECRET,
    "WEB_TOKEN": places.WEB_TOKEN,
}


class Drops:
    """`drops/acme` in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "drops"
        self.folder = self.root / "acme"
        self.folder.mkdir(parents=True)
        self.connector = FilesConnector()
        self.secrets = dict(SECRETS)
        self.staging: str | None = None

    def put(self, name: str, content: str | bytes, mtime: int | None = None) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if mtime is not None:
            os.utime(path, (mtime, mtime))
        return path

    def put_gzip(self, name: str, content: bytes) -> Path:
        return self.put(name, gzip.compress(content, mtime=0))

    def put_zip(self, name: str, members: dict[str, bytes]) -> Path:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(zipfile.ZipInfo(member), content, zipfile.ZIP_DEFLATED)
        return self.put(name, buffer.getvalue())

    def request(self, **settings) -> ReadRequest:
        found = {"secrets": self.secrets.__getitem__, "staging": self.staging}
        return ReadRequest("acme", "feed", "services", "IA", settings, str(self.folder), **found)

    def fingerprint(self, **settings):
        return FilesConnector().fingerprint(self.request(**settings))

    def read(self, **settings) -> Delivered:
        read = self.connector.read(self.request(**settings))
        found = Delivered(read.columns)
        for batch in read.batches():
            found.batches += 1
            found.rows += batch.frame.rows()
            first = batch.first_row
            numbers = range(first, first + batch.frame.height)
            found.numbers += batch.row_numbers.to_list() if batch.row_numbers is not None else numbers
            found.uris += [batch.uri] * batch.frame.height
            found.malformed += batch.malformed
        found.completeness = read.completeness()
        return found


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("dagster_ingest.connectors.files.remote.WAITS", (0.0, 0.0))


@pytest.fixture
def drops(tmp_path: Path) -> Drops:
    return Drops(tmp_path)


@pytest.fixture(scope="session")
def new_drops(tmp_path_factory):
    """A fresh drop folder for each example of a property test."""
    return lambda: Drops(tmp_path_factory.mktemp("drops"))


@pytest.fixture
def sftp_folder(tmp_path: Path):
    from dagster_ingest.testing.places.sftp import SftpFolder

    with SftpFolder(tmp_path / "sftp") as place:
        yield place


@pytest.fixture
def web():
    with WebFiles() as place:
        yield place


@pytest.fixture(scope="session")
def _bucket():
    from dagster_ingest.testing.places.s3 import S3Bucket

    with S3Bucket() as place:
        yield place


@pytest.fixture
def bucket(_bucket):
    _bucket.clear()
    return _bucket
