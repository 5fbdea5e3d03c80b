"""A publisher, to be run in a process of its own (fault_warm.py).

WHAT is a version of fault_stores, `withdraw` or `rollback`. It dies where the environment says, or prints how
it ended. Requests are small, so that there are several.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dagster_ingest.errors import IngestError
from dagster_ingest.publish.base import Reader
from tests.publish import fault_stores

ROOM = "FAULT_VICTIM_ROOM"  # environment: bytes that a file of this process may have


def shrink(store: str, mode: str) -> None:
    if store == "opensearch":
        from dagster_ingest.publish.opensearch import loader

        loader._BYTES = 600 if mode == "withdraw" else 6_000
    elif store == "mongodb":
        from dagster_ingest.publish.mongodb import keys, publishing, shadow

        keys._BATCH = publishing._BATCH = shadow._BATCH = 3
        if mode == "by key":
            publishing._AT_ONCE = -1


@contextmanager
def cramped(room: str | None) -> Iterator[None]:
    """Files of this process grow no larger than so many bytes. What it says at the end may be longer."""
    if not room:
        yield
        return
    sys.dont_write_bytecode = True  # half a compiled module would be read by the next process
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def main(store: str, mode: str, what: str, *place: str) -> None:
    shrink(store, mode)
    reader = fault_stores.STORES[store](*place).reader(mode)
    try:
        with cramped(os.environ.get(ROOM)):
            said = done(reader, store, what)
    except IngestError as error:
        said = f"{type(error).__name__}: {error}"
    print(said)


def done(reader: Reader, store: str, what: str) -> str:
    if what == "withdraw":
        return f"withdrawn: {reader.withdraw(fault_stores.TENANT, fault_stores.STATE)}"
    if what == "rollback":
        return reader.rollback(fault_stores.TENANT)
    changed = reader.publish(getattr(fault_stores, what)(store)).changed
    return "published" if changed else "unchanged"
