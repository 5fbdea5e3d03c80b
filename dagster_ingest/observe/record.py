"""The one record that every step writes to the event log, as plain metadata."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What a step did to one partition of one asset. Counts are rows; sizes bytes; times seconds."""

    tenant: str
    state: str
    layer: str
    table: str
    load_id: str
    data_version: str | None = None
    contract_version: str | None = None
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_written: int = 0
    rows_deleted: int = 0
    bytes: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    unchanged: bool = False
    source: str | None = None
    outcome: str = "committed"

    def as_metadata(self) -> dict[str, Any]:
        """Field name to value, unset ones left out."""
        return {k: v for k, v in asdict(self).items() if v is not None}
