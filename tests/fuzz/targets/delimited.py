"""Delimited text in every dialect. The first bytes choose the signs, the encoding and the front."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from dagster_ingest.testing import sample
from tests.fuzz.drop import Drop

DELIMITERS, QUOTES, ESCAPES = (",", ";", "|", "\t"), ('"', "'", None), (None, "\\")
ENCODINGS, COMMENTS = ("auto", "utf-8", "cp1252"), (None, "#")
DROP = Drop("a.csv")


def seeds() -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        sample.write(Path(folder), ["prairie", "gulf", "keystone"])
        for file in sorted(Path(folder).rglob("*.csv")):
            lines = file.read_bytes().splitlines(keepends=True)[:3]
            yield b"\0\0" + b"".join(line[:1_500] for line in lines)
    yield b"\x01\x02" + "\ufeffID;NAME\n1;a\xe9\n2;b;c\n3\n".encode()
    yield b"\x0c\x01" + b'a,b\n"x\\"y",z\n#c\n"un\nended'
    yield b"\0\x04" + b"a,b\nc,d\n1,\xe9\n"
    yield b"\0\x00" + b"a,a,,A\n" + b"1,2,3,4\n" * 20


def one(data: bytes) -> None:
    signs, front = (*data[:2], 0, 0)[:2]
    settings = {
        "delimiter": DELIMITERS[signs % 4],
        "quote": QUOTES[signs // 4 % 3],
        "escape": ESCAPES[signs // 12 % 2],
        "encoding": ENCODINGS[front % 3],
        "header_rows": front // 3 % 3,
        "skip_lines": front // 9 % 3,
        "comment": COMMENTS[front // 27 % 2],
    }
    if not settings["header_rows"]:
        settings["columns"] = ["a", "b"]
    DROP.read(data[2:], **settings)
