"""A server for each store of the fault matrix, started when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dagster_ingest.testing import elasticsearch, mongodb, opensearch, postgres
from dagster_ingest.testing.noserver import NoServer

# Of the store `opensearch`, which runs on a stand-in otherwise.
REAL = [
    pytest.param("real opensearch", marks=pytest.mark.opensearch),
    pytest.param("real elasticsearch", marks=pytest.mark.elasticsearch),
]
_OF_SEARCH = {
    "opensearch": opensearch.stand_in,
    "real opensearch": opensearch.real,
    "real elasticsearch": elasticsearch.seven,
}


def store_of(server: str) -> str:
    """The name of the store that runs on it."""
    return "opensearch" if server in _OF_SEARCH else server


@contextmanager
def servers(folder: Path) -> Iterator[Callable[[str], str]]:
    """The address by the name of a server; skips where there is no server. folder: for packages."""
    found: dict[str, str] = {}
    with ExitStack() as stack:

        def started(name: str) -> str:
            if name in _OF_SEARCH:
                return stack.enter_context(_OF_SEARCH[name]())
            if name == "mongodb":
                return stack.enter_context(mongodb.stand_in())
            if name == "postgres":
                server = stack.enter_context(postgres.running_server())
                return stack.enter_context(postgres.new_database(server))
            return str(folder)

        def address(name: str) -> str:
            if name not in found:
                try:
                    found[name] = started(name)
                except NoServer as reason:
                    pytest.skip(str(reason))
            return found[name]

        yield address
