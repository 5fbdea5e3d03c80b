"""What every connector has to hold, as a pytest class that its test inherits:

    class TestHttp(ConnectorConformance):
        provider = HttpProvider

The provider (see served.Provider) serves tables of known rows and breaks the source on request. What a
connector does not claim, or a provider cannot do, is skipped with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from dagster_ingest import redact
from dagster_ingest.testing.connectors.claims import Claims
from dagster_ingest.testing.connectors.cursors import Cursors
from dagster_ingest.testing.connectors.discretion import Discretion
from dagster_ingest.testing.connectors.faults import Faults
from dagster_ingest.testing.connectors.rows import Rows
from dagster_ingest.testing.served import Provider


class ConnectorConformance(Claims, Rows, Faults, Cursors, Discretion):
    """Inherit from it and set `provider`."""

    provider: ClassVar[type[Provider]]

    @pytest.fixture
    def source(self, tmp_path: Path) -> Iterator[Provider]:
        folder = tmp_path / "source"
        (folder / "drops").mkdir(parents=True)
        redact.forget()
        with self.provider(folder) as made:
            for name, value in made.secrets.items():
                redact.remember(value, name)  # as a run does
            yield made
        redact.forget()
