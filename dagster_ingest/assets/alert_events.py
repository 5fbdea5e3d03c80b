"""What the alerts sensor asks of the instance: what is new, which runs ended, budgets, sensors, receipts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import astuple
from typing import Any

import dagster as dg
from dagster._core.scheduler.instigation import InstigatorStatus, InstigatorType, TickStatus

from dagster_ingest import errors
from dagster_ingest.assets import keys
from dagster_ingest.assets.cost import KEY as COST
from dagster_ingest.assets.cost import check_name
from dagster_ingest.assets.history import DECIDED, plain
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.observe.alerts.failures import FAILURE, Ended, Failing, words
from dagster_ingest.observe.alerts.incident import Incident
from dagster_ingest.observe.alerts.incidents import budget, sensor
from dagster_ingest.observe.alerts.memory import Known
from dagster_ingest.observe.alerts.step import Item, Message
from dagster_ingest.redact import redact

BACK = 86_400.0
"""Seconds that are looked back where nothing is remembered."""
FAILS = 3
"""Ticks in a row after which a sensor is said not to work."""
_PAGE, _RECEIPTS, _VERDICTS = 200, 500, 50
_BY_HAND = "__ASSET_JOB"
_PARTITION, _RETRIES = "dagster/partition", "dagster/will_retry"
_BY_CHECK = "DagsterAssetCheckFailedError"
_ENDS = (
    dg.DagsterEventType.RUN_SUCCESS,
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.RUN_CANCELED,
)
_OURS = {name for name, kind in vars(errors).items() if isinstance(kind, type)} | {FAILURE}
_EVENTS = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.RUN_FAILURE,
}


def newest(instance: dg.DagsterInstance) -> int:
    """Id of the newest event of all; one cheap query."""
    return instance.event_log_storage.get_maximum_record_id() or 0


def decisions(instance: dg.DagsterInstance, platform: TenantPlatform) -> int:
    """Id of the newest verdict of a review: a person's no is put on record outside of any run."""
    asked = [t.raw for source in platform.spec.sources for t in source.tables if t.contract.review]
    tenant = platform.spec.name
    checks = [dg.AssetCheckKey(keys.asset_key(tenant, "raw", raw), keys.REVIEW_CHECK) for raw in asked]
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
    return max((record.id for record in records.values()), default=0)


def ended(instance: dg.DagsterInstance, tenant: str, after: int, now: float) -> Iterator[Ended]:
    """Runs of a tenant that ended after an event, in order. after 0: those of the last day."""
    found: list[dg.EventLogRecord] = []
    for kind in _ENDS:
        cursor, more = None, True
        wanted = dg.RunStatusChangeRecordsFilter(
            event_type=kind,  # type: ignore[arg-type]
            after_storage_id=after or None,
            after_timestamp=None if after else now - BACK,
        )
        while more:
            page = instance.fetch_run_status_changes(wanted, limit=_PAGE, cursor=cursor, ascending=True)
            found += page.records
            cursor, more = page.cursor, page.has_more
    for record in sorted(found, key=lambda record: record.storage_id):
        entry = record.event_log_entry
        run = _run_of(instance, tenant, entry.job_name or "", entry.run_id)
        if run is not None:
            yield _ended(instance, run, entry.timestamp)


def budget_incident(instance: dg.DagsterInstance, tenant: str, owners: tuple[str, ...]) -> Incident | None:
    """What the budget's check on `platform/cost` says, where it fails."""
    check = dg.AssetCheckKey(COST, check_name(tenant))
    records = instance.event_log_storage.get_asset_check_execution_history(
        check, limit=_VERDICTS, status=DECIDED
    )
    since, told = 0.0, None
    for record in records:
        evaluation = record.evaluation
        if evaluation is None or evaluation.passed or record.event is None:
            break
        since, told = record.event.timestamp, told or evaluation.description or "over its budget"
    return budget(tenant, owners, told, since) if told else None


def sensor_incidents(
    instance: dg.DagsterInstance,
    tenant: str,
    owners: tuple[str, ...],
    known: Collection[str],
    mine: str,
    now: float,
) -> Iterator[Incident]:
    """Sensors of a tenant that were switched off, or whose ticks fail one after another.

    known: those there are in the code; what was once is still remembered by the instance
    """
    for state in instance.all_instigator_state(instigator_type=InstigatorType.SENSOR):
        name = state.instigator_name
        if name == mine or name not in known:
            continue
        data = state.instigator_data
        if state.status == InstigatorStatus.STOPPED:
            since = getattr(data, "last_tick_timestamp", None) or now
            yield sensor(tenant, owners, name, "it is switched off", since)
            continue
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=FAILS)
        if len(ticks) == FAILS and all(tick.status == TickStatus.FAILURE for tick in ticks):
            error = ticks[0].error
            while error is not None and error.cause is not None:
                error = error.cause
            kind = (error.cls_name if error else None) or "an error"
            said = words(kind, error.message, ours=kind in _OURS) if error else ""
            yield sensor(tenant, owners, name, f"its ticks fail with {kind}: {said}", ticks[-1].timestamp)


def receipts_key(tenant: str) -> dg.AssetKey:
    return keys.asset_key(tenant, "alerts", "sent")


def report_sent(instance: dg.DagsterInstance, tenant: str, message: Message, title: str) -> None:
    """Put what was sent on record: from then on no restart sends it again."""
    items = [[i.key, i.what, i.times, list(astuple(i.known))] for i in message.items]
    metadata = {"id": message.id, "channel": message.channel, "items": json.dumps(items)}
    found = dg.AssetObservation(
        receipts_key(tenant), description=f"{message.channel}: {title}", metadata=metadata
    )
    instance.report_runless_asset_event(found)


def receipts(
    instance: dg.DagsterInstance, tenant: str, after: int | None, limit: int = _RECEIPTS
) -> list[tuple[float, str, Message]]:
    """When what was sent, in order, with its title: after an event, or the last of all."""
    wanted = dg.AssetRecordsFilter(receipts_key(tenant), after_storage_id=after)
    records = instance.fetch_observations(wanted, limit=limit).records
    found = []
    for record in reversed(records):
        event = record.event_log_entry.asset_observation
        if event is not None:
            message = _message(plain(event.metadata))
            found.append((record.timestamp, event.description or "", message))
    return found


def _message(metadata: dict[str, Any]) -> Message:
    items = []
    for key, what, times, (kind, severity, state, scope, owners, *rest) in json.loads(metadata["items"]):
        known = Known(kind, severity, state, scope, tuple(owners), *rest)
        items.append(Item(key, what, times, known))
    return Message(str(metadata["id"]), str(metadata["channel"]), tuple(items))


def _run_of(instance: dg.DagsterInstance, tenant: str, job: str, run_id: str) -> dg.DagsterRun | None:
    """The run, if it is the tenant's."""
    if not job.startswith((f"{tenant}__", _BY_HAND)):
        return None
    run = instance.get_run_by_id(run_id)
    if run is None or not job.startswith(_BY_HAND):
        return run
    chosen = run.asset_selection or ()
    return run if any(key.path[0] == tenant for key in chosen) else None


def _ended(instance: dg.DagsterInstance, run: dg.DagsterRun, at: float) -> Ended:
    state = run.tags.get(_PARTITION, "")
    done, told, failed, whole = set(), set(), [], None
    for entry in instance.all_logs(run.run_id, of_type=_EVENTS):
        event = entry.dagster_event
        if event is None:
            continue
        step = event.step_key or ""
        if event.event_type == dg.DagsterEventType.STEP_SUCCESS:
            done.add(step)
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            verdict = event.asset_check_evaluation_data
            if not verdict.passed and verdict.severity == dg.AssetCheckSeverity.ERROR:
                told.add(step)
        elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
            failed.append(_step_failed(run, state, step, event, at))
        else:
            whole = _run_failed(run, state, event, at)
    failing = [f for f in failed if f.error != _BY_CHECK and not (f.error == FAILURE and f.step in told)]
    if not failed and whole is not None:
        failing = [whole]
    # The next attempt has the word, or whoever stopped it knows why.
    if run.tags.get(_RETRIES) == "true" or run.status == dg.DagsterRunStatus.CANCELED:
        failing = []
    ok = run.status == dg.DagsterRunStatus.SUCCESS
    return Ended(run.job_name, state, ok, frozenset(done), tuple(failing))


def _step_failed(run: dg.DagsterRun, state: str, step: str, event: dg.DagsterEvent, at: float) -> Failing:
    data = event.step_failure_data
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    kind = (error.cls_name if error else None) or "an error"
    if data.user_failure_data is not None:
        kind, said = FAILURE, data.user_failure_data.description or ""
    else:
        said = error.message if error else ""
    return Failing(run.run_id, run.job_name, state, step, kind, words(kind, said, ours=kind in _OURS), at)


def _run_failed(run: dg.DagsterRun, state: str, event: dg.DagsterEvent, at: float) -> Failing:
    """A run that ended without a step that failed: it never started, or its process is gone."""
    said = redact(event.message or "")
    return Failing(run.run_id, run.job_name, state, "", "run failed", words("", said, ours=False), at)
