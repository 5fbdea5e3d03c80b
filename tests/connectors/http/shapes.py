"""Each way of paging: what the server does, and the settings that read it."""

from __future__ import annotations

from typing import Any

from dagster_ingest.testing.http import FakeServer, IdList, Pages

SIZE = 4

_SETTINGS: dict[str, dict[str, Any]] = {
    "none": {"kind": "none", "total": "total"},
    "page": {"kind": "page", "param": "page", "total": "total"},
    "offset": {"kind": "offset", "param": "offset", "total_header": "X-Total-Count"},
    "cursor": {"kind": "cursor", "param": "after", "cursor": "cursor", "total": "total"},
    "cursor_header": {"kind": "cursor", "param": "after", "cursor_header": "X-Next-Cursor"},
    "link": {"kind": "link"},
    "next": {"kind": "next", "next": "next", "total": "total"},
    "page_without_total": {"kind": "page", "param": "page"},
    "offset_until_short": {"kind": "offset", "param": "offset", "until": "short"},
    "page_has_more": {"kind": "page", "param": "page", "has_more": "more"},
}
KINDS = (*_SETTINGS, "ids")


def settings(kind: str) -> dict[str, Any]:
    """Settings of the connector for `kind`, pages of four rows."""
    if kind == "ids":
        details = {"path": "/details", "param": "id", "size": SIZE}
        return {"path": "/items", "details": details, "key": "id", "concurrency": 2}
    paging = {"size": SIZE, "size_param": "size", **_SETTINGS[kind]}
    return {"path": "/items", "records": "items", "paging": paging, "key": "id"}


def serve(server: FakeServer, kind: str, rows: list[dict]) -> None:
    """The server side of `kind`."""
    if kind == "ids":
        ids = IdList(rows)
        server.route("/items", ids.listed)
        server.route("/details", ids.details)
        return
    wanted = _SETTINGS[kind]
    total = "total" in wanted or "total_header" in wanted
    shown: Any = wanted["kind"]
    if shown == "none":
        server.route("/items", lambda asked: _enveloped(rows, asked))
    else:
        server.route("/items", Pages(rows, kind=shown, total=total))


def _enveloped(rows: list[dict], asked: Any) -> Any:
    return Pages(rows, kind="offset", most=100_000)(asked)
