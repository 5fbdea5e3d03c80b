"""Each format, and each place that drops are fetched from, holds what every connector has to hold."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any, ClassVar
from xml.sax.saxutils import escape

import pytest

from dagster_ingest.testing import places
from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.places.web import Served, WebFiles
from dagster_ingest.testing.served import Provider, Table


class LinesProvider(Provider):
    """JSON lines in the drops folder."""

    connector = "files"
    ending = "jsonl"
    inside: ClassVar[bytes] = b'"Name"'  # where a cut leaves a record open

    @property
    def _path(self) -> Path:
        return self.folder / "drops" / f"things.{self.ending}"

    def serve(self, table: Table) -> None:
        self._broken: bytes | None = None
        self._write(table)

    def _write(self, table: Table) -> None:
        with open(self._path, "w", encoding="utf-8") as file:
            for row in table.rows():
                file.write(json.dumps(dict(zip(table.columns, row, strict=True)), ensure_ascii=False) + "\n")

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        return {"pattern": f"things.{self.ending}"}

    def inject(self, fault: str) -> bool:
        if fault not in ("truncated", "cut", "absent"):
            return False
        self._broken = self._path.read_bytes()
        if fault == "absent":
            self._path.unlink()
        else:
            half = self._broken.index(self.inside, len(self._broken) // 2)
            self._path.write_bytes(self._broken[:half])
        return True

    def heal(self) -> None:
        if self._broken is not None:
            self._path.write_bytes(self._broken)


class DocumentProvider(LinesProvider):
    ending = "json"

    def _write(self, table: Table) -> None:
        with open(self._path, "w", encoding="utf-8") as file:
            file.write('{"meta": {"of": "things"}, "items": [')
            for n, row in enumerate(table.rows()):
                file.write("," * (n > 0) + json.dumps(dict(zip(table.columns, row, strict=True))))
            file.write('], "more": null}')

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        return {"pattern": "things.json", "records": "items"}


class XmlProvider(LinesProvider):
    """Elements have names of their own where a heading cannot be one."""

    ending = "xml"
    inside = b"<Name>"
    elements: ClassVar = {"ID": "ID", "Odd, heading": "Odd", "Name": "Name", "changed_at": "changed_at"}

    def _write(self, table: Table) -> None:
        with open(self._path, "w", encoding="utf-8") as file:
            file.write("<things>")
            for row in table.rows():
                cells = zip(map(self.elements.__getitem__, table.columns), row, strict=True)
                inner = (f"<{name}>{escape(cell)}</{name}>" for name, cell in cells if cell is not None)
                file.write(f"<thing>{''.join(inner)}</thing>")
            file.write("</things>")

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        keys = {heading: f"./{name}" for heading, name in self.elements.items()}
        return {"pattern": "things.xml", "record": {"elements": ["thing"], "keys": keys}}


class ParquetProvider(LinesProvider):
    ending = "parquet"
    many = 240_000  # a batch is 8 MB; memory is level after some of them

    def _write(self, table: Table) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        schema = pa.schema([(name, pa.string()) for name in table.columns])
        rows = iter(table.rows())
        with parquet.ParquetWriter(self._path, schema) as file:
            while block := list(itertools.islice(rows, 4_000)):
                columns = [pa.array(column, pa.string()) for column in zip(*block, strict=True)]
                file.write_table(pa.table(columns, schema=schema))

    def inject(self, fault: str) -> bool:
        if fault not in ("truncated", "cut"):
            return False
        self._broken = self._path.read_bytes()
        self._path.write_bytes(self._broken[: len(self._broken) // 2])
        return True


class ExcelProvider(ParquetProvider):
    ending = "xlsx"
    blank = ""

    def _write(self, table: Table) -> None:
        from dagster_ingest.testing.workbooks import xlsx

        self._path.write_bytes(xlsx({"things": [table.columns, *table.rows()]}))


class SftpProvider(LinesProvider):
    """JSON lines on SFTP."""

    secrets: ClassVar = {"SFTP_PASSWORD": places.SFTP_PASSWORD}

    def __enter__(self) -> Provider:
        from dagster_ingest.testing.places.sftp import SftpFolder

        self._place = SftpFolder(self.folder / "sftp").__enter__()
        self._clock = 1_700_000_000
        self._changes: dict[str, Any] = {}
        return self

    def __exit__(self, *raised: object) -> None:
        self._place.__exit__(*raised)

    @property
    def _path(self) -> Path:
        return self.folder / "sftp" / f"things.{self.ending}"

    def serve(self, table: Table) -> None:
        """SFTP tells times in whole seconds: no two deliveries are of the same one."""
        super().serve(table)
        self._clock += 60
        os.utime(self._path, (self._clock, self._clock))

    @property
    def requests(self) -> int | None:
        return self._place.logins

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        return {**self._place.settings(**self._changes), **super().settings()}

    def inject(self, fault: str) -> bool:
        size = self._path.stat().st_size
        if fault in ("cut", "once:reset"):
            self._place.cut_after, self._place.cut_once = size // 2, fault.startswith("once")
        elif fault == "unreachable":
            self._changes = {"port": 1}
        elif fault == "denied":
            self._changes = {"user": "nobody"}
        elif fault == "denied_midway":
            self._place.before_read = _refuse
        else:
            return super().inject(fault)
        return True

    def heal(self) -> None:
        self._changes, self._place.cut_after = {}, None
        self._place.before_read = lambda path: None
        super().heal()


def _refuse(path: Path) -> None:
    raise PermissionError(13, "Permission denied")


class WebProvider(LinesProvider):
    """JSON lines at an address, with a login."""

    secrets: ClassVar = {"WEB_TOKEN": places.WEB_TOKEN}

    def __enter__(self) -> Provider:
        self._place = WebFiles().__enter__()
        self._port: int | None = None
        return self

    def __exit__(self, *raised: object) -> None:
        self._place.__exit__(*raised)

    @property
    def requests(self) -> int | None:
        return len(self._place.requests)

    def serve(self, table: Table) -> None:
        super().serve(table)
        login = f"Bearer {places.WEB_TOKEN}"
        self._served: Served = self._place.put("things.jsonl", self._path.read_bytes(), login=login)

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        auth = {"kind": "bearer", "token": {"secret": "WEB_TOKEN"}}
        settings = self._place.settings("things.jsonl", auth=auth)
        if self._port is not None:
            settings["location"]["http"]["url"] = f"http://127.0.0.1:{self._port}/things.jsonl"
        return settings

    def inject(self, fault: str) -> bool:
        served = self._served
        again = {"server_error": 503, "rate_limited": 429}.get(fault.removeprefix("once:"))
        if again is not None:
            served.statuses = [200, again] if fault.startswith("once") else [again] * 100
        elif fault == "once:reset":
            served.resets = 1
        elif fault == "cut":
            served.cut_after = len(served.content) // 2
        elif fault == "unreachable":
            self._port = 1
        elif fault == "absent":
            served.statuses = [404] * 100
        elif fault == "denied":
            served.login = "Bearer another"
        elif fault == "denied_midway":
            served.statuses = [200] + [403] * 100
        elif fault == "truncated" and served.content:
            served.content = served.content[:-20]
        else:
            return False
        return True

    def heal(self) -> None:
        self._port = None
        served = self._served
        served.statuses, served.resets, served.cut_after = [], 0, None
        served.login, served.content = f"Bearer {places.WEB_TOKEN}", self._path.read_bytes()


class S3Provider(LinesProvider):
    """JSON lines in a bucket."""

    secrets: ClassVar = {"S3_KEY": places.S3_KEY, "S3_SECRET": places.S3_SECRET}

    def __enter__(self) -> Provider:
        from dagster_ingest.testing.places.s3 import S3Bucket

        self._place = S3Bucket().__enter__()
        self._changes: dict[str, Any] = {}
        return self

    def __exit__(self, *raised: object) -> None:
        self._place.__exit__(*raised)

    def serve(self, table: Table) -> None:
        super().serve(table)
        self._place.put("things.jsonl", self._path.read_bytes())

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        return {**self._place.settings(**self._changes), **super().settings()}

    def inject(self, fault: str) -> bool:
        if fault == "unreachable":
            self._changes = {"endpoint": "http://127.0.0.1:1"}
        elif fault == "absent":
            self._place.clear()
        elif fault in ("truncated", "cut"):
            whole = self._path.read_bytes()
            self._place.put("things.jsonl", whole[: whole.index(b'"Name"', len(whole) // 2)])
        else:
            return False
        return True

    def heal(self) -> None:
        self._changes = {}
        self._place.put("things.jsonl", self._path.read_bytes())


class _Fetched(ConnectorConformance):
    @pytest.fixture(autouse=True)
    def _no_retries_of_the_library(self, monkeypatch):
        monkeypatch.setattr("dagster_ingest.connectors.files.stores.objects._RETRIES", {"max_retries": 0})


class _ServedFromMemory(_Fetched):
    def test_memory_does_not_grow_with_the_table(self):
        pytest.skip("the server is in this process and holds what it serves")


class TestLines(ConnectorConformance):
    provider = LinesProvider


class TestDocuments(ConnectorConformance):
    provider = DocumentProvider


class TestXml(ConnectorConformance):
    provider = XmlProvider


class TestParquet(ConnectorConformance):
    provider = ParquetProvider


class TestExcel(ConnectorConformance):
    provider = ExcelProvider

    def test_memory_does_not_grow_with_the_table(self):
        pytest.skip("a sheet is held in memory while it is read; its size is bounded")


class TestSftp(_Fetched):
    provider = SftpProvider


class TestWeb(_ServedFromMemory):
    provider = WebProvider


class TestS3(_ServedFromMemory):
    provider = S3Provider
