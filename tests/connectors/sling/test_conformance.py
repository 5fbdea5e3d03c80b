"""The `sling` connector holds what every connector has to hold, with a stand-in for the program."""

from __future__ import annotations

import os
from typing import Any
from unittest.mock import patch

from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.programs import install, write_rows
from dagster_ingest.testing.served import Provider, Table


class SlingProvider(Provider):
    connector = "sling"

    def __enter__(self) -> SlingProvider:
        install(self.folder / "programs", "sling", "sling.py")
        self._environ = patch.dict(os.environ, {"DAGSTER_INGEST_PROGRAMS": str(self.folder / "programs")})
        self._environ.start()
        self.heal()
        return self

    def __exit__(self, *raised: object) -> None:
        self._environ.stop()

    def serve(self, table: Table) -> None:
        write_rows(self.folder / "rows.jsonl", table.columns, table.rows())

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        return {"connection": {"secret": "SOURCE_DSN"}, "stream": "public.things"}

    def inject(self, fault: str) -> bool:
        if fault in ("loop", "rate_limited", "denied_midway") or fault.startswith("once:"):
            return False  # a database has no pages, and sling tries again by itself
        self._address(fault)
        return True

    def heal(self) -> None:
        self._address("")

    def _address(self, fault: str) -> None:
        address = f"rows://reader:s3cret-word@{self.folder}/rows.jsonl?fault={fault}"
        self.secrets = {"SOURCE_DSN": address.replace(f"@{self.folder}", f"@host{self.folder}")}


class TestSling(ConnectorConformance):
    provider = SlingProvider
