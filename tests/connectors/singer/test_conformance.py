"""The `singer` connector holds what every connector has to hold, with a tap of our own."""

from __future__ import annotations

from typing import Any, ClassVar

from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.programs.provider import ProgramProvider


class SingerProvider(ProgramProvider):
    connector = "singer"
    program, script = "tap-rows", "tap.py"
    lacks = ("loop", "short")  # a tap pages by itself and counts nothing
    secrets: ClassVar = {"TAP_KEY": "tap-s3cret/of=things"}

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = {"tap": self.program, "config": self.config()}
        return found | ({"replication": "incremental"} if incremental else {})


class TestSinger(ConnectorConformance):
    provider = SingerProvider
