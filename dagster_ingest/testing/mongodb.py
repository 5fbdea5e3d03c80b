"""A stand-in for MongoDB in tests: SecantusDB, which speaks its wire protocol."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster_ingest.publish.mongodb.driver import connected
from dagster_ingest.testing.noserver import NoServer


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


def documents(uri: str, database: str, collection: str) -> dict[Any, dict[str, Any]]:
    """All documents of a collection by `_id`."""
    with connected(uri, database) as found:
        return {d["_id"]: d for d in found[collection].find()}


def dump_bytes(uri: str, database: str) -> bytes:
    """Every document of every collection as text."""
    with connected(uri, database) as found:
        names = sorted(found.list_collection_names())
        return "\n".join(str(d) for name in names for d in found[name].find()).encode()
