"""What became of a run and of its table steps, as values: what an OpenLineage event is made of."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["START", "COMPLETE", "FAIL", "ABORT"]
_SPACE = uuid.UUID("6f0d1bd8-2f0a-5d4e-9a0c-3c1b2d1f7a55")


@dataclass(frozen=True, slots=True)
class Asserted:
    """One rule or test. failed: rows that broke it, where they were counted. No value of any row."""

    name: str
    success: bool
    column: str | None = None
    severity: str = "error"
    failed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTold:
    """The Dagster run itself. at: seconds of the epoch."""

    run_id: str
    job: str
    kind: Kind
    at: float
    tenant: str = ""
    state: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTold(RunTold):
    """One table of the run.

    record    of the step, as its metadata tells it; empty where nothing was written
    asserted  the verdict on the rows; None where none was given
    """

    layer: str
    table: str
    record: Mapping[str, Any] = field(default_factory=dict)
    asserted: tuple[Asserted, ...] | None = None

    @property
    def id(self) -> uuid.UUID:
        """The same for each event of this table in this run, however often it is sent."""
        return uuid.uuid5(_SPACE, f"{self.run_id}/{self.tenant}/{self.layer}/{self.table}/{self.state}")


Told = RunTold | StepTold
