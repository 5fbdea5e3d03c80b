"""What programs write: messages of Singer taps and Airbyte sources, and their catalogs. First byte: which."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator

from dagster_ingest.connectors.airbyte import protocol
from dagster_ingest.connectors.airbyte.connector import AirbyteRead
from dagster_ingest.connectors.airbyte.settings import AirbyteSettings
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.singer import catalog
from dagster_ingest.connectors.singer.connector import SingerRead
from dagster_ingest.connectors.singer.settings import SingerSettings
from dagster_ingest.errors import IngestError

TAP = SingerSettings(tap="tap-x", stream="t", replication="incremental")
SOURCE = AirbyteSettings(connector="source-x", stream="t", sync="incremental")
REQUEST = ReadRequest("acme", "feed", "t", "IA", {}, "/", secrets={}.__getitem__, staging=None)
STREAM = {"name": "t", "supported_sync_modes": ["incremental"], "json_schema": {"properties": {"a": {}}}}


logging.getLogger("dagster_ingest.connectors.airbyte").setLevel(logging.CRITICAL + 1)


class Said:
    """A program that has written these lines and ended well."""

    name = "program"

    def __init__(self, data: bytes) -> None:
        self._data = data

    def lines(self) -> Iterator[bytes]:
        yield from self._data.split(b"\n")

    def close(self) -> None: ...

    def remove(self) -> None: ...


def seeds() -> Iterator[bytes]:
    said = [
        {"type": "SCHEMA", "stream": "t", "schema": {"properties": {"a": {"type": ["null", "string"]}}}},
        {"type": "RECORD", "stream": "t", "record": {"a": 1.50, "b": [1]}},
        {"type": "STATE", "value": {"bookmarks": {"t": "2026"}}},
    ]
    yield b"\0" + b"\n".join(json.dumps(m).encode() for m in said)
    state = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "t"}, "stream_state": {"a": 1}}}
    told = [
        {"type": "LOG", "log": {"level": "WARN", "message": "m"}},
        {"type": "RECORD", "record": {"stream": "t", "data": {"a": 1}}},
        {"type": "STATE", "state": {**state, "sourceStats": {"recordCount": 1.0}}},
        {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status":
            {"stream_descriptor": {"name": "t"}, "status": "COMPLETE"}}},
        {"type": "TRACE", "trace": {"type": "ERROR", "error": {"failure_type": "config_error"}}},
    ]  # fmt: skip
    yield b"\x01" + b"\n".join(json.dumps(m).encode() for m in told[:-1])
    yield b"\x01" + b"no message\n" + json.dumps(told[-1]).encode()
    entry = {"breadcrumb": ["properties", "a"], "metadata": {"inclusion": "available"}}
    stream = {"tap_stream_id": "t", "metadata": [{"breadcrumb": [], "metadata": {}}, entry]}
    stream |= {
        "schema": {"properties": {"a": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}}}
    }
    yield b"\x02" + json.dumps({"streams": [stream]}).encode()
    yield (
        b"\x03"
        + json.dumps({"type": "CATALOG", "catalog": {"streams": [{**STREAM, "namespace": "n"}]}}).encode()
    )


def one(data: bytes) -> None:
    which = (data[0] if data else 0) % 4
    running = Said(data[1:])
    with contextlib.suppress(IngestError):
        if which == 0:
            _drain(SingerRead(running, running, REQUEST, TAP))  # type: ignore[arg-type]
        elif which == 1:
            states = protocol.States(None)
            _drain(AirbyteRead(running, running, REQUEST, SOURCE, STREAM, states))  # type: ignore[arg-type]
            protocol.States(states.text()).as_file()
        elif which == 2:
            found = catalog.parse(running)  # type: ignore[arg-type]
            catalog.tables(found, TAP)
            catalog.selected(found, "t", TAP)
        else:
            _discover(running)


def _drain(read) -> None:
    for batch in read.batches():
        assert batch.frame.columns == list(read.columns)
    read.completeness()
    read.cursor()


def _discover(running: Said) -> None:
    for message, _ in protocol.messages(running):  # type: ignore[arg-type]
        if "catalog" in message:
            streams = protocol.streams_of(running.name, message["catalog"])
            for stream in streams:
                protocol.table(stream, SOURCE)
            protocol.configured(protocol.find_stream(streams, "t", SOURCE), SOURCE)
