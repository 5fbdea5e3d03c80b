"""A server for each store of the fault matrix, started when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dagster_ingest.testing import mongodb, postgres
from dagster_ingest.testing.noserver import NoServer
from tests import search_servers
from tests.publish.fault_stores import STORES, Store

# Of the store `opensearch`, which runs on a stand-in otherwise.
REAL = [
    pytest.param("real opensearch", marks=pytest.mark.opensearch),
    pytest.param("real elasticsearch", marks=pytest.mark.elasticsearch),
]
_OF_SEARCH = {
    "opensearch": search_servers.STAND_IN,
    "real opensearch": search_servers.OPENSEARCH,
    "real elasticsearch": search_servers.ELASTICSEARCH_8,
}


def fresh(server: str, address: str) -> Store:
    """A store that runs on it, empty."""
    if server in _OF_SEARCH:
        return STORES["opensearch"].fresh(address, search_servers.engine_of(_OF_SEARCH[server]))
    return STORES[server].fresh(address)


@contextmanager
def servers(folder: Path) -> Iterator[Callable[[str], str]]:
    """The address by the name of a server; skips where there is no server. folder: for packages."""
    found: dict[str, str | NoServer] = {}
    with ExitStack() as stack:

        def started(name: str) -> str:
            if name in _OF_SEARCH:
                return stack.enter_context(search_servers.RUNNING[_OF_SEARCH[name]]())
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
                    found[name] = reason
            at = found[name]
            if isinstance(at, NoServer):
                pytest.skip(str(at))
            return at

        yield address
