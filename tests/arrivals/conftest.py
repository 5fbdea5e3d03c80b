"""A real broker, where there is one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dagster_ingest.testing import nats
from tests.servers import or_skip


@pytest.fixture(scope="session")
def _broker() -> Iterator[nats.Broker]:
    with or_skip(nats.running()) as broker:
        yield broker


@pytest.fixture
def broker(_broker: nats.Broker) -> Iterator[nats.Broker]:
    """With an empty stream ARRIVALS."""
    _broker.stream("ARRIVALS", "arrivals.>")
    yield _broker
    _broker.remove("ARRIVALS")
