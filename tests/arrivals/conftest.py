"""A real broker, where there is one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dagster_ingest.testing import nats


@pytest.fixture(scope="session")
def _broker() -> Iterator[nats.Broker]:
    try:
        with nats.running() as broker:
            yield broker
    except nats.NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture
def broker(_broker: nats.Broker) -> Iterator[nats.Broker]:
    """With an empty stream ARRIVALS."""
    _broker.stream("ARRIVALS", "arrivals.>")
    yield _broker
    _broker.remove("ARRIVALS")
