"""What fuzzing has found: each input once crashed its parser. They must be read, or refused with a reason."""

from __future__ import annotations

import json
import struct

import pytest

from tests.fuzz.harness import load

RELATIONS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
FINDS = {
    "answers: a charset that refuses in words of its own": ("answers", b"\x02\x1ehttps://x"),
    "answers: an encoding of several bytes": (
        "answers", b"\x03\0<?xml version='1.0' encoding='shift_jis'?><r><items/></r>"
    ),
    "answers: an encoding that nobody knows": ("answers", b"\x03\0<?xml version='1.0' encoding='u-7'?><r/>"),
    "cursors: a stamp before the calendar begins": ("cursors", b"\x000001-01-01T00:00:00+14:00"),
    "cursors: an overlap before the calendar begins": ("cursors", b"\x02-62135596800"),
    "cursors: a kept stamp without a zone": (
        "cursors", b'\0{"greatest":"2026-01-01T00:00","for":"f","columns":["a"]}'
    ),
    "messages: a catalog whose stream has no name": (
        "messages", b'\x03{"type": "CATALOG", "catalog": {"streams": [{"json_schema": {}}]}}'
    ),
    "messages: a record of half a surrogate pair": (
        "messages",
        b'\0{"type": "SCHEMA", "stream": "t", "schema": {"properties": {"a": {}}}}\n'
        b'{"type": "RECORD", "stream": "t", "record": {"a": "\\ud800"}}',
    ),
    "messages: a trace that is a word": ("messages", b'\x01{"type": "TRACE", "trace": "ERROR"}'),
    "messages: a column that is no text": (
        "messages", b'\0{"type": "SCHEMA", "stream": "t", "schema": {"properties": {"\\ud800": {}}}}'
    ),
    "messages: columns that are no words": (
        "messages",
        b'\0{"type": "SCHEMA", "stream": "t", "schema": {"properties": [5]}}',
    ),
    "workbook: no sheet": (
        "workbook", b'\x02<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    ),
    "workbook: a sheet that leads nowhere": ("workbook", b"\x03" + RELATIONS),
}  # fmt: skip


@pytest.mark.parametrize(("target", "data"), FINDS.values(), ids=FINDS)
def test_it_is_read_or_refused(target, data):
    load(target).one(data)


def test_an_encoding_that_only_one_of_two_readers_knows():
    """The reader of sheets takes it; the one of their list does not."""
    seeds = [seed for seed in load("workbook").seeds() if seed[:1] == b"\x02"]

    for seed in seeds:
        load("workbook").one(seed.replace(b"UTF-8", b"UTF-2"))


@pytest.mark.parametrize("sign", ["\u2028", "\x85"])
def test_json_lines_end_at_line_ends_alone(sign):
    from dagster_ingest.connectors.http.bodies import parse
    from dagster_ingest.connectors.http.settings import HttpSettings

    settings = HttpSettings.model_validate({"url": "https://a.example", "format": "jsonl"})
    line = json.dumps({"a": f"one{sign}two"}, ensure_ascii=False) + "\r\n"

    found = parse((line * 2).encode(), {}, settings, "")

    assert found.records == [{"a": f"one{sign}two"}] * 2


def test_a_part_of_a_workbook_may_say_that_it_lies_behind_the_end():
    from tests.fuzz.targets.workbook import BOOK

    broken = bytearray(BOOK)
    entry = broken.rindex(b"PK\x01\x02")
    struct.pack_into("<I", broken, entry + 20, 2**31 - 1)  # packed size
    struct.pack_into("<I", broken, entry + 42, len(broken) - 2)  # where it starts

    load("workbook").one(b"\0" + broken)


def test_parquet_may_hold_stamps_that_no_calendar_has():
    import io

    import pyarrow as pa
    from pyarrow import parquet

    buffer = io.BytesIO()
    parquet.write_table(pa.table({"t": pa.array([2**63 - 1]).view(pa.timestamp("us"))}), buffer)

    load("parquet_files").one(buffer.getvalue())
