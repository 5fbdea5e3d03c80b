"""What the parts of the suite share: how a source is broken, and how a read may end."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_ingest.errors import AccessDenied, DataError, IngestError, Unavailable
from dagster_ingest.testing.served import Drained, Provider, table

# A faulty source ends a read in one of these; nothing else may escape.
ENDINGS = (DataError, Unavailable, AccessDenied)


def inject(source: Provider, fault: str) -> None:
    if not source.inject(fault):
        pytest.skip(f"the provider has no way to be {fault!r}")


def explains_itself(error: IngestError) -> None:
    assert error.problem
    assert error.where or error.source, "an error names where it happened"
    assert error.not_done or error.fix, "an error says what was not done, or what to do"


def must_break_off(source: Provider, **asked: Any) -> None:
    try:
        found = source.read(**asked)
    except ENDINGS:
        return
    assert not found.completeness.complete, "the source broke off, and the read claims to be complete"


def must_be_incremental(source: Provider) -> None:
    if not source.made().capabilities.incremental:
        pytest.skip(f"{source.connector} has no cursor")


def incremental(source: Provider, count: int) -> Drained:
    must_be_incremental(source)
    source.serve(table(count))
    return source.read(incremental=True)
