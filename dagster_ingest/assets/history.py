"""What the event log says of one partition of an asset. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

_LOOKED_AT = 200
DECIDED = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}


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
    severe: bool
    timestamp: float
    since: float
    run_id: str
    metadata: dict[str, Any]
    description: str | None = None


def last_materialized(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str) -> Materialized | None:
    found = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition]), limit=1
    ).records
    if not found:
        return None
    entry = found[0].event_log_entry
    event = entry.asset_materialization
    assert event is not None  # what was asked for
    version = (event.tags or {}).get("dagster/data_version")
    return Materialized(entry.timestamp, entry.run_id, version, plain(event.metadata))


def last_check(instance: dg.DagsterInstance, check: dg.AssetCheckKey, partition: str) -> Checked | None:
    """The newest verdict, plans without an outcome passed over."""
    newest = _verdicts(instance.event_log_storage, check, partition, DECIDED, 1)
    return _checked(instance.event_log_storage, check, partition, newest[0]) if newest else None


def failed_last(instance: dg.DagsterInstance, check: dg.AssetCheckKey, partition: str) -> bool:
    """Whether the newest verdict is a failure; cheaper than last_check."""
    newest = _verdicts(instance.event_log_storage, check, partition, DECIDED, 1)
    return bool(newest) and newest[0].status == AssetCheckExecutionRecordStatus.FAILED


def not_passed(
    instance: dg.DagsterInstance, checks: Sequence[dg.AssetCheckKey], partition: str
) -> list[dg.AssetCheckKey]:
    """Those that did not pass last, by one query for all: they failed, or are planned and undecided."""
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        checks, PartitionKeyFilter(key=partition)
    )
    passed = AssetCheckExecutionRecordStatus.SUCCEEDED
    return [check for check in checks if check in latest and latest[check].status != passed]


def last_check_where(
    instance: dg.DagsterInstance,
    check: dg.AssetCheckKey,
    partition: str,
    wanted: Callable[[dict[str, Any]], bool],
) -> Checked | None:
    """The newest verdict whose metadata is `wanted`, among the latest of them."""
    log = instance.event_log_storage
    for record in _verdicts(log, check, partition, DECIDED, _LOOKED_AT):
        if wanted(plain(_evaluation(record).metadata)):
            return _checked(log, check, partition, record)
    return None


def _checked(log, check: dg.AssetCheckKey, partition: str, record) -> Checked:
    passed = record.status == AssetCheckExecutionRecordStatus.SUCCEEDED
    evaluation = _evaluation(record)
    return Checked(
        asset=tuple(check.asset_key.path),
        name=check.name,
        passed=passed,
        severe=evaluation.severity == dg.AssetCheckSeverity.ERROR,
        timestamp=record.event.timestamp,
        since=_since(log, check, partition, record, passed),
        run_id=record.run_id,
        metadata=plain(evaluation.metadata),
        description=evaluation.description,
    )


def _since(log, check, partition: str, record, passed: bool) -> float:
    """When the verdict last turned: the first one after the newest of the other kind."""
    other = AssetCheckExecutionRecordStatus.FAILED if passed else AssetCheckExecutionRecordStatus.SUCCEEDED
    turned = _verdicts(log, check, partition, {other}, 1)
    border = turned[0].id if turned else 0
    same = _verdicts(log, check, partition, {record.status}, _LOOKED_AT)
    return min((r.event.timestamp for r in same if r.id > border), default=record.event.timestamp)


def _verdicts(log, check, partition: str, status, limit: int):
    return log.get_asset_check_execution_history(
        check, limit=limit, status=status, partition_filter=PartitionKeyFilter(key=partition)
    )


def _evaluation(record):
    return record.event.dagster_event.asset_check_evaluation_data


def plain(metadata) -> dict[str, Any]:
    """Metadata of an event as the values that were given."""
    return {name: getattr(value, "value", value) for name, value in metadata.items()}
