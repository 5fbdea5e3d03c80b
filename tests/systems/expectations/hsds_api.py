"""The HSDS API, from a server on loopback: the package under ids of its own, read incrementally."""

from __future__ import annotations

from dagster_ingest.testing.fake.hsds_api import HsdsApi
from dagster_ingest.testing.http import FakeServer
from tests.systems.expectations.hsds import Feed

SOURCE = """connector: http
mode: incremental
settings: {url: "URL/api/v3", rate: null}
tables: {organization: , service: , location: , service_at_location: }"""
FEED = Feed("hsds_api", "a")
CANARIES, EXPECTED, GOES = FEED.canaries, FEED.expected(), [FEED.sunset]


def serve(server: FakeServer, day: int) -> None:
    HsdsApi(FEED.tables(day)).mount(server)
