"""A proxy in front of a store that speaks HTTP: it passes requests on, and answers some of them itself."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

# (method, path, body) to (status, answer), or None to pass the request on.
Answer = tuple[int, Any] | None
Rule = Callable[[str, str, bytes], Answer]


@contextmanager
def proxied(url: str, rule: Rule, told: Callable[..., None] | None = None) -> Iterator[str]:
    """Address of the proxy. `told` hears of each request, its headers as well; bodies go on as JSON, and
    answers come back as the type that was asked for."""
    behind = urlsplit(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            plain = _plain(body, self.headers.get("content-encoding"))
            if told is not None:
                told(self.command, self.path, plain, self.headers)
            own = rule(self.command, self.path, plain)
            if own is not None:
                self.answer(own[0], json.dumps(own[1]).encode())
                return
            server = http.client.HTTPConnection(behind.hostname or "", behind.port)
            server.request(self.command, self.path, plain or None, {"content-type": "application/json"})
            reply = server.getresponse()
            self.answer(reply.status, reply.read())
            server.close()

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", self.headers.get("accept") or "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _plain(body: bytes, encoding: str | None) -> bytes:
    import gzip

    return gzip.decompress(body) if encoding == "gzip" else body
