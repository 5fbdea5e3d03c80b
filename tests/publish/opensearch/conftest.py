"""A store for each test, empty: a stand-in for OpenSearch, or a real one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from dagster_ingest.publish.opensearch import OpenSearchReader
from dagster_ingest.spec.models import OpenSearchTarget
from dagster_ingest.testing import opensearch
from tests import search_servers


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of the stand-in, or of the one that a test names by this parameter."""
    with search_servers.running(getattr(request, "param", search_servers.STAND_IN)) as url:
        yield url


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """Of `server`, as a target names it."""
    named = getattr(request.node, "callspec", None)
    return search_servers.engine_of(named.params.get("server", "") if named else "")


@pytest.fixture
def url(server: str) -> str:
    opensearch.wipe(server)
    return server


@pytest.fixture
def reader_at(engine: str) -> Callable[..., OpenSearchReader]:
    def make(
        url: str,
        *,
        lock_seconds: float = 20.0,
        silence_seconds: float = 30.0,
        patient: bool = False,
        **options: object,
    ) -> OpenSearchReader:
        target = OpenSearchTarget.model_validate(
            {"reader": "opensearch", "url": "SEARCH_URL", "engine": engine, **options}
        )
        environ = {"SEARCH_URL": url}
        return OpenSearchReader(
            target,
            lock_seconds=lock_seconds,
            silence_seconds=silence_seconds,
            environ=environ,
            sleep=time.sleep if patient else lambda _: None,
        )

    return make


@pytest.fixture
def reader(url: str, reader_at) -> OpenSearchReader:
    return reader_at(url)
