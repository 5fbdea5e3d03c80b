"""Servers that tests of search run on: a stand-in, OpenSearch and Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dagster_ingest.testing import elasticsearch, opensearch
from tests.servers import or_skip

STAND_IN, OPENSEARCH, ELASTICSEARCH = "stand-in", "opensearch", "elasticsearch"
ELASTICSEARCH_8 = "elasticsearch 8"
_RUNNING = {
    STAND_IN: opensearch.stand_in,
    OPENSEARCH: opensearch.real,
    ELASTICSEARCH: elasticsearch.seven,
    ELASTICSEARCH_8: elasticsearch.eight,
}
SERVERS = [
    STAND_IN,
    pytest.param(OPENSEARCH, marks=pytest.mark.opensearch),
    pytest.param(ELASTICSEARCH, marks=pytest.mark.elasticsearch),
]
WRITTEN_TO = [*SERVERS, pytest.param(ELASTICSEARCH_8, marks=pytest.mark.elasticsearch)]
"""With one that cannot be asked for shapes."""


@contextmanager
def running(server: str) -> Iterator[str]:
    """Its address. Skips with the reason where it cannot be had."""
    with or_skip(_RUNNING[server]()) as url:
        yield url


def engine_of(server: str) -> str:
    """As a target names it: only Elasticsearch knows its own media type."""
    return "elasticsearch" if server in (ELASTICSEARCH, ELASTICSEARCH_8) else "opensearch"
