from __future__ import annotations

import pytest

from dagster_ingest.land.duckdb import DuckDBLanding


@pytest.fixture
def warehouse(tmp_path):
    return tmp_path / "warehouse"


@pytest.fixture
def landing(warehouse):
    return DuckDBLanding(warehouse, "gulf", timeout=30)
