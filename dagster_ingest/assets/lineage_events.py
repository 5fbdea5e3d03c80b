"""A run's event log as what became of its table steps: each told once started, once ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from dagster_ingest import tracing
from dagster_ingest.assets import keys
from dagster_ingest.assets.history import plain
from dagster_ingest.assets.traced import reason
from dagster_ingest.observe.telemetry.steps import Asserted, Kind, RunTold, StepTold, Told
from dagster_ingest.spec.resolved import TenantSpec

_Type = dg.DagsterEventType
_RUN_ENDS: dict[Any, Kind] = {
    _Type.RUN_SUCCESS: "COMPLETE",
    _Type.RUN_FAILURE: "FAIL",
    _Type.RUN_CANCELED: "ABORT",
}
READ = {
    _Type.ASSET_MATERIALIZATION_PLANNED,
    _Type.ASSET_MATERIALIZATION,
    _Type.ASSET_CHECK_EVALUATION,
    _Type.STEP_START,
    _Type.STEP_SUCCESS,
    _Type.STEP_FAILURE,
    _Type.RUN_START,
    *_RUN_ENDS,
}
_BLOCKED = "DagsterAssetCheckFailedError"


@dataclass
class _Table:
    """An asset of the run on its way."""

    key: dg.AssetKey
    ended: bool = False
    failed: str | None = None
    asserted: list[Asserted] = field(default_factory=list)


@dataclass
class Fold:
    """The events of one run, in order. specs: of the tenants, for the rules that hold."""

    run: dg.DagsterRun
    specs: Mapping[str, TenantSpec]
    _steps: dict[str, dict[dg.AssetKey, _Table]] = field(default_factory=dict)
    _open: dict[str, dict[dg.AssetKey, _Table]] = field(default_factory=dict)

    def told(self, entries: Iterable[dg.EventLogEntry]) -> Iterator[Told]:
        """What is to be told, in order: of the same entries the same, and of more of them more at the end."""
        for entry in entries:
            if entry.dagster_event is not None:
                yield from self._of(entry.dagster_event, entry.timestamp)

    def _of(self, event: dg.DagsterEvent, at: float) -> Iterator[Told]:
        kind, step = event.event_type, event.step_key or ""
        if kind == _Type.RUN_START:
            yield self._run("START", at)
        elif kind in _RUN_ENDS:
            for left in list(self._open):
                yield from self._end(left, at, lambda table: "the run ended before this step did")
            yield self._run(_RUN_ENDS[kind], at, event.message if kind == _Type.RUN_FAILURE else None)
        elif kind == _Type.ASSET_MATERIALIZATION_PLANNED and event.asset_key is not None:
            if _is_a_tenants(event.asset_key):
                self._steps.setdefault(step, {})[event.asset_key] = _Table(event.asset_key)
        elif kind == _Type.STEP_START:
            self._open[step] = self._steps.get(step, {})
            for table in self._open[step].values():
                yield self._step(table, "START", at)
        elif kind == _Type.ASSET_CHECK_EVALUATION:
            self._checked(event)
        elif kind == _Type.ASSET_MATERIALIZATION and event.asset_key is not None:
            found = self._find(event.asset_key)
            if found is not None:
                found.ended = True
                metadata = plain(event.step_materialization_data.materialization.metadata)
                yield self._step(found, "COMPLETE", at, record=metadata)
        elif kind == _Type.STEP_SUCCESS:
            yield from self._end(step, at, lambda table: table.failed)
        elif kind == _Type.STEP_FAILURE:
            yield from self._end(step, at, _reasons(event))

    def _checked(self, event: dg.DagsterEvent) -> None:
        check = event.asset_check_evaluation_data
        table = self._find(check.asset_key)
        if table is None:
            return
        metadata, severe = plain(check.metadata), check.severity == dg.AssetCheckSeverity.ERROR
        if check.check_name == keys.CONTRACT_CHECK:
            table.asserted += self._rules(check.asset_key, metadata)
        elif check.check_name not in (keys.DRIFT_CHECK, keys.REVIEW_CHECK):
            rows = metadata.get("failing_rows")
            severity = "error" if severe else "warn"
            table.asserted.append(Asserted(check.check_name, bool(check.passed), None, severity, rows))
        if not check.passed and severe and not table.ended:
            table.failed = tracing.masked(check.description or f"the check {check.check_name} failed")

    def _rules(self, key: dg.AssetKey, metadata: Mapping[str, Any]) -> Iterator[Asserted]:
        """All rules of the contract, where the rows were judged by them; the event names the broken ones."""
        if metadata.get("unchanged") or "outcome" not in metadata:
            return
        broken = {one["rule"]: one for one in (metadata.get("verdict") or {}).get("results", ())}
        spec = self.specs.get(key.path[0])
        tables = [t for s in spec.sources for t in s.tables if t.raw == key.path[2]] if spec else []
        rules = {rule.id: rule for table in tables for rule in table.contract.rules}
        for name in dict.fromkeys([*rules, *broken]):
            column = name.partition("|")[0]
            found, rule = broken.get(name), rules.get(name)
            severity = found["severity"] if found else rule.severity if rule else "error"
            failed = int(found["failed"]) if found else 0
            yield Asserted(name, not failed, None if column == "*" else column, severity, failed)

    def _end(self, step: str, at: float, why) -> Iterator[Told]:
        """Tables of a step that are not told to have ended. why: what kept one from it, if anything did."""
        for table in self._open.pop(step, {}).values():
            if not table.ended:
                table.ended = True
                reason = table.failed or why(table)
                yield self._step(table, "COMPLETE" if reason is None else "FAIL", at, error=reason)

    def _find(self, key: dg.AssetKey) -> _Table | None:
        return next((tables[key] for tables in self._open.values() if key in tables), None)

    def _step(self, table: _Table, kind: Kind, at: float, *, record=None, error=None) -> StepTold:
        tenant, (layer, name) = table.key.path[0], keys.table_of(table.key)
        return StepTold(
            run_id=self.run.run_id,
            job=self.run.job_name,
            kind=kind,
            at=at,
            tenant=tenant,
            state=self.run.tags.get("dagster/partition", ""),
            error=error,
            layer=layer,
            table=name,
            record=record or {},
            asserted=tuple(table.asserted) if table.asserted and kind != "START" else None,
        )

    def _run(self, kind: Kind, at: float, message: str | None = None) -> RunTold:
        tags = self.run.tags
        return RunTold(
            run_id=self.run.run_id,
            job=self.run.job_name,
            kind=kind,
            at=at,
            tenant=tags.get("tenant", ""),
            state=tags.get("dagster/partition", ""),
            # Dagster's own words quote steps; what else stands in there is not known.
            error=_own_words(message) if message else None,
        )


def _reasons(event: dg.DagsterEvent):
    """Table to what kept it from being made: dbt names the models, a blocking check its own table."""
    data = event.step_failure_data
    told = data.user_failure_data
    text = told.description if told is not None and told.description else ""
    failed = plain(told.metadata).get("failed") if told is not None else None
    blocked = data.error is not None and data.error.cls_name == _BLOCKED

    def why(table: _Table) -> str | None:
        name = ".".join(keys.table_of(table.key))
        if failed is not None:
            own = [line for line in text.splitlines() if line.startswith(f"{name}: ")]
            return tracing.masked("\n".join(own) or "what it is made from failed") if name in failed else None
        if blocked:
            return None
        return tracing.masked(reason(event))

    return why


def _own_words(message: str) -> str:
    return message if message.startswith("Execution of run for") else tracing.masked(message)


def _is_a_tenants(key: dg.AssetKey) -> bool:
    return len(key.path) == 3
