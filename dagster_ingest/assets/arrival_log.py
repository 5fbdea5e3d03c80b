"""What the event log knows of arrivals: calls that were taken, requests to look again, what became of loads.

Calls and requests are observations of the asset [tenant, arrival, source], which stands for the source as
seen from outside. Each has a number that grows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg

from dagster_ingest.arrivals.decide import Ended
from dagster_ingest.assets import keys
from dagster_ingest.assets.history import Checked, last_check, plain
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.spec.resolved import SourceSpec

ARRIVAL_CHECK = "arrival"
SOUND = "arrivals are looked for"
_CALL, _ENABLE = "call", "enable"
_AT_ONCE = 1000
_RUN_KEY = "dagster/run_key"
_ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


def arrival_key(tenant: str, source: str) -> dg.AssetKey:
    return keys.asset_key(tenant, "arrival", source)


def sensor_name(tenant: str, source: str) -> str:
    return f"{tenant}__{source}__arrival"


@dataclass(frozen=True, slots=True)
class Call:
    """states: what it says has something new, two letters each."""

    number: int
    id: str
    states: tuple[str, ...]


def record_call(
    instance: dg.DagsterInstance, tenant: str, source: str, call: str, states: tuple[str, ...]
) -> None:
    told: dict[str, Any] = {"what": _CALL, "call": call, "states": list(states)}
    instance.report_runless_asset_event(dg.AssetObservation(arrival_key(tenant, source), metadata=told))


def calls_after(instance: dg.DagsterInstance, tenant: str, source: str, number: int) -> Iterator[Call]:
    """Oldest first, at most a thousand."""
    wanted = dg.AssetRecordsFilter(arrival_key(tenant, source), after_storage_id=number)
    for record in instance.fetch_observations(wanted, limit=_AT_ONCE, ascending=True).records:
        said = _said(record)
        if said.get("what") == _CALL:
            yield Call(record.storage_id, said["call"], tuple(said["states"]))


def calls_since(instance: dg.DagsterInstance, tenant: str, source: str, seconds: float) -> dict[str, float]:
    """Calls of the last seconds: id to when it was taken."""
    since = time.time() - seconds
    wanted = dg.AssetRecordsFilter(arrival_key(tenant, source), after_timestamp=since)
    records = instance.fetch_observations(wanted, limit=10 * _AT_ONCE).records
    said = [(record.timestamp, _said(record)) for record in records]
    return {told["call"]: at for at, told in said if told.get("what") == _CALL}


def enable(instance: dg.DagsterInstance, tenant: str, source: str) -> None:
    """Ask the sensor to look again: it reads this in its next tick."""
    key = arrival_key(tenant, source)
    instance.report_runless_asset_event(dg.AssetObservation(key, metadata={"what": _ENABLE}))


def enabled(instance: dg.DagsterInstance, tenant: str, source: str) -> int:
    """Number of the last request to look again, 0 for none."""
    wanted = dg.AssetRecordsFilter(arrival_key(tenant, source))
    for record in instance.fetch_observations(wanted, limit=_AT_ONCE).records:
        if _said(record).get("what") == _ENABLE:
            return record.storage_id
    return 0


def ended(
    instance: dg.DagsterInstance, platform: TenantPlatform, source: SourceSpec, state: str, run_key: str
) -> Ended:
    """What became of the load that was asked for under a key."""
    wanted = dg.RunsFilter(job_name=keys.writers_job(platform.spec.name), tags={_RUN_KEY: run_key})
    found = instance.get_run_records(wanted, limit=1)  # the newest: it may have been tried again
    if not found:
        return "none"
    run = found[0].dagster_run
    if run.status not in _ENDED:
        return "open"
    if run.status == dg.DagsterRunStatus.SUCCESS:
        return "done"
    checks = [contract_check(instance, platform, table.raw, state) for table in source.tables]
    verdicts = [c for c in checks if c is not None and c.run_id == run.run_id and "error" not in c.metadata]
    return "done" if len(verdicts) == len(checks) else "failed"


def contract_check(
    instance: dg.DagsterInstance, platform: TenantPlatform, raw: str, state: str
) -> Checked | None:
    check = dg.AssetCheckKey(keys.asset_key(platform.spec.name, "raw", raw), keys.CONTRACT_CHECK)
    return last_check(instance, check, state)


def recorded(instance: dg.DagsterInstance, platform: TenantPlatform, raw: str, state: str) -> str:
    """Fingerprint of the last load of a table, if it came to a verdict; "" for none."""
    check = contract_check(instance, platform, raw, state)
    return str(check.metadata.get("fingerprint") or "") if check is not None else ""


def report(tenant: str, source: str, wrong: str) -> dg.AssetCheckEvaluation:
    """The check of a source's arrivals. wrong: why nobody looks any more, "" where all is well."""
    return dg.AssetCheckEvaluation(
        asset_key=arrival_key(tenant, source),
        check_name=ARRIVAL_CHECK,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"sensor": sensor_name(tenant, source)},
        description=wrong or SOUND,
    )


def reported(instance: dg.DagsterInstance, tenant: str, source: str) -> str:
    """Why nobody looks any more, as it was last reported; "" where all is well, or nothing was ever wrong."""
    check = dg.AssetCheckKey(arrival_key(tenant, source), ARRIVAL_CHECK)
    found = last_check(instance, check, None)
    return "" if found is None or found.passed else found.description or "it was not said why"


def _said(record: dg.EventLogRecord) -> dict:
    event = record.event_log_entry.asset_observation
    return plain(event.metadata) if event is not None else {}
