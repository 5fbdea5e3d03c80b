"""The suite that every warehouse has to pass, over a catalog in a file beside the tables."""

from __future__ import annotations

from types import MappingProxyType

from dagster_ingest.testing.warehouses import LandingConformance
from dagster_ingest.testing.warehouses.world import InFolder


class Sqlite(InFolder):
    target = MappingProxyType({"type": "iceberg"})
    together = False


class TestIcebergOnSqlite(LandingConformance):
    provider = Sqlite
