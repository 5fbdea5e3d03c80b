"""A scriptable HTTP/1.1 server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from dagster_ingest.testing.http import wire
from dagster_ingest.testing.http.wire import Hold


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. number: 1-based, among those to the same path."""

    method: str
    path: str
    params: Mapping[str, list[str]]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    number: int
    base: str

    def param(self, name: str, default: str = "") -> str:
        """The last value of a parameter of the query."""
        return self.params.get(name, [default])[-1]

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `how`: the way the bytes go over the wire; see wire.py."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    how: wire.Way = wire.whole

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> Answer:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), {"content-type": "application/json", **named})


Handler = Callable[[Asked], Answer]
Fault = Callable[[Asked, Handler], Answer]


@dataclass(slots=True)
class _Scripted:
    path: str
    fault: Fault
    on: int | None
    times: int | None
    when: Callable[[Asked], bool] | None

    def takes(self, asked: Asked) -> bool:
        """Whether this fault happens now; counts down."""
        if asked.path != self.path or self.times == 0 or (self.on is not None and asked.number != self.on):
            return False
        if self.when is not None and not self.when(asked):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class FakeServer:
    """Serves between `with` and its end. Requests are kept in `asked`, in the order of their arrival.

    port 0: a free one
    """

    def __init__(self, port: int = 0) -> None:
        self.asked: list[Asked] = []
        self._routes: dict[str, Handler] = {}
        self._script: list[_Scripted] = []
        self._gate: Callable[[Asked], Answer | None] | None = None
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self.hold = Hold()
        self._server = _Server(("127.0.0.1", port), _RequestHandler)
        self._server.fake = self

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def route(self, path: str, handler: Handler) -> None:
        """Requests to `path` are answered by `handler`. `/things/*` takes all paths below."""
        self._routes[path] = handler

    def gate(self, gate: Callable[[Asked], Answer | None] | None) -> None:
        """What is asked before each handler: an answer of its own (401 ...) or None to let in."""
        self._gate = gate

    def script(
        self,
        path: str,
        fault: Fault,
        *,
        on: int | None = None,
        times: int | None = 1,
        when: Callable[[Asked], bool] | None = None,
    ) -> None:
        """Let a fault happen: at request number `on` to the path, or whenever; `times` None: always."""
        self._script.append(_Scripted(path, fault, on, times, when))

    def heal(self) -> None:
        """Forget faults."""
        self._script = []

    def clear(self) -> None:
        """Forget routes, faults, gate and requests."""
        self._routes, self._script, self._gate = {}, [], None
        self.asked, self._counts = [], {}

    def count(self, path: str) -> int:
        """Requests to `path` so far."""
        return self._counts.get(path, 0)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        split = urlsplit(target)
        path = unquote(split.path)
        with self._lock:
            number = self._counts[path] = self._counts.get(path, 0) + 1
            params = parse_qs(split.query, keep_blank_values=True)
            asked = Asked(method, path, params, headers, body, number, self.url)
            self.asked.append(asked)
            handler: Handler = self._routed
            for scripted in self._script:
                if scripted.takes(asked):
                    handler = _with_fault(scripted.fault, handler)
            return handler(asked)

    def _routed(self, asked: Asked) -> Answer:
        below = next((p for p in self._routes if p.endswith("/*") and asked.path.startswith(p[:-1])), "")
        handler = self._routes.get(asked.path) or self._routes.get(below)
        if handler is None:
            return Answer.json({"error": f"no such path {asked.path}"}, 404)
        refusal = self._gate(asked) if self._gate is not None else None
        return refusal if refusal is not None else handler(asked)

    def __enter__(self) -> FakeServer:
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _with_fault(fault: Fault, handler: Handler) -> Handler:
    return lambda asked: fault(asked, handler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    fake: FakeServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the play."""


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 2**16
    server: _Server

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.fake.answer(self.command, self.path, headers, body)
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}"]
        given = {"x-request-id": f"req-{len(self.server.fake.asked)}", **answer.headers}
        lines += [f"{name}: {value}" for name, value in given.items()]
        answer.how(self, lines, b"" if self.command == "HEAD" else answer.body)

    do_GET = do_POST = do_HEAD = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: `asked` is the log."""
