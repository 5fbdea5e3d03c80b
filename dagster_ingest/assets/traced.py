"""An executor whose runs are traced: a span for the run, one for each of its steps, and what hangs on them.

Off, it costs a run one look for the file. On, nothing that goes wrong with the telling fails a run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.executor.base import Executor

from dagster_ingest import tracing
from dagster_ingest.observe.telemetry.traces import tracer_of
from dagster_ingest.settings import Settings

if TYPE_CHECKING:
    from dagster_ingest.observe.telemetry.otel import Collected

_log = logging.getLogger("dagster_ingest.telemetry")
_ENDS = {
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.STEP_UP_FOR_RETRY,
    dg.DagsterEventType.STEP_SKIPPED,
}


def traced(executor: dg.ExecutorDefinition) -> dg.ExecutorDefinition:
    """The same executor under the same name."""
    make = executor.executor_creation_fn
    assert make is not None

    return dg.ExecutorDefinition(
        name=executor.name,
        config_schema=executor.config_schema,  # type: ignore[arg-type]  # one that is made already
        requirements=executor._requirements_fn,
        executor_creation_fn=lambda context: Traced(make(context)),
        description=executor.description,
    )


class Traced(Executor):
    """Runs another executor. Its steps must run in this process and thread."""

    def __init__(self, inner: Executor) -> None:
        self._inner = inner

    @property
    def retries(self):
        return self._inner.retries

    @property
    def step_dependency_config(self):
        return self._inner.step_dependency_config

    def execute(self, plan_context, execution_plan) -> Iterator[dg.DagsterEvent]:
        tracer = _tracer()
        events = self._inner.execute(plan_context, execution_plan)
        if tracer is None:
            yield from events
            return
        steps = _Steps(tracer, plan_context.dagster_run)
        try:
            for event in events:
                steps.saw(event)
                yield event
        finally:
            steps.end()
            tracer.flush()


def _tracer() -> Collected | None:
    """What is wrong with the telling stops no run; `validate` and this warning say it."""
    try:
        return tracer_of(Settings.load())
    except Exception as error:
        tracing.install(None)
        _log.warning("this run is not traced: %s", error)
        return None


class _Steps:
    """The spans of a run and of the step that it is at."""

    def __init__(self, tracer: Collected, run: dg.DagsterRun) -> None:
        self._tracer, self._failed = tracer, False
        self._open: dict[str, tracing.Span] = {}
        facts: dict[str, tracing.Value] = {"run_id": run.run_id, "job": run.job_name}
        for name, tag in (("tenant", "tenant"), ("state", "dagster/partition")):
            if tag in run.tags:
                facts[name] = run.tags[tag]
        self._run = tracer.run(run.run_id, f"run {run.job_name}", facts)
        tracing.begin(self._run)

    def saw(self, event: dg.DagsterEvent) -> None:
        kind, key = event.event_type, event.step_key
        if key is None:
            return
        if kind == dg.DagsterEventType.STEP_START:
            self._open[key] = self._tracer.start(f"step {key}", self._run, {"step": key})
            tracing.begin(self._open[key])
        elif kind in _ENDS and key in self._open:
            span = self._open.pop(key)
            if kind == dg.DagsterEventType.STEP_FAILURE:
                self._failed = True
                span.fail("StepFailure", tracing.masked(reason(event)))
            span.end()
            tracing.begin(self._run)

    def end(self) -> None:
        for span in self._open.values():
            span.fail("Interrupted", "the run ended before its step did")
            span.end()
        if self._failed or self._open:
            self._run.fail("RunFailure", "a step failed")
        self._run.end()
        tracing.begin(None)


def reason(event: dg.DagsterEvent) -> str:
    """Why a step failed, in its own words; of an error that led to another, the first."""
    data = event.step_failure_data
    told = data.user_failure_data
    if told is not None and told.description:
        return told.description
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else "failed"
