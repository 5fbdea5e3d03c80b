from __future__ import annotations

from dagster_ingest.testing.warehouses import LandingConformance


class LocalFile:
    """The tenant's own file: nothing to bring up."""

    target = {"type": "duckdb"}  # noqa: RUF012
    secrets: dict[str, str] = {}  # noqa: RUF012
    shared, together = False, True

    def __init__(self, folder) -> None:
        self.folder = folder

    def __enter__(self):
        return self

    def __exit__(self, *error: object) -> None:
        pass


class TestDuckDB(LandingConformance):
    provider = LocalFile
