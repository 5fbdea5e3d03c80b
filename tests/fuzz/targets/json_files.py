"""JSON documents and JSON lines. First byte: which of them, and where the records stand."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dagster_ingest.testing.sample.icarol_api import served
from tests.fuzz.drop import Drop

PLACES = ("", "results", "a.b")
DROPS = {"json": Drop("a.json"), "jsonl": Drop("a.jsonl")}


def seeds() -> Iterator[bytes]:
    records = served().records[:2]
    yield b"\0" + json.dumps(records).encode()
    yield b"\x01" + json.dumps({"n": 1, "results": records, "z": {}}, ensure_ascii=False).encode()
    yield b"\x02" + b'{"a": {"c": [1, 2], "b": [{"x": 1e3, "y": [null, true, "\\ud83d\\ude42"]}, 5, null]}}'
    yield b"\x03" + b"".join(json.dumps(record).encode() + b"\n" for record in records)
    yield b"\x03" + '{"a": "\u2028"}\r\n{"b": 1.50}\n\n{"a"'.encode()


def one(data: bytes) -> None:
    which = data[0] if data else 0
    if which % 6 < 3:
        DROPS["json"].read(data[1:], records=PLACES[which % 6], encoding=("auto", "cp1252")[which // 6 % 2])
    else:
        DROPS["jsonl"].read(data[1:], encoding=("auto", "cp1252")[which // 6 % 2])
