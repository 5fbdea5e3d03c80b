"""A web API on loopback that behaves, and misbehaves, as it is told.

with FakeServer() as server:
    server.route("/services", Pages(rows, kind="offset"))
    server.script("/services", faults.status(500), on=2)
    ... read server.url + "/services" ...
    assert server.count("/services") == 4
"""

from dagster_ingest.testing.http import faults
from dagster_ingest.testing.http.gates import Basic, Bearer, Key, OAuth
from dagster_ingest.testing.http.ids import IdList
from dagster_ingest.testing.http.pages import Pages
from dagster_ingest.testing.http.server import Answer, Asked, FakeServer

__all__ = [
    "Answer",
    "Asked",
    "Basic",
    "Bearer",
    "FakeServer",
    "IdList",
    "Key",
    "OAuth",
    "Pages",
    "faults",
]
