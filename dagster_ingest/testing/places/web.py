"""Files over HTTP on loopback, with ETags, logins, redirects and faults."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass
class Served:
    """cut_after: bytes of the body after which the connection drops. resets: how many bodies
    break off. statuses: answers before good ones."""

    content: bytes
    headers: dict[str, str] = field(default_factory=dict)
    etag: bool = True
    head: bool = True
    length: bool = True
    head_length: int | None = None
    cut_after: int | None = None
    resets: int = 0
    statuses: list[int] = field(default_factory=list)
    login: str | None = None
    to: str | None = None


class WebFiles:
    """requests: (method, path with its query, headers in lower case) of all that was asked."""

    def __init__(self) -> None:
        self.files: dict[str, Served] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, name: str, content: bytes, **how: Any) -> Served:
        self.files[f"/{name}"] = Served(content, **how)
        return self.files[f"/{name}"]

    def settings(self, name: str, **more: Any) -> dict[str, Any]:
        return {"location": {"http": {"url": f"{self.base}/{name}", "timeout": 5, **more}}}

    def __enter__(self) -> WebFiles:
        files = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                files._answer(self, body=True)

            def do_HEAD(self) -> None:
                files._answer(self, body=False)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, ask: BaseHTTPRequestHandler, *, body: bool) -> None:
        headers = {name.lower(): value for name, value in ask.headers.items()}
        self.requests.append((ask.command, ask.path, headers))
        served = self.files.get(unquote(urlsplit(ask.path).path))
        status = self._status(served, headers, body=body)
        if status != 200 or served is None:
            ask.send_response(status)
            if served is not None and served.to:
                ask.send_header("location", served.to)
            ask.send_header("content-length", "0")
            ask.end_headers()
            return
        ask.send_response(200)
        told = dict(served.headers)
        if served.etag:
            told.setdefault("etag", f'"{hashlib.sha256(served.content).hexdigest()[:16]}"')
        if served.length:
            told["content-length"] = str(len(served.content))
        if not body and served.head_length is not None:
            told["content-length"] = str(served.head_length)
        for name, value in told.items():
            ask.send_header(name, value)
        ask.end_headers()
        if body and served.resets:
            served.resets -= 1
            ask.wfile.write(served.content[: len(served.content) // 2])
        elif body:
            ask.wfile.write(served.content[: served.cut_after])
        ask.close_connection = True

    def _status(self, served: Served | None, headers: dict[str, str], *, body: bool) -> int:
        if served is None:
            return 404
        if not body and not served.head:
            return 405
        if served.to:
            return 302
        if served.login and headers.get("authorization") != served.login:
            return 401
        return served.statuses.pop(0) if served.statuses else 200
