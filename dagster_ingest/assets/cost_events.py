"""What steps wrote to the event log of their cost: of all assets, since a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.history import plain, verdicts_since
from dagster_ingest.observe.cost.recorded import Recorded
from dagster_ingest.spec.resolved import TenantSpec

_PAGE = 1000


def recorded(instance: dg.DagsterInstance, tenants: Sequence[TenantSpec], since: float) -> Iterator[Recorded]:
    """Materializations, and the contract checks of loads that materialized nothing. since: epoch seconds."""
    yield from _materialized(instance, since)
    for spec in tenants:
        for source in spec.sources:
            for table in source.tables:
                yield from _checked(instance, keys.asset_key(spec.name, "raw", table.raw), since)


def _materialized(instance: dg.DagsterInstance, since: float) -> Iterator[Recorded]:
    cursor: int | None = None
    while True:
        wanted = dg.EventRecordsFilter(
            event_type=dg.DagsterEventType.ASSET_MATERIALIZATION, after_timestamp=since, after_cursor=cursor
        )
        page = instance.event_log_storage.get_event_records(wanted, limit=_PAGE, ascending=True)
        for record in page:
            event = record.asset_materialization
            if event is not None:
                path, metadata = tuple(event.asset_key.path), plain(event.metadata)
                yield Recorded(record.timestamp, path, event.partition or "", metadata)
        if len(page) < _PAGE:
            return
        cursor = page[-1].storage_id


def _checked(instance: dg.DagsterInstance, key: dg.AssetKey, since: float) -> Iterator[Recorded]:
    for at, evaluation in verdicts_since(instance, dg.AssetCheckKey(key, keys.CONTRACT_CHECK), since):
        yield Recorded(at, tuple(key.path), evaluation.partition or "", plain(evaluation.metadata))
