"""A stand-in for MongoDB in tests: SecantusDB, which speaks its wire protocol."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_ingest.errors import Unavailable
from dagster_ingest.publish.mongodb.driver import connected
from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.processes import free_port, serving

_CACHE = "6G"  # of what it stores; a transaction that finds no room in it is not served any more


@contextmanager
def stand_in() -> Iterator[str]:
    """Its address. NoServer says why not."""
    try:
        from secantus import SecantusDBServer
    except ImportError as error:
        raise NoServer(f"the stand-in for MongoDB is missing: {error}") from None
    with (
        tempfile.TemporaryDirectory(prefix="ingest-mongodb-") as folder,
        SecantusDBServer(storage_path=folder) as server,
    ):
        yield server.uri


@contextmanager
def apart() -> Iterator[str]:
    """Address of one in a process of its own, so that its work is not the client's. NoServer says why not."""
    port = free_port()
    uri = f"mongodb://127.0.0.1:{port}/"
    with tempfile.TemporaryDirectory(prefix="ingest-mongodb-") as folder:
        command = [sys.executable, "-m", "secantus", "--port", str(port), "--cache-size", _CACHE]
        command += ["--storage-path", f"{folder}/data", "--log-level", "ERROR"]
        with serving(command, uri, Path(folder) / "log", ask=_ping):
            yield uri


def _ping(uri: str) -> None:
    try:
        with connected(uri, "admin") as database:
            database.command("ping")
    except Unavailable as error:
        raise ConnectionError(str(error)) from None


def documents(uri: str, database: str, collection: str) -> dict[Any, dict[str, Any]]:
    """All documents of a collection by `_id`."""
    with connected(uri, database) as found:
        return {d["_id"]: d for d in found[collection].find()}


def dump_bytes(uri: str, database: str) -> bytes:
    """Every document of every collection as text."""
    with connected(uri, database) as found:
        names = sorted(found.list_collection_names())
        return "\n".join(str(d) for name in names for d in found[name].find()).encode()
