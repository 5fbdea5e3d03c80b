"""A database for each test, in a stand-in for MongoDB."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from dagster_ingest.publish.mongodb import MongoReader
from dagster_ingest.spec.models import MongoTarget
from dagster_ingest.testing import mongodb
from tests.servers import or_skip


@pytest.fixture(scope="session")
def uri() -> Iterator[str]:
    with or_skip(mongodb.stand_in()) as address:
        yield address


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    return f"t{abs(hash(request.node.nodeid))}"


@pytest.fixture
def reader_at(database: str) -> Callable[..., MongoReader]:
    def make(
        uri: str,
        *,
        lock_seconds: float = 20.0,
        silence_seconds: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
        **options,
    ) -> MongoReader:
        given = {"reader": "mongodb", "url": "MONGO_URL", "database": database, **options}
        return MongoReader(
            MongoTarget.model_validate(given),
            lock_seconds=lock_seconds,
            silence_seconds=silence_seconds,
            environ={"MONGO_URL": uri},
            sleep=sleep,
        )

    return make


@pytest.fixture
def reader(uri: str, reader_at) -> MongoReader:
    return reader_at(uri)
