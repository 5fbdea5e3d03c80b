"""Stamps in records, and cursors as a store keeps them. First byte: how stamps are written."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dagster_ingest.connectors.http.shapes import Cursor
from dagster_ingest.connectors.http.stamps import Greatest, moment, read_back, since, spelled, written_down
from dagster_ingest.extract.cursor import Position

WRITTEN = ("iso", "date", "epoch", "epoch_ms", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S %z")
NOW = 1_767_225_600.0


def seeds() -> Iterator[bytes]:
    stamps = ("2026-03-02T01:02:03.5+06:00", "2026-03-02", "1767225600.5", "1767225600500", "3/2/2026")
    for at, stamp in enumerate((*stamps, "2026-03-02 01:02:03 +0100")):
        yield bytes([at]) + stamp.encode()
    yield (
        b"\0"
        + Position('{"greatest": "2026-01-01T00:00:00+00:00"}', "ab", "2026-01-01T00:00:00", "x")
        .text()
        .encode()
    )
    yield b"\0" + b'{"greatest":"2026-01-01T00:00:00+00:00","for":"f","columns":["a"]}'
    yield b"\0" + b"0001-01-01T00:00:00+14:00"
    yield b"\x02" + b"-62135596800"


def one(data: bytes) -> None:
    written = WRITTEN[(data[0] if data else 0) % len(WRITTEN)]
    text = data[1:].decode("utf-8", "replace")
    cursor = Cursor(field="m", format=written)
    greatest = Greatest(written, NOW)
    greatest.add(text)
    greatest.hold_back(text)
    for found in (greatest.settled(None), moment(text, written)):
        if found is None:
            continue
        kept = read_back(written_down(found, "f", ["a"]), "f")
        assert kept == (found, ["a"])
        spelled(since(found, cursor), written)
    if (read := read_back(text, "f")) is not None:
        greatest.settled(read[0])
        spelled(since(read[0], cursor), written)
    if (position := Position.of_text(text)) is not None:
        assert Position.of_text(position.text()) == position
        json.dumps(position.cursor)
