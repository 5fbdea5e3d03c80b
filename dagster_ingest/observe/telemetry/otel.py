"""The one file that knows OpenTelemetry: spans of `tracing` to a collector, over OTLP/HTTP in protobuf.

A collector that is down costs a run at most `flush` seconds at its end, and fails nothing: what could
not be sent is dropped, and the log says so once.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from dagster_ingest.redact import redact
from dagster_ingest.spec.telemetry import Traces
from dagster_ingest.tracing import Span, Value

_log = logging.getLogger("dagster_ingest.telemetry")
_OWN = "dagster_ingest."
# What a span says of its place holds for all within it.
_PLACE = ("tenant", "state", "layer", "table", "load_id")
_QUEUED = 4_096


def trace_id(run_id: str) -> int:
    """The trace of a run: its own id, where that is a UUID."""
    try:
        return uuid.UUID(run_id).int
    except ValueError:
        return int.from_bytes(hashlib.sha256(run_id.encode()).digest()[:16])


def root_id(run_id: str) -> int:
    """The span of a whole run, whoever makes it."""
    return int.from_bytes(hashlib.sha256(f"{run_id} run".encode()).digest()[:8]) or 1


class Collected:
    """A tracer. headers: with the values of their secrets."""

    def __init__(self, wanted: Traces, headers: Mapping[str, str]) -> None:
        exporter = OTLPSpanExporter(wanted.endpoint, headers=dict(headers), timeout=wanted.timeout)
        self._wanted, self._ids, self._exporter = wanted, _Ids(), _Told(exporter, wanted.endpoint)
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource.create({"service.name": wanted.service}),
            id_generator=self._ids,
            shutdown_on_exit=False,  # it would wait for a collector that is down
        )
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter, max_queue_size=_QUEUED))
        self._tracer = self._provider.get_tracer("dagster_ingest")

    @property
    def statements(self) -> bool:
        return self._wanted.statements

    def run(self, run_id: str, name: str, attributes: Mapping[str, Value]) -> Span:
        """The span of a whole run, on which all others of the run hang."""
        with self._ids.pinned(trace_id(run_id), root_id(run_id)):
            return self.start(name, None, attributes)

    def start(
        self, name: str, parent: Span | None, attributes: Mapping[str, Value], began: float | None = None
    ) -> Span:
        above = parent if isinstance(parent, _Span) else None
        place = above.place if above is not None else {}
        place = {**place, **{name: attributes[name] for name in _PLACE if name in attributes}}
        context = trace.set_span_in_context(above.span) if above is not None else trace.context_api.Context()
        span = self._tracer.start_span(
            name, context, attributes=_named({**place, **attributes}), start_time=_nanoseconds(began)
        )
        return _Span(span, place)

    def flush(self) -> None:
        """Send what waits, for `flush` seconds at most."""
        sending = threading.Thread(target=self._provider.force_flush, name="traces", daemon=True)
        sending.start()
        sending.join(self._wanted.flush)
        if sending.is_alive():
            self._exporter.gave_up(f"did not answer within {self._wanted.flush:g} s")

    def close(self) -> None:
        """Send no more. Waits for what is being sent."""
        self._provider.shutdown()


class _Span:
    """place: attributes that hold for what is within."""

    def __init__(self, span: trace.Span, place: Mapping[str, Value]) -> None:
        self.span, self.place = span, place

    def set(self, **attributes: Value | None) -> None:
        self.span.set_attributes(_named({n: v for n, v in attributes.items() if v is not None}))

    def fail(self, kind: str, message: str) -> None:
        self.span.set_status(trace.StatusCode.ERROR, message)
        self.span.add_event("exception", {"exception.type": kind, "exception.message": message})

    def end(self, at: float | None = None) -> None:
        self.span.end(_nanoseconds(at))

    def carried(self) -> dict[str, str]:
        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier, trace.set_span_in_context(self.span))
        return {name.upper(): value for name, value in carrier.items()}


class _Ids(RandomIdGenerator):
    """Ids by chance, but for the span of a run."""

    def __init__(self) -> None:
        self._pinned: tuple[int, int] | None = None
        self._lock = threading.RLock()

    def pinned(self, trace: int, span: int) -> _Ids:
        self._lock.acquire()
        self._pinned = (trace, span)
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        self._pinned = None
        self._lock.release()

    def is_trace_id_random(self) -> bool:
        return False  # it is the id of a run

    def generate_trace_id(self) -> int:
        return self._pinned[0] if self._pinned else super().generate_trace_id()

    def generate_span_id(self) -> int:
        return self._pinned[1] if self._pinned else super().generate_span_id()


class _Told(SpanExporter):
    """An exporter whose failures are said once, and not for every batch."""

    def __init__(self, exporter: OTLPSpanExporter, endpoint: str) -> None:
        self._exporter, self._endpoint, self._said = exporter, endpoint, False
        logging.getLogger("opentelemetry.exporter.otlp.proto.http").setLevel(logging.CRITICAL)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self.gave_up("did not take them")
        return result

    def gave_up(self, why: str) -> None:
        if not self._said:
            self._said = True
            _log.warning("traces are lost: %s %s; the run goes on without", redact(self._endpoint), why)

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


def _named(attributes: Mapping[str, Value]) -> dict[str, Any]:
    """Names with a point are OpenTelemetry's own; the others are ours. No secret is in any text."""
    return {
        name if "." in name else _OWN + name: redact(value) if isinstance(value, str) else value
        for name, value in attributes.items()
    }


def _nanoseconds(moment: float | None) -> int | None:
    return None if moment is None else round(moment * 1e9)
