"""The one record that every step writes to the event log, as plain metadata."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from dagster_ingest.land.backing import TAKEN, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What a step did to one partition of one asset. Counts are rows; sizes bytes; times seconds.

    bytes              of the partition, or of what was published
    bytes_read         by this process, from sources and stores
    bytes_written      to the warehouse, or to a store
    bytes_stored       what the partition takes there now
    bytes_scanned, execution_seconds, credits  what a warehouse outside tells of its statements, and
                       `queries` their ids; credits are often known hours later only: see observe/cost
    calls, characters, money  what went to geocoders and translators; money in the budget's currency
    """

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
    bytes_read: int | None = None
    bytes_written: int | None = None
    bytes_stored: int | None = None
    bytes_scanned: int | None = None
    execution_seconds: float | None = None
    credits: float | None = None
    queries: tuple[str, ...] = ()
    calls: int | None = None
    characters: int | None = None
    money: float | None = None

    def as_metadata(self) -> dict[str, Any]:
        """Field name to value, unset ones left out."""
        found = {k: v for k, v in asdict(self).items() if v is not None and v != ()}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}

    def told(self, receipt: Receipt | None) -> StepRecord:
        """With what a warehouse told."""
        if receipt is None:
            return self
        taken = {name: receipt.details[name] for name in TAKEN if receipt.details.get(name) is not None}
        return replace(self, queries=receipt.queries, **taken)
