"""Spans of what a run does, for whoever asked for them. Where nobody did, a call looks at one variable.

Code of all layers says `with tracing.span("extract"): ...`; what becomes of it is the matter of the tracer
that a run installs. Spans nest by the context of the thread. A generator that yields inside of a span
must not hold it open by `with`: see `begin`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Protocol

from dagster_ingest.errors import IngestError
from dagster_ingest.redact import redact

Value = str | int | float | bool
_LONGEST_TEXT = 2_000
_LONGEST_ERROR = 500


class Span(Protocol):
    """One piece of work. Attributes of None are left out."""

    def set(self, **attributes: Value | None) -> None: ...

    def fail(self, kind: str, message: str) -> None: ...

    def end(self, at: float | None = None) -> None: ...

    def carried(self) -> dict[str, str]: ...


class Tracer(Protocol):
    """began: seconds of the epoch, None for now. statements: whether those of warehouses are wanted."""

    @property
    def statements(self) -> bool: ...

    def start(
        self, name: str, parent: Span | None, attributes: Mapping[str, Value], began: float | None = None
    ) -> Span: ...

    def flush(self) -> None: ...


_tracer: Tracer | None = None
_current: ContextVar[Span | None] = ContextVar("dagster_ingest_span", default=None)


def install(tracer: Tracer | None) -> None:
    """From now on spans of this process are the tracer's; None: nobody's."""
    global _tracer
    _tracer = tracer
    if tracer is None:
        _current.set(None)


def installed() -> Tracer | None:
    return _tracer


def on() -> bool:
    return _tracer is not None


def span(name: str, **attributes: Value | None) -> Work:
    """A span around a `with` block. What is raised inside fails it."""
    if _tracer is None:
        return OFF
    return _Traced(_tracer, name, attributes)


def told(
    name: str,
    seconds: float,
    began: float | None = None,
    failed: str | None = None,
    **attributes: Value | None,
) -> None:
    """A span of work that is over. began: seconds of the epoch; None: it has ended just now."""
    if _tracer is None:
        return
    began = time.time() - seconds if began is None else began
    span = _tracer.start(name, _current.get(), _given(attributes), began)
    if failed is not None:
        span.fail("Failed", masked(failed))
    span.end(began + seconds)


def statement(
    text: str,
    seconds: float,
    system: str,
    query: str | None = None,
    rows: int | None = None,
    tag: str | None = None,
) -> None:
    """A statement that a warehouse ran. Its values are left out here, before anybody sees it."""
    if _tracer is None or not _tracer.statements:
        return
    shown = bare(text)
    verb = shown.split(None, 1)[0].lower() if shown else "statement"
    facts: dict[str, Any] = {"db.system.name": system, "db.query.text": shown, "db.operation.name": verb}
    told(f"{system} {verb}", seconds, None, None, **facts, query_id=query or None, rows=rows, tag=tag or None)


def summed(name: str) -> Sum:
    """A clock for work in many short pieces; `tell` makes one span of all of them."""
    return Sum(name)


def carried() -> dict[str, str]:
    """The present span as a child process takes it over: W3C trace context, as environment variables."""
    found = _current.get() if _tracer is not None else None
    return found.carried() if found is not None else {}


def begin(within: Span | None) -> None:
    """From now on spans of this context hang on `within`, until it is said again. For generators."""
    _current.set(within)


class Work:
    """What `span` gives while nobody listens."""

    __slots__ = ()

    def __enter__(self) -> Work:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def set(self, **attributes: Value | None) -> None:
        """More attributes, known only now."""

    def fail(self, kind: str, message: str) -> None:
        """It came to its end and was in vain."""


OFF = Work()


class _Traced(Work):
    __slots__ = ("_attributes", "_before", "_name", "_span", "_tracer")

    def __init__(self, tracer: Tracer, name: str, attributes: Mapping[str, Value | None]) -> None:
        self._tracer, self._name, self._attributes = tracer, name, _given(attributes)

    def __enter__(self) -> Work:
        self._before = _current.get()
        self._span = self._tracer.start(self._name, self._before, self._attributes)
        _current.set(self._span)
        return self

    def __exit__(self, kind, error, trace) -> None:
        _current.set(self._before)
        if error is not None:
            self._span.fail(type(error).__name__, masked(error))
        self._span.end()

    def set(self, **attributes: Value | None) -> None:
        self._span.set(**_given(attributes))

    def fail(self, kind: str, message: str) -> None:
        self._span.fail(kind, masked(message))


class Sum:
    """A clock that is started and stopped by `with`."""

    __slots__ = ("_name", "_parts", "_seconds", "_since")

    def __init__(self, name: str) -> None:
        self._name, self._seconds, self._parts, self._since = name, 0.0, 0, 0.0

    def __enter__(self) -> None:
        if _tracer is not None:
            self._since = time.perf_counter()

    def __exit__(self, kind, error, trace) -> None:
        if _tracer is not None:
            self._seconds += time.perf_counter() - self._since
            self._parts += 1

    def tell(self, **attributes: Value | None) -> None:
        if _tracer is not None and self._parts:
            told(self._name, self._seconds, None, None, **attributes, parts=self._parts)


def _given(attributes: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in attributes.items() if value is not None}


_WORDS = re.compile(
    r"""--[^\n]*|/\*.*?\*/|(?P<name>"(?:[^"]|"")*")|\$\$.*?\$\$|'(?:[^'\\]|\\.|'')*'|(?<![\w.])\d+(?:\.\d+)?\b""",
    re.DOTALL,
)
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")


def bare(text: str) -> str:
    """A statement without its values and comments, one line, at most 2,000 signs."""
    shown = _WORDS.sub(lambda found: found["name"] or ("" if found[0][:2] in ("--", "/*") else "?"), text)
    return redact(" ".join(shown.split()))[:_LONGEST_TEXT]


def masked(error: BaseException | str) -> str:
    """What an error says, without secrets and without what it quotes: that may be a person's data."""
    text = error.problem if isinstance(error, IngestError) else str(error)  # not what the other side answered
    return _QUOTED.sub("'?'", redact(text))[:_LONGEST_ERROR]
