"""The `sling` connector holds what every connector has to hold, with a stand-in for the program."""

from __future__ import annotations

from typing import Any

from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.programs.provider import ProgramProvider


class SlingProvider(ProgramProvider):
    connector = "sling"
    program, script = "sling", "sling.py"
    lacks = ("loop", "rate_limited", "denied_midway")  # a database has no pages

    @property
    def secrets(self) -> dict[str, str]:  # type: ignore[override]
        rows = f"{self.folder}/drops/rows.jsonl"
        return {"SOURCE_DSN": f"rows://reader:s3cret-word@host{rows}?fault={self.fault}"}

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        return {"connection": {"secret": "SOURCE_DSN"}, "stream": "public.things"}


class TestSling(ConnectorConformance):
    provider = SlingProvider
