"""What the event log says of an asset and its partitions. Reads only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import sqlalchemy as db
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetKeyTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster_shared.serdes import deserialize_value

_LOOKED_AT = 200
_PAGES = (1, 8, 64)  # most often the newest is the one: an event costs more to read than to find
_AT_ONCE = 400  # assets in a query
_VERSION = "dagster/data_version"
_PAGE = 1000
_LONGEST_RUN = 86_400  # seconds between the plan of a check and its verdict
FAILED = {AssetCheckExecutionRecordStatus.FAILED}
DECIDED = {AssetCheckExecutionRecordStatus.SUCCEEDED, *FAILED}


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
    return _materialized(found[0].event_log_entry)


def _materialized(entry: dg.EventLogEntry) -> Materialized:
    event = entry.asset_materialization
    assert event is not None  # what was asked for
    version = (event.tags or {}).get(_VERSION)
    return Materialized(entry.timestamp, entry.run_id, version, plain(event.metadata))


def data_versions(
    instance: dg.DagsterInstance, wanted: Sequence[dg.AssetKey], partition: str
) -> dict[dg.AssetKey, str | None]:
    """Of the last materialization of each asset that has one: one query for many assets."""
    log = instance.event_log_storage
    if not isinstance(log, SqlEventLogStorage):
        events = {key: last_materialized(instance, key, partition) for key in wanted}
        return {key: event.data_version for key, event in events.items() if event is not None}
    found: dict[dg.AssetKey, str | None] = {}
    texts = [key.to_string() for key in wanted]
    for start in range(0, len(texts), _AT_ONCE):
        with log.index_connection() as connection:
            rows = connection.execute(_newest(texts[start : start + _AT_ONCE], partition)).fetchall()
        for (text,) in rows:
            entry = deserialize_value(str(text), dg.EventLogEntry)
            event = entry.asset_materialization
            assert event is not None  # what was asked for
            found[event.asset_key] = (event.tags or {}).get(_VERSION)
    return found


def _newest(assets: Sequence[str], partition: str):
    """The newest materialization of each asset that was not wiped since. Not by the table of tags: those
    of an event that was wiped stay there under its number, which SQLite gives to another."""
    events, known = SqlEventLogStorageTable.c, AssetKeyTable.c
    newest = (
        db.select(db.func.max(events.id))
        .join(AssetKeyTable, known.asset_key == events.asset_key, isouter=True)
        .where(
            events.asset_key.in_(assets),
            events.partition == partition,
            events.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION.value,
            db.or_(known.wipe_timestamp.is_(None), events.timestamp > known.wipe_timestamp),
        )
        .group_by(events.asset_key)
    )
    return db.select(events.event).where(events.id.in_(newest))


def last_check(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, partition: str | None
) -> Checked | None:
    """The newest verdict, plans without an outcome passed over. partition: None of an asset without any."""
    newest = _verdicts(instance.event_log_storage, check, partition, DECIDED, 1)
    return _checked(instance.event_log_storage, check, partition, newest[0]) if newest else None


def failed_last(instance: dg.DagsterInstance, check: dg.AssetCheckKey, partition: str) -> bool:
    """Whether the newest verdict is a failure; cheaper than last_check."""
    newest = _verdicts(instance.event_log_storage, check, partition, DECIDED, 1)
    return bool(newest) and newest[0].status == AssetCheckExecutionRecordStatus.FAILED


def newest_verdict(
    instance: dg.DagsterInstance,
    check: dg.AssetCheckKey,
    partition: str,
    wanted: Callable[[dict[str, Any]], bool] = lambda metadata: True,
) -> tuple[float, dict[str, Any]] | None:
    """Time and metadata of the newest verdict whose metadata is `wanted`, among the latest of them."""
    log, cursor, left = instance.event_log_storage, None, _LOOKED_AT
    for page in (*_PAGES, _LOOKED_AT):
        found = _verdicts(log, check, partition, DECIDED, min(page, left), cursor)
        for record in found:
            metadata = plain(_evaluation(record).metadata)
            if wanted(metadata):
                return record.event.timestamp, metadata
        left -= len(found)
        if len(found) < page or not left:
            return None
        cursor = found[-1].id
    return None


def newest_verdicts(
    instance: dg.DagsterInstance, checks: Sequence[dg.AssetCheckKey], partition: str
) -> dict[dg.AssetCheckKey, tuple[float, dict[str, Any]]]:
    """newest_verdict of each of the checks that has one; one query for those that were decided last."""
    where = partition_filter(partition)
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks, where)
    found = {}
    for check in [check for check in checks if check in records]:
        record = records[check]
        if record.status in DECIDED and record.event is not None:
            found[check] = (record.event.timestamp, plain(_evaluation(record).metadata))
        elif (before := newest_verdict(instance, check, partition)) is not None:  # only planned as yet
            found[check] = before
    return found


def verdicts_since(
    instance: dg.DagsterInstance,
    check: dg.AssetCheckKey,
    since: float,
    status: set[AssetCheckExecutionRecordStatus] = DECIDED,
) -> Iterator[tuple[float, dg.AssetCheckEvaluation]]:
    """Time and verdict, of all partitions, the newest first: it ends where the plans are too old."""
    cursor = None
    while True:
        page = instance.event_log_storage.get_asset_check_execution_history(
            check, limit=_PAGE, cursor=cursor, status=status
        )
        for record in page:
            if record.create_timestamp < since - _LONGEST_RUN:
                return
            event, evaluation = record.event, record.evaluation
            if event is not None and evaluation is not None and event.timestamp >= since:
                yield event.timestamp, evaluation
        if len(page) < _PAGE:
            return
        cursor = page[-1].id


def failing(
    instance: dg.DagsterInstance, checks: Sequence[dg.AssetCheckKey], partitions: Sequence[str]
) -> dict[str, list[dg.AssetCheckKey]]:
    """By partition, in the order of `checks`: those whose newest verdict is a failure. One query for all."""
    log, wanted = instance.event_log_storage, set(checks)
    if not isinstance(log, SqlEventLogStorage):
        return {each: [c for c in checks if failed_last(instance, c, each)] for each in partitions}
    assets = list(dict.fromkeys(check.asset_key.to_string() for check in checks))
    found: dict[str, set[dg.AssetCheckKey]] = {partition: set() for partition in partitions}
    for start in range(0, len(assets), _AT_ONCE):
        with log.index_connection() as connection:
            rows = connection.execute(_last_failed(assets[start : start + _AT_ONCE])).fetchall()
        for asset, name, partition in rows:
            key = dg.AssetCheckKey(dg.AssetKey(json.loads(str(asset))), str(name))
            if key in wanted and str(partition) in found:
                found[str(partition)].add(key)
    return {partition: [c for c in checks if c in failed] for partition, failed in found.items()}


def _last_failed(assets: Sequence[str]):
    """Asset, check and partition where no success is as new as the newest failure."""
    table, status = AssetCheckExecutionsTable.c, AssetCheckExecutionRecordStatus
    places = (table.asset_key, table.check_name, table.partition)
    newest = {
        s: db.func.max(db.case((table.execution_status == s.value, table.id), else_=0)) for s in DECIDED
    }
    return (
        db.select(*places)
        .where(table.asset_key.in_(assets), table.execution_status.in_([s.value for s in DECIDED]))
        .group_by(*places)
        .having(newest[status.FAILED] > newest[status.SUCCEEDED])
    )


def last_materialized_of_each(
    instance: dg.DagsterInstance, key: dg.AssetKey, partitions: Sequence[str]
) -> dict[str, Materialized]:
    """By partition, where there is one: two queries for all."""
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    ids = instance.event_log_storage.get_latest_storage_id_by_partition(key, kind, set(partitions))
    if not ids:
        return {}
    wanted = dg.AssetRecordsFilter(asset_key=key, storage_ids=sorted(ids.values()))
    records = instance.fetch_materializations(wanted, limit=len(ids)).records
    return {r.partition_key: _materialized(r.event_log_entry) for r in records if r.partition_key}


def _checked(log, check: dg.AssetCheckKey, partition: str | None, record) -> Checked:
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


def _since(log, check, partition: str | None, record, passed: bool) -> float:
    """When the verdict last turned: the first one after the newest of the other kind."""
    other = AssetCheckExecutionRecordStatus.FAILED if passed else AssetCheckExecutionRecordStatus.SUCCEEDED
    turned = _verdicts(log, check, partition, {other}, 1)
    border = turned[0].id if turned else 0
    same = _verdicts(log, check, partition, {record.status}, _LOOKED_AT)
    return min((r.event.timestamp for r in same if r.id > border), default=record.event.timestamp)


def _verdicts(log, check, partition: str | None, status, limit: int, cursor: int | None = None):
    where = partition_filter(partition)
    return log.get_asset_check_execution_history(
        check, limit=limit, cursor=cursor, status=status, partition_filter=where
    )


def partition_filter(partition: str | None) -> PartitionKeyFilter:
    return PartitionKeyFilter(key=partition)


def _evaluation(record):
    return record.event.dagster_event.asset_check_evaluation_data


def plain(metadata) -> dict[str, Any]:
    """Metadata of an event as the values that were given."""
    return {name: getattr(value, "value", value) for name, value in metadata.items()}


def count_of(metadata: dict[str, Any], name: str) -> int:
    """A count in plain metadata; 0 where it says none."""
    return int(metadata.get(name) or 0)
