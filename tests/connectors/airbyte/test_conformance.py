"""The `airbyte` connector holds what every connector has to hold, with a source of our own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.programs import install, write_rows
from dagster_ingest.testing.served import Provider, Table


class AirbyteProvider(Provider):
    connector = "airbyte"
    secrets: ClassVar = {"SOURCE_KEY": "src-s3cret/of=things"}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._fault, self._stream = "", "things"

    def __enter__(self) -> AirbyteProvider:
        install(self.folder / "programs", "source-rows", "source.py")
        environ = {"DAGSTER_INGEST_PROGRAMS": str(self.folder / "programs")}
        self._environ = patch.dict(os.environ, environ)
        self._environ.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._environ.stop()

    def serve(self, table: Table) -> None:
        write_rows(self.folder / "drops" / "rows.jsonl", table.columns, table.rows())

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        config = {"path": "{drops}/rows.jsonl", "stream": self._stream, "watermark": "changed_at"}
        config |= {"fault": self._fault, "secret": {"secret": "SOURCE_KEY"}}
        found: dict[str, Any] = {"connector": "source-rows", "config": config}
        return found | ({"sync": "incremental"} if incremental else {})

    def inject(self, fault: str) -> bool:
        if fault == "absent":
            self._stream = "others"
        elif fault == "loop" or fault.startswith("once:"):
            return False  # a source pages and tries again by itself
        else:
            self._fault = fault
        return True

    def heal(self) -> None:
        self._fault, self._stream = "", "things"


class TestAirbyte(ConnectorConformance):
    provider = AirbyteProvider
