"""What a receiver of OTLP was sent, decoded from the real protobuf, as a tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dagster_ingest.testing.receiver import Received


@dataclass
class Seen:
    """A span. Times in seconds of the epoch; ids in hex."""

    name: str
    trace: str
    id: str
    parent: str
    began: float
    ended: float
    attributes: dict[str, Any]
    error: str | None
    events: tuple[str, ...]
    children: list[Seen] = field(default_factory=list)

    def walk(self) -> Iterable[Seen]:
        yield self
        for child in self.children:
            yield from child.walk()

    def shape(self, depth: int = 0) -> str:
        mark = " !" if self.error is not None else ""
        return "\n".join([f"{'  ' * depth}{self.name}{mark}", *(c.shape(depth + 1) for c in self.children)])


def spans(requests: Iterable[Received]) -> list[Seen]:
    """All spans, in the order in which they began."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found = []
    for request in requests:
        message = ExportTraceServiceRequest.FromString(request.body)
        for resource in message.resource_spans:
            for scope in resource.scope_spans:
                found += [_seen(span) for span in scope.spans]
    return sorted(found, key=lambda span: (span.began, -span.ended))


def trees(found: Iterable[Seen]) -> list[Seen]:
    """Roots, with their children in order. A span whose parent was not seen is a root."""
    known = list(found)
    by_id = {span.id: span for span in known}
    roots: list[Seen] = []
    for span in known:
        above = by_id.get(span.parent)
        (roots if above is None else above.children).append(span)
    return roots


def _seen(span: Any) -> Seen:
    return Seen(
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        began=span.start_time_unix_nano / 1e9,
        ended=span.end_time_unix_nano / 1e9,
        attributes={a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes},
        error=span.status.message if span.status.code == span.status.STATUS_CODE_ERROR else None,
        events=tuple(event.name for event in span.events),
    )
