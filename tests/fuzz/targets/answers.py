"""Answers over HTTP: JSON, JSON lines, CSV and XML as records, and the way to the next page.

First byte: the format; second: what the headers say.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

from dagster_ingest.connectors import text
from dagster_ingest.connectors.headings import unique_headings
from dagster_ingest.connectors.http.bodies import NoRecords, Unreadable, parse
from dagster_ingest.connectors.http.paging import Astray, Page, Position, after
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.testing.sample.icarol_api import served

FORMATS = ("json", "jsonl", "csv", "xml")
CHARSETS = (
    "",
    "; charset=utf-8",
    "; charset=cp1252",
    "; charset=idna",
    "; charset=utf-16",
    "; charset=punycode",
)
PAGINGS = (
    {"kind": "none"},
    {"kind": "page", "param": "p", "total": "total"},
    {"kind": "cursor", "param": "c", "cursor": "next"},
    {"kind": "next", "next": "next"},
    {"kind": "offset", "param": "o", "has_more": "more"},
    {"kind": "link"},
)
SETTINGS = {
    (kind, at): HttpSettings.model_validate(
        {"url": "https://a.example", "path": "/x", "format": kind, "paging": paging, "key": "id"}
    )
    for kind in FORMATS
    for at, paging in enumerate(PAGINGS)
}


def seeds() -> Iterator[bytes]:
    records = served().records[:2]
    envelope = {"total": 2, "more": False, "next": "/x?p=2", "items": records}
    for at in range(len(PAGINGS)):
        yield bytes([0, at]) + json.dumps(envelope).encode()
    yield b"\x01\0" + b"".join(json.dumps(record).encode() + b"\n" for record in records)
    yield b"\x02\0" + b'id,name\n1,"a\nb"\n2,c,d\n'
    yield b"\x03\0" + b'<r><items id="1"><a x="2">b</a><a/><b><c>d</c></b></items>text</r>'
    yield b"\x03\0" + b'<!DOCTYPE l [<!ENTITY l0 "ha">]><r><items>&l0;</items></r>'
    yield b"\x05\x00" + b'<https://a.example/x?p=2>; rel="next"; a=b, <y>; rel=prev'


def one(data: bytes) -> None:
    kind, said = (*data[:2], 0, 0)[:2]
    form = FORMATS[kind % 4]
    settings = SETTINGS[form, said % len(PAGINGS)]
    headers = {"content-type": f"text/{form}{CHARSETS[said // len(PAGINGS) % len(CHARSETS)]}"}
    content = data[2:]
    try:
        body = parse(content, headers, settings, "items" if form in ("json", "xml") else "")
    except (NoRecords, Unreadable):
        return
    columns = unique_headings(list(dict.fromkeys(name for record in body.records for name in record)))
    if body.records and columns:
        with contextlib.suppress(RecursionError):  # the connector's read makes it an error with its words
            assert text.rows(body.records, columns).height == len(body.records)
    link = content[:200].decode("latin-1")
    with contextlib.suppress(NoRecords, Astray):
        after(Position(), Page(body, {"link": link}, "https://a.example/x"), settings.paging)
