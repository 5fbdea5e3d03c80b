"""The `airbyte` connector holds what every connector has to hold, with a source of our own."""

from __future__ import annotations

from typing import Any, ClassVar

from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.programs.provider import ProgramProvider


class AirbyteProvider(ProgramProvider):
    connector = "airbyte"
    program, script = "source-rows", "source.py"
    lacks = ("loop",)  # a source pages by itself
    secrets: ClassVar = {"SOURCE_KEY": "src-s3cret/of=things"}

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = {"connector": self.program, "config": self.config()}
        return found | ({"sync": "incremental"} if incremental else {})


class TestAirbyte(ConnectorConformance):
    provider = AirbyteProvider
