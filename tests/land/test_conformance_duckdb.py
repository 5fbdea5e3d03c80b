from __future__ import annotations

from types import MappingProxyType

from dagster_ingest.testing.warehouses import LandingConformance
from dagster_ingest.testing.warehouses.world import InFolder


class LocalFile(InFolder):
    target = MappingProxyType({"type": "duckdb"})
    together = True


class TestDuckDB(LandingConformance):
    provider = LocalFile
