"""What the event log says of one partition of an asset. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.event_api import PartitionKeyFilter

_DECIDED = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}


@dataclass(frozen=True, slots=True)
class Materialized:
    """A materialization: when (epoch seconds), by which run, as which data version."""

    timestamp: float
    run_id: str
    data_version: str | None
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """A check's latest verdict. `since` is when the present run of equal verdicts began."""

    asset: tuple[str, ...]
    name: str
    passed: bool
    blocking: bool
    timestamp: float
    since: float
    run_id: str
    metadata: dict[str, Any]
    description: str | None = None


def last_materialized(
    instance: dg.DagsterInstance, key: dg.AssetKey, partition: str
) -> Materialized | None:
    found = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition]), limit=1
    ).records
    if not found:
        return None
    entry = found[0].event_log_entry
    event = entry.asset_materialization
    version = (event.tags or {}).get("dagster/data_version")
    return Materialized(entry.timestamp, entry.run_id, version, _plain(event.metadata))


def last_check(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, partition: str
) -> Checked | None:
    """The newest verdict, plans without an outcome passed over."""
    log = instance.event_log_storage
    newest = log.get_asset_check_execution_history(
        check, limit=1, status=_DECIDED, partition_filter=PartitionKeyFilter(partition)
    )
    if not newest:
        return None
    record = newest[0]
    passed = record.status == AssetCheckExecutionRecordStatus.SUCCEEDED
    evaluation = record.event.dagster_event.asset_check_evaluation_data
    return Checked(
        asset=tuple(check.asset_key.path),
        name=check.name,
        passed=passed,
        blocking=evaluation.blocking if hasattr(evaluation, "blocking") else True,
        timestamp=record.event.timestamp,
        since=_since(log, check, partition, record, passed),
        run_id=record.run_id,
        metadata=_plain(evaluation.metadata),
        description=evaluation.description,
    )


def _since(log, check, partition: str, record, passed: bool) -> float:
    """When the verdict last turned: the first one after the newest of the other kind."""
    other = AssetCheckExecutionRecordStatus.FAILED if passed else AssetCheckExecutionRecordStatus.SUCCEEDED
    turned = log.get_asset_check_execution_history(
        check, limit=1, status={other}, partition_filter=PartitionKeyFilter(partition)
    )
    border = turned[0].id if turned else 0
    same = log.get_asset_check_execution_history(
        check, limit=200, status={record.status}, partition_filter=PartitionKeyFilter(partition)
    )
    return min(r.event.timestamp for r in same if r.id > border)


def _plain(metadata) -> dict[str, Any]:
    return {name: getattr(value, "value", value) for name, value in metadata.items()}
