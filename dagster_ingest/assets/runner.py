"""Runs of a tenant's jobs for one state, on the instance that the UI shows."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
from dagster._core.code_pointer import CustomPointer, ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableRepository

from dagster_ingest.assets import keys
from dagster_ingest.assets.automation import readers_due
from dagster_ingest.assets.gate import gate
from dagster_ingest.assets.instance import TAG_PROCESS, close_orphans, open_instance, process_tag
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.task import Outcome, Task
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants

_MODULES = {"writers": "dagster_ingest.definitions", "readers": "dagster_ingest.definitions_readers"}
# The command line tells what failed in its own words; the whole log is in the event log.
_NO_DAEMON = {"dagster/max_retries": "0"}  # no code location started it, so the daemon could not try again
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def execute(task: Task, settings: Settings) -> Outcome:
    """Run one task in this process. Failures of the run are in the outcome, not raised."""
    with open_instance(settings) as instance:
        close_orphans(instance)
        if task.side == "readers":
            held = _held(instance, task, settings)
            if held is not None:
                return Outcome(task, None, True, held=held or None)
        job = _job(task)
        selection = _selection(instance, job, task)
        if selection is not None and not selection:
            return Outcome(task, None, True)
        if task.force and task.side == "writers":
            _forget_inputs(settings, task, selection)
        with dg.execute_job(
            job,
            instance=instance,
            run_config=_config(task, settings),
            tags={"dagster/partition": task.state, TAG_PROCESS: process_tag(), **_NO_DAEMON, **task.tags},
            asset_selection=selection,
            raise_on_error=False,
        ) as result:
            return _outcome(task, result.run_id, result.success, result.all_events)


def repository(side: str, tenant: str) -> dg.RepositoryDefinition:
    """One tenant's definitions out of a code location."""
    return getattr(importlib.import_module(_MODULES[side]), tenant)


def _job(task: Task):
    """The tenant's job. A pointer to the module itself would list it, which loads every tenant."""
    pointer = CustomPointer(ModuleCodePointer(__name__, "repository"), [task.side, task.tenant], [])
    name = keys.writers_job(task.tenant) if task.side == "writers" else keys.readers_job(task.tenant)
    return ReconstructableRepository(pointer).get_reconstructable_job(name)


def _held(instance: dg.DagsterInstance, task: Task, settings: Settings) -> str | None:
    """Why no reader is to be started: a reason, "" when all stores are current, None to start it."""
    loaded = load_tenants(replace(settings, tenants=(task.tenant,)))
    platform = TenantPlatform(settings, loaded.tenants[0])
    passage = gate(instance, platform, task.state)
    if not passage.open:
        return passage.reason()
    return None if task.force or readers_due(instance, platform, task.state, passage) else ""


def _config(task: Task, settings: Settings) -> dict[str, Any]:
    if not task.replay and not (task.force and task.side == "readers"):
        return _QUIET
    [spec] = load_tenants(replace(settings, tenants=(task.tenant,))).tenants
    if task.force:
        shown = [target.reader for target in spec.model.publish]
        chosen = [name for name in shown if not task.tables or f"published/{name}" in task.tables]
        anew = {keys.op_name(task.tenant, f"publish_{name}"): {"config": {"bulk": True}} for name in chosen}
        return {**_QUIET, "ops": anew}
    asked = [source.name for source in spec.sources if {t.raw for t in source.tables} & set(task.tables)]
    ops = {keys.op_name(task.tenant, f"load_{name}"): {"config": {"replay": True}} for name in asked}
    return {**_QUIET, "ops": ops}


def _forget_inputs(settings: Settings, task: Task, selection: list[dg.AssetKey] | None) -> None:
    """Let the chosen models be behind: what they were made from is struck from their record."""
    [spec] = load_tenants(replace(settings, tenants=(task.tenant,))).tenants
    platform = TenantPlatform(settings, spec)
    chosen = None if selection is None else {keys.table_of(key) for key in selection}
    platform.landing.record(
        [
            replace(version, inputs="")
            for name, version in platform.versions(task.state).items()
            if name[0] != "raw" and (chosen is None or name in chosen)
        ]
    )


def _selection(instance: dg.DagsterInstance, job, task: Task) -> list[dg.AssetKey] | None:
    """The assets to run, None for all of the job."""
    graph = job.get_definition().asset_layer.asset_graph
    chosen = [
        key
        for key in graph.materializable_asset_keys
        if not task.layers or keys.table_of(key)[0] in task.layers
    ]
    if task.tables:
        named = [table.split("/") if "/" in table else ("raw", table) for table in task.tables]
        asked = {keys.asset_key(task.tenant, layer, table) for layer, table in named}
        return [key for key in chosen if key in asked or graph.get_ancestor_asset_keys(key) & asked]
    if not task.retry:
        return chosen if task.layers else None
    failed = {key for key in chosen if _failed(instance, graph, key, task.state)}
    return [key for key in chosen if key in failed or graph.get_ancestor_asset_keys(key) & failed]


def _failed(instance: dg.DagsterInstance, graph, key: dg.AssetKey, state: str) -> bool:
    from dagster_ingest.assets.history import last_check

    verdicts = (last_check(instance, check, state) for check in graph.get_check_keys_for_assets({key}))
    return any(verdict is not None and not verdict.passed and verdict.severe for verdict in verdicts)


def _outcome(task: Task, run_id: str, success: bool, events: Sequence[dg.DagsterEvent]) -> Outcome:
    materialized, failed, errors = [], [], []
    for event in events:
        if event.is_step_materialization and event.asset_key is not None:
            materialized.append("/".join(event.asset_key.path[1:]))
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
                failed.append("/".join((*check.asset_key.path[1:], check.check_name)))
        elif event.is_step_failure:
            errors.append(failure_reason(event))
        elif event.event_type == dg.DagsterEventType.RUN_FAILURE and not errors:
            errors.append(event.message or "the run failed")
    return Outcome(task, run_id, success, tuple(materialized), tuple(failed), tuple(errors))


def failure_reason(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data is not None:
        return data.user_failure_data.description or "failed"
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else "failed"
