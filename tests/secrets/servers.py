"""Keepers of secrets on loopback, as far as their clients ask them."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, dict]


@contextmanager
def served(answer: Callable[[str, dict[str, str]], Answer]) -> Iterator[str]:
    """`answer(path, headers)` over HTTP. Gives the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path, {k.lower(): v for k, v in self.headers.items()})
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def vault(kept: dict[str, str], token: str) -> Callable[[str, dict[str, str]], Answer]:
    """KV version 2 under `secret/dagster-ingest`."""

    def answer(path: str, headers: dict[str, str]) -> Answer:
        if headers.get("x-vault-token") != token:
            return 403, {"errors": ["permission denied"]}
        name = path.removeprefix("/v1/secret/data/dagster-ingest/")
        if name == "GULF__SEALED":
            return 503, {"errors": ["Vault is sealed"]}
        if name not in kept:
            return 404, {"errors": []}
        return 200, {"data": {"data": {"value": kept[name]}, "metadata": {"version": 1}}}

    return answer


def google(kept: dict[str, str]) -> Callable[[str, dict[str, str]], Answer]:
    """Secret Manager's REST interface."""

    def answer(path: str, headers: dict[str, str]) -> Answer:
        name = path.split("?")[0].removeprefix("/v1/projects/proj/secrets/").removesuffix(":access")
        name = name.removesuffix("/versions/latest")
        if name == "GULF__FORBIDDEN":
            return 403, {"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}}
        if name not in kept:
            return 404, {"error": {"code": 404, "message": "not found", "status": "NOT_FOUND"}}
        return 200, {"payload": {"data": base64.b64encode(kept[name].encode()).decode()}}

    return answer


def azure(kept: dict[str, str]) -> Callable[[str, dict[str, str]], Answer]:
    """Key Vault's secrets."""

    def answer(path: str, headers: dict[str, str]) -> Answer:
        name = path.split("?")[0].removeprefix("/secrets/").strip("/")
        if "authorization" not in headers:
            return 401, {"error": {"code": "Unauthorized", "message": "no token"}}
        if name == "GULF--FORBIDDEN":
            return 403, {"error": {"code": "Forbidden", "message": "denied"}}
        if name not in kept:
            return 404, {"error": {"code": "SecretNotFound", "message": "not found"}}
        return 200, {"value": kept[name], "id": f"https://v/secrets/{name}/1", "attributes": {}}

    return answer
