"""The provider of the conformance suite for connectors that run a program."""

from __future__ import annotations

import os
from typing import Any, ClassVar, Self
from unittest.mock import patch

from dagster_ingest.testing.programs import install, write_rows
from dagster_ingest.testing.served import Provider, Table


class ProgramProvider(Provider):
    """Rows lie in a file that the program reads.

    program, script  what the program is called, and the file beside this one that it is
    lacks            faults that it cannot have; it tries again by itself
    fault            what it has now, or ""
    """

    program: ClassVar[str]
    script: ClassVar[str]
    lacks: ClassVar[tuple[str, ...]] = ()
    fault: str = ""

    def __enter__(self) -> Self:
        install(self.folder / "programs", self.program, self.script)
        self._environ = patch.dict(os.environ, {"DAGSTER_INGEST_PROGRAMS": str(self.folder / "programs")})
        self._environ.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._environ.stop()

    def serve(self, table: Table) -> None:
        write_rows(self.folder / "drops" / "rows.jsonl", table.columns, table.rows())

    def inject(self, fault: str) -> bool:
        if fault in self.lacks or fault.startswith("once:"):
            return False
        self.fault = fault
        return True

    def heal(self) -> None:
        self.fault = ""

    def config(self) -> dict[str, Any]:
        """Of a program that takes its configuration from a file, with the first of `secrets`."""
        stream = "others" if self.fault == "absent" else "things"
        told = {"fault": self.fault, "secret": {"secret": next(iter(self.secrets))}}
        return {"path": "{drops}/rows.jsonl", "stream": stream, "watermark": "changed_at"} | told
