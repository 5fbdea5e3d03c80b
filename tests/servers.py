"""Servers that a test is skipped without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

import pytest

from dagster_ingest.testing.noserver import NoServer

Server = TypeVar("Server")


@contextmanager
def or_skip(server: AbstractContextManager[Server]) -> Iterator[Server]:
    """What `server` gives. Skips with the reason where it cannot be had."""
    try:
        with server as found:
            yield found
    except NoServer as reason:
        pytest.skip(str(reason))
