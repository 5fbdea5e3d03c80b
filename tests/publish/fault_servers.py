"""A server for each store of the fault matrix, started when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dagster_ingest.testing import mongodb, opensearch, postgres
from dagster_ingest.testing.noserver import NoServer


@contextmanager
def servers(folder: Path) -> Iterator[Callable[[str], str]]:
    """The address by the name of a store; skips where there is no server. folder: for packages."""
    found: dict[str, str] = {}
    with ExitStack() as stack:

        def started(name: str) -> str:
            if name == "opensearch":
                return stack.enter_context(opensearch.stand_in())
            if name == "real opensearch":
                return stack.enter_context(opensearch.real())
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
