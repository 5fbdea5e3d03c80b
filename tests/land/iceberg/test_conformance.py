"""The suite that every warehouse has to pass, over each kind of catalog."""

from __future__ import annotations

from dagster_ingest.testing.warehouses import LandingConformance


class SqliteProvider:
    """A catalog in a file beside the tables: nothing to bring up."""

    target = {"type": "iceberg"}  # noqa: RUF012
    secrets: dict[str, str] = {}  # noqa: RUF012
    shared, together = False, False

    def __init__(self, folder) -> None:
        self.folder = folder

    def __enter__(self):
        return self

    def __exit__(self, *error: object) -> None:
        pass


class TestIcebergOnSqlite(LandingConformance):
    provider = SqliteProvider
