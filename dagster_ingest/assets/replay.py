"""Replays in Dagster: the run config that asks for one, and where a verdict sends its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from dagster_ingest.assets.review import Place
    from dagster_ingest.errors import IngestError
    from dagster_ingest.extract.result import LoadResult

REPLAY = {
    "replay": dg.Field(
        bool,
        default_value=False,
        description="Audit what was kept of the latest delivery again, instead of reading the source.",
    )
}


class Replays:
    """What this run was asked for. A table without anything to replay keeps its verdict; the run fails."""

    def __init__(self, context: dg.AssetExecutionContext) -> None:
        self._context = context
        self.asked = bool((context.op_execution_context.op_config or {}).get("replay"))
        self._refused: dict[str, IngestError] = {}

    def refuse(self, key: dg.AssetKey, error: IngestError) -> None:
        self._context.log.error(f"{key.to_user_string()} was not replayed: {error}")
        self._refused[key.to_user_string()] = error

    def end(self) -> None:
        """Last of all: what the other tables yielded stands."""
        if self._refused:
            told = "; ".join(f"{key}: {error.problem}" for key, error in self._refused.items())
            raise dg.Failure(f"not replayed: {told}", allow_retries=False)


def quarantine_metadata(place: Place, result: LoadResult) -> dict[str, Any]:
    """Where the refused rows are, and what to do with them."""
    if not result.verdict.rows_rejected:
        return {}
    tenant, table = place.platform.spec.name, place.table.raw
    words = f"dagster-ingest quarantine {{}} {tenant} {table} --state {place.state}"
    listed = f"dagster-ingest quarantine list --tenant {tenant} --table {table} --state {place.state}"
    return {
        "quarantine": f"quarantine.{table}",
        "quarantine_list": listed,
        "quarantine_replay": words.format("replay"),
    }
