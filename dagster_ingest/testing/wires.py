"""Proxies before a store that is no web server: one that breaks off, and one that refuses writes."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Target = tuple[str, int] | str  # host and port, or the path of a socket
# What the client sent, in pieces as they come, to what it is answered; None to pass the piece on.
Rule = Callable[[bytes], bytes | None]


class Cut(Exception):
    """Raised by a rule: the line is dead from now on."""


@contextmanager
def severed(target: Target, at: bytes) -> Iterator[int]:
    """Port of a line that breaks for good once a client has sent `at`, which does not arrive."""

    def rule(piece: bytes) -> None:
        if at in piece:
            raise Cut

    with _line(target, rule, lambda sock: sock.recv(1 << 16)) as port:
        yield port


@contextmanager
def refusing(target: Target, code: int, message: str, collection: str, bson: Any) -> Iterator[int]:
    """Port of a MongoDB that answers each write to `collection` with an error for its first document.

    bson  what encodes and decodes documents: pymongo's, which only one file of the package may import
    """

    def rule(piece: bytes) -> bytes | None:
        _, number, _, kind = struct.unpack_from("<iiii", piece)
        if kind != _MESSAGE or piece[20] != 0:
            return None
        size = struct.unpack_from("<i", piece, 21)[0]
        asked = bson.decode(piece[21 : 21 + size])
        if asked.get("update") != collection:
            return None
        error = {"index": 0, "code": code, "errmsg": message}
        said = bson.encode({"ok": 1.0, "n": 0, "nModified": 0, "writeErrors": [error]})
        return struct.pack("<iiiiIB", 21 + len(said), 0, number, _MESSAGE, 0, 0) + said

    with _line(target, rule, _message) as port:
        yield port


_MESSAGE = 2013  # OP_MSG


def _message(sock: socket.socket) -> bytes:
    """One message of MongoDB's protocol, whole."""
    head = _exactly(sock, 4)
    return head + _exactly(sock, struct.unpack("<i", head)[0] - 4) if head else b""


def _exactly(sock: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = sock.recv(count - len(found))
        if not piece:
            return b""
        found += piece
    return found


@contextmanager
def _line(target: Target, rule: Rule, read: Callable[[socket.socket], bytes]) -> Iterator[int]:
    line = _Line(target, rule, read)
    thread = threading.Thread(target=line.serve)
    thread.start()
    try:
        yield line.port
    finally:
        line.break_off()
        thread.join()
        for each in line.threads:
            each.join()


class _Line:
    def __init__(self, target: Target, rule: Rule, read: Callable[[socket.socket], bytes]) -> None:
        self.target, self.rule, self.read = target, rule, read
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.ends: list[socket.socket] = []
        self.threads: list[threading.Thread] = []
        self._lock, self._dead = threading.Lock(), False

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self._lock:
                if self._dead:
                    client.close()
                    return
                server = _connected(self.target)
                self.ends += [client, server]
            for work, ends in ((self._ask, (client, server)), (self._answer, (server, client))):
                thread = threading.Thread(target=work, args=ends)
                self.threads.append(thread)
                thread.start()

    def break_off(self) -> None:
        with self._lock:
            self._dead = True
            for each in (self.listener, *self.ends):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while piece := self.read(client):
                answer = self.rule(piece)
                if answer is None:
                    server.sendall(piece)
                else:
                    client.sendall(answer)
        except Cut:
            self.break_off()
        except OSError:
            pass
        _hang_up(server)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(1 << 16):
                client.sendall(piece)
        _hang_up(client)


def _connected(target: Any) -> socket.socket:
    if isinstance(target, str):
        found = socket.socket(socket.AF_UNIX)
        found.connect(target)
        return found
    return socket.create_connection(target)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
