"""What every warehouse has to hold, as a pytest class that its test inherits:

    class TestIcebergOnSqlite(LandingConformance):
        provider = SqliteProvider

The provider (see world.Provider) brings the warehouse up and says how a target names it. Everything
goes through the tenant's landing as a run has it; processes that die are real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from dagster_ingest import redact
from dagster_ingest.testing.warehouses.cells import Cells
from dagster_ingest.testing.warehouses.deaths import Deaths
from dagster_ingest.testing.warehouses.loads import Loads
from dagster_ingest.testing.warehouses.world import Provider, World


class LandingConformance(Loads, Cells, Deaths):
    """Inherit from it and set `provider`."""

    provider: ClassVar[type[Provider]]

    @pytest.fixture
    def warehouse(self, tmp_path: Path) -> Iterator[Provider]:
        folder = tmp_path / "warehouse-under-test"
        folder.mkdir()
        with self.provider(folder) as made:
            yield made
        redact.forget()

    @pytest.fixture
    def world(self, warehouse: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
        made = World.build(tmp_path / "world", warehouse)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        return made
