"""Ways in which an answer goes over the wire: whole, cut off, reset, or not at all for now."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

Way = Callable[[BaseHTTPRequestHandler, list[str], bytes], None]


class Hold:
    """Keeps slow answers waiting until the client has hung up or the server ends."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def wait(self, seconds: float) -> None:
        self._over.wait(seconds)

    def release(self) -> None:
        self._over.set()


def whole(handler: BaseHTTPRequestHandler, lines: list[str], body: bytes) -> None:
    handler.wfile.write(_head(lines, f"content-length: {len(body)}") + body)
    handler.wfile.flush()


def until_closed(handler: BaseHTTPRequestHandler, lines: list[str], body: bytes) -> None:
    """No length is stated: the end of the connection is the end of the body, as old proxies do."""
    handler.wfile.write(_head(lines, "connection: close") + body)
    handler.wfile.flush()
    handler.close_connection = True


def cut(handler: BaseHTTPRequestHandler, lines: list[str], body: bytes) -> None:
    """The connection ends in the middle of the body."""
    handler.wfile.write(_head(lines, f"content-length: {len(body)}") + body[: len(body) // 2])
    handler.wfile.flush()
    handler.close_connection = True


def reset(handler: BaseHTTPRequestHandler, lines: list[str], body: bytes) -> None:
    """A TCP reset instead of an answer."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.close_connection = True
    handler.connection.close()


def silent(hold: Hold, seconds: float = 5.0) -> Way:
    """Nothing comes for so long, and then the connection ends."""

    def way(handler: BaseHTTPRequestHandler, lines: list[str], body: bytes) -> None:
        hold.wait(seconds)
        handler.close_connection = True

    return way


def drip(hold: Hold, pause: float, size: int = 1) -> Way:
    """The body comes, but a few bytes at a time."""

    def way(handler: BaseHTTPRequestHandler, lines: list[str], body: bytes) -> None:
        handler.wfile.write(_head(lines, f"content-length: {len(body)}"))
        for at in range(0, len(body), size):
            handler.wfile.write(body[at : at + size])
            handler.wfile.flush()
            hold.wait(pause)
        handler.close_connection = True

    return way


def _head(lines: list[str], *more: str) -> bytes:
    return "\r\n".join([*lines, *more, "", ""]).encode("latin-1")
