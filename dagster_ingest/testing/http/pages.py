"""A collection behind pages, in the ways in which web APIs page. Its rows may change meanwhile."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from dagster_ingest.testing.http.server import Answer, Asked

Kind = Literal["none", "page", "offset", "cursor", "link", "next"]
Row = dict[str, Any]


@dataclass
class Pages:
    """Answers `?page=&size=`, `?offset=&size=` or `?after=&size=`, as `kind` says; as JSON
    `{"items": [...], "total": ..., ...}`, bare JSON list, JSONL, CSV or XML.

    kind     page and offset count rows, so rows that move are missed or seen twice; link and next name
             the address of the next page and count likewise; cursor names the last key that was seen
    rows     a list that a test may change between requests
    most     rows of a page at most, whatever is asked for
    since    `?since=` leaves out rows whose `modified` is smaller
    total    whether the envelope states it
    """

    rows: list[Row]
    kind: Kind = "page"
    key: str = "id"
    body: Literal["json", "list", "jsonl", "csv", "xml"] = "json"
    most: int = 100
    total: bool = True
    first: int = 1
    since: str = "modified"
    keep: Callable[[Asked, Row], bool] = field(default=lambda asked, row: True)

    def __call__(self, asked: Asked) -> Answer:
        wanted = {**{name: values[-1] for name, values in asked.params.items()}, **(asked.json() or {})}
        rows = [row for row in self.rows if self.keep(asked, row)]
        if since := wanted.get("since"):
            rows = [row for row in rows if str(row.get(self.since, "")) >= str(since)]
        if self.kind == "none":
            return self._written(rows, {}, {})
        size = max(1, min(int(wanted.get("size", self.most)), self.most))
        if self.kind == "cursor":
            return self._by_key(rows, str(wanted.get("after") or ""), size)
        start = int(wanted.get("offset", 0))
        if self.kind != "offset":
            start = (int(wanted.get("page", self.first)) - self.first) * size
        page = rows[start : start + size]
        more = start + size < len(rows)
        envelope: dict[str, Any] = {"total": len(rows)} if self.total else {}
        envelope["more"] = more
        headers = {"x-total-count": str(len(rows))} if self.total else {}
        if self.kind in ("link", "next"):
            address = self._next(asked, int(wanted.get("page", self.first)) + 1) if more else None
            if self.kind == "next":
                envelope["next"] = address
            elif address:
                headers["link"] = f'<{address}>; rel="next", <{asked.base}{asked.path}>; rel="first"'
        return self._written(page, envelope, headers)

    def _by_key(self, rows: Sequence[Row], after: str, size: int) -> Answer:
        ordered = sorted(rows, key=lambda row: str(row[self.key]))
        last = base64.urlsafe_b64decode(after).decode() if after else ""
        left = [row for row in ordered if str(row[self.key]) > last]
        page = left[:size]
        cursor = None
        if len(left) > size:
            cursor = base64.urlsafe_b64encode(str(page[-1][self.key]).encode()).decode()
        envelope: dict[str, Any] = {"total": len(rows)} if self.total else {}
        headers = {"x-next-cursor": cursor} if cursor else {}
        return self._written(page, {**envelope, "cursor": cursor}, headers)

    def _next(self, asked: Asked, page: int) -> str:
        kept = {name: values[-1] for name, values in asked.params.items()}
        return f"{asked.base}{asked.path}?{urlencode({**kept, 'page': page})}"

    def _written(self, rows: Sequence[Row], envelope: dict[str, Any], headers: dict[str, str]) -> Answer:
        if self.body == "json":
            return Answer(200, _json({"items": list(rows), **envelope}), {**_TYPES["json"], **headers})
        write = {"list": _json, "jsonl": _jsonl, "csv": _csv, "xml": _xml}[self.body]
        kind = "json" if self.body == "list" else self.body
        return Answer(200, write(list(rows)), {**_TYPES[kind], **headers})


_TYPES = {
    "json": {"content-type": "application/json"},
    "jsonl": {"content-type": "application/x-ndjson"},
    "csv": {"content-type": "text/csv; charset=utf-8"},
    "xml": {"content-type": "application/xml"},
}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _jsonl(rows: list[Row]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _csv(rows: list[Row]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _xml(rows: list[Row]) -> bytes:
    cells = ("".join(f"<{n}>{escape(str(v))}</{n}>" for n, v in row.items() if v is not None) for row in rows)
    return f"<items>{''.join(f'<item>{row}</item>' for row in cells)}</items>".encode()
