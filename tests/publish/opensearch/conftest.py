"""A store for each test, empty: a stand-in for OpenSearch, or the real one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from dagster_ingest.publish.opensearch import OpenSearchReader
from dagster_ingest.spec.models import OpenSearchTarget
from dagster_ingest.testing import opensearch
from tests.servers import or_skip


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of the stand-in, or of the real one where a test asks for it by the parameter `real`."""
    running = opensearch.real if getattr(request, "param", None) == "real" else opensearch.stand_in
    with or_skip(running()) as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    opensearch.wipe(server)
    return server


@pytest.fixture
def reader_at() -> Callable[..., OpenSearchReader]:
    def make(
        url: str,
        *,
        lock_seconds: float = 20.0,
        silence_seconds: float = 30.0,
        patient: bool = False,
        **options: object,
    ) -> OpenSearchReader:
        target = OpenSearchTarget.model_validate({"reader": "opensearch", "url": "SEARCH_URL", **options})
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
