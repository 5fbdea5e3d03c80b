"""Receivers of messages on loopback: an HTTP server that records, and a stand-in for a mail server."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Hook:
    """What was posted, in order; every request is answered with `status`."""

    server: ThreadingHTTPServer
    status: int = 200
    posted: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.posted]


@contextmanager
def hook() -> Iterator[Hook]:
    """A server that takes any POST and keeps what it took: of a refused one nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if made.status < 300:
                made.posted.append((self.path, dict(self.headers), body))
            self.send_response(made.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *parts: object) -> None:
            """Says nothing."""

    made = Hook(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    with _serving(made.server):
        yield made


@dataclass
class Mailbox:
    """What was mailed, in order: sender, recipients, and the bytes as they came over the wire."""

    port: int = 0
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for _, _, raw in self.mails]  # type: ignore[misc]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A stand-in for a mail server: as much of SMTP (RFC 5321) as a client without TLS or login speaks."""
    made = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 stand-in")
            sender = ""
            recipients: list[str] = []
            while line := self.rfile.readline():
                verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
                verb = verb.upper()
                if verb in ("EHLO", "HELO"):
                    self._say("250-stand-in\r\n250-SMTPUTF8\r\n250 8BITMIME")
                elif verb == "MAIL":
                    sender, recipients = _address(rest), []
                    self._say("250 ok")
                elif verb == "RCPT":
                    recipients.append(_address(rest))
                    self._say("250 ok")
                elif verb == "DATA":
                    self._say("354 go on")
                    made.mails.append((sender, recipients, self._data()))
                    self._say("250 taken")
                elif verb == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok" if verb in ("RSET", "NOOP") else "502 not known here")

        def _data(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b".") else line)
            return b"".join(lines)

        def _say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    with _serving(server):
        yield made


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Answers in a thread of its own; stopped and closed at the end."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def _address(rest: str) -> str:
    """Of `FROM:<a@b.example> SIZE=1`."""
    return rest.partition("<")[2].partition(">")[0]
