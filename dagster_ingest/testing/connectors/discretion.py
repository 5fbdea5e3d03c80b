"""What must not happen: a table in memory, a secret in words."""

from __future__ import annotations

import base64
import ctypes
import gc
import logging
import os
import sys
from urllib.parse import quote_plus

import pyarrow as pa
import pytest

from dagster_ingest import redact
from dagster_ingest.errors import IngestError
from dagster_ingest.testing.served import Provider, drain, table

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Discretion:
    def test_memory_does_not_grow_with_the_table(self, source: Provider):
        if not source.many:
            pytest.skip("the provider serves no large table")
        few, many = table(source.many // 4, width=30), table(source.many, width=30)
        source.serve(few)
        _growth(source)  # libraries and buffers are warm after this
        small = min(_growth(source) for _ in range(2))
        source.serve(many)
        size = sum(len(c or "") for row in many.rows() for c in row)

        # The least of three: other threads of the process take memory as well, now and then.
        for _ in range(3):
            more = _growth(source) - small
            if more < size / 2:
                break

        assert more < size / 2, f"{more >> 20} MB more for {size >> 20} MB of rows"

    def test_no_secret_is_shown(self, source: Provider, caplog: pytest.LogCaptureFixture):
        if not source.secrets:
            pytest.skip("the provider has no secret")
        source.serve(table(2 * (source.page or 5)))
        caplog.set_level(logging.DEBUG)
        request, connector = source.request(), source.made()
        shown = [repr(request), repr(connector), str(connector.check(request))]
        shown += [str(connector.discover(request)), repr(connector.fingerprint(request))]
        read = connector.read(request)
        found = drain(read)
        shown += [repr(read), repr(found.places), repr(found.completeness), str(found.cursor)]
        for fault in ("denied", "server_error", "truncated", "unreachable"):
            if source.inject(fault):
                shown += _shown_error(source)
                source.heal()
        shown += [caplog.text]

        for value in source.secrets.values():
            encoded = base64.b64encode(value.encode()).decode().rstrip("=")
            for text in shown:
                assert value not in text
                assert quote_plus(value) not in text
                assert encoded not in text


def _growth(source: Provider) -> int:
    """Bytes that become resident while a table is read and dropped."""
    gc.collect()
    _give_back()
    before = most = _resident()
    for batch in source.made().read(source.request()).batches():
        del batch
        most = max(most, _resident())
    return most - before


def _give_back() -> None:
    """Freed memory goes back to the system, so that a table held in it again is seen again."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def _resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * _PAGE_BYTES


def _shown_error(source: Provider) -> list[str]:
    try:
        source.read()
    except IngestError as error:
        redact.redact_error(error)  # as a run does before it logs one
        return [str(error), repr(error), repr(error.__dict__), str(error.__cause__), str(error.__context__)]
    return []
