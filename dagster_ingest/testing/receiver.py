"""A receiver on loopback that records what it is sent, answers as it is told, and can be gone for a while."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """headers: names in lower case. body: unpacked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """answer: gives the status for a request; it may wait, on `held`, to be slow.

    taken  requests that were answered with 2xx, in order; refused: the others
    """

    answer: Callable[[Received], int] = lambda _: 200
    taken: list[Received] = field(default_factory=list)
    refused: list[Received] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """On the port that it had before, if any."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = False  # closing waits for the requests at work
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Connections are refused from now on."""
        self.held.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                headers = {name.lower(): value for name, value in self.headers.items()}
                got = Received(self.command, self.path, headers, body)
                status = receiver.answer(got)
                (receiver.taken if status < 300 else receiver.refused).append(got)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_PUT = do_POST

            def log_message(self, *words: Any) -> None:
                return None

            def handle(self) -> None:
                with suppress(ConnectionError):  # a client that went away in the middle
                    super().handle()

        return Handler


@contextmanager
def receiver(answer: Callable[[Received], int] = lambda _: 200) -> Iterator[Receiver]:
    found = Receiver(answer)
    found.start()
    try:
        yield found
    finally:
        found.stop()
