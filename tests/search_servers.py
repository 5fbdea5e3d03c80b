"""Servers that tests of search run on: a stand-in, OpenSearch and Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dagster_ingest.testing import elasticsearch, opensearch
from tests.servers import or_skip

STAND_IN, OPENSEARCH = "stand-in", "opensearch"
ELASTICSEARCH_7, ELASTICSEARCH_8 = "elasticsearch 7", "elasticsearch 8"
RUNNING = {
    STAND_IN: opensearch.stand_in,
    OPENSEARCH: opensearch.real,
    ELASTICSEARCH_7: elasticsearch.seven,
    ELASTICSEARCH_8: elasticsearch.eight,
}
_ALL = [STAND_IN, pytest.param(OPENSEARCH, marks=pytest.mark.opensearch)]
ASKED = [*_ALL, pytest.param(ELASTICSEARCH_7, marks=pytest.mark.elasticsearch)]
"""For what an application may ask."""
WRITTEN_TO = [*_ALL, pytest.param(ELASTICSEARCH_8, marks=pytest.mark.elasticsearch)]
"""For what a reader writes and reads back; the last cannot be asked for shapes and suggestions."""


@contextmanager
def running(server: str) -> Iterator[str]:
    """Its address. Skips with the reason where it cannot be had."""
    with or_skip(RUNNING[server]()) as url:
        yield url


def engine_of(server: str) -> str:
    """As a target names it: only Elasticsearch knows its own media type."""
    return "elasticsearch" if server in (ELASTICSEARCH_7, ELASTICSEARCH_8) else "opensearch"
