"""Workbooks: their bytes, or the XML of a sheet or of the list of sheets in a sound archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from dagster_ingest.testing.workbooks import Failed, ods, xlsx
from tests.fuzz.drop import Drop

BOOK = xlsx({"S": [["id", "name"], ["1", 2.5], [Failed("#N/A"), True]], "T": [["a"], ["b"]]})
PARTS = (None, "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels")
DROP = Drop("a.xlsx")


def seeds() -> Iterator[bytes]:
    yield b"\0" + BOOK
    yield b"\0" + ods({"S": [["id", "name"], ["1", "x"]]})
    with zipfile.ZipFile(io.BytesIO(BOOK)) as archive:
        for at, part in enumerate(PARTS):
            if part:
                yield bytes([at]) + archive.read(part)


def one(data: bytes) -> None:
    which = data[0] if data else 0
    part = PARTS[which % len(PARTS)]
    content = data[1:] if part is None else _with(part, data[1:])
    DROP.read(content, header_rows=1 + which // len(PARTS) % 3)


def _with(part: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as archive, zipfile.ZipFile(made, "w") as copy:
        for info in archive.infolist():
            copy.writestr(info.filename, content if info.filename == part else archive.read(info))
    return made.getvalue()
