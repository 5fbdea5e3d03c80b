"""Spans as code of all layers asks for them: what a tracer is told, and what no tracer costs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dagster_ingest import redact, tracing
from dagster_ingest.connectors.processes.running import Running
from dagster_ingest.errors import DataError


class Recorded:
    """A span as it was told."""

    def __init__(self, name: str, parent: Recorded | None, attributes: dict, began: float | None) -> None:
        self.name, self.parent, self.attributes, self.began = name, parent, dict(attributes), began
        self.failed: tuple[str, str] | None = None
        self.ended: list[float | None] = []

    def set(self, **attributes) -> None:
        self.attributes |= attributes

    def fail(self, kind: str, message: str) -> None:
        self.failed = (kind, message)

    def end(self, at: float | None = None) -> None:
        self.ended.append(at)

    def carried(self) -> dict[str, str]:
        return {"TRACEPARENT": f"of {self.name}"}


class Recorder:
    statements = True

    def __init__(self) -> None:
        self.spans: list[Recorded] = []

    def start(self, name, parent, attributes, began=None) -> Recorded:
        self.spans.append(Recorded(name, parent, attributes, began))
        return self.spans[-1]

    def flush(self) -> None:
        return None


@pytest.fixture
def recorder():
    made = Recorder()
    tracing.install(made)
    yield made
    tracing.install(None)


def test_spans_nest_and_end_once(recorder):
    with tracing.span("outer", tenant="gulf", nothing=None):
        with tracing.span("inner") as inner:
            inner.set(rows=3, nothing=None)
        tracing.told("before", 2.0, 100.0, failed=None, rows=1)

    outer, inner, before = recorder.spans
    assert (inner.parent, before.parent, outer.parent) == (outer, outer, None)
    assert outer.attributes == {"tenant": "gulf"}
    assert inner.attributes == {"rows": 3}
    assert (before.began, before.ended) == (100.0, [102.0])
    assert [len(span.ended) for span in recorder.spans] == [1, 1, 1]


def test_an_error_passes_and_fails_its_spans_without_what_it_quotes(recorder):
    redact.remember("s3cr3t-token", "TOKEN")

    with (
        pytest.raises(DataError),
        tracing.span("outer"),
        tracing.span("inner"),
    ):
        raise DataError("the cell 'Jane Doe' is no date; s3cr3t-token", source={"answer": "Jane Doe"})

    assert [span.failed for span in recorder.spans] == [
        ("DataError", "the cell '?' is no date; ***"),
    ] * 2


def test_a_sum_is_one_span_of_many_pieces(recorder):
    clock = tracing.summed("audit")
    for _ in range(3):
        with clock:
            pass
    tracing.summed("nothing").tell()
    clock.tell(rows=7)

    [span] = recorder.spans
    assert span.name == "audit"
    assert span.attributes == {"rows": 7, "parts": 3}


def test_a_statement_is_told_without_values(recorder):
    text = """insert into "Raw Rows".t /* Jane */ values ('O''Brien', 42, -3.5e1, $$a b$$, 'it\\'s') -- Jane
        where c1 = 7 and "col 9" = 'x'"""

    tracing.statement(text, 0.5, "snowflake", "01b2", 4, tag='{"tenant":"gulf"}')

    [span] = recorder.spans
    assert span.name == "snowflake insert"
    shown = span.attributes["db.query.text"]
    assert shown.startswith('insert into "Raw Rows".t values (?, ?, -?')
    assert '"col 9" = ?' in shown
    assert "c1 = ?" in shown
    for value in ("Brien", "Jane", "42", "a b", "it", "'x'"):
        assert value not in shown.replace("with", "")
    assert span.attributes["query_id"] == "01b2"
    assert span.attributes["rows"] == 4


def test_statements_can_be_left_out(recorder):
    recorder.statements = False

    tracing.statement("select 1", 0.1, "snowflake")

    assert recorder.spans == []


def test_off_nothing_is_made_and_nothing_is_looked_at():
    class Costly:
        def __str__(self) -> str:
            raise AssertionError("nobody listens")

    assert tracing.span("any", rows=1) is tracing.span("other")  # the same object each time
    with tracing.span("any", text=Costly()) as span:  # type: ignore[arg-type]
        span.set(text=Costly())  # type: ignore[arg-type]
        span.fail("Any", Costly())  # type: ignore[arg-type]
    tracing.told("any", 1.0, text=Costly())  # type: ignore[arg-type]
    tracing.statement(Costly(), 1.0, "snowflake")  # type: ignore[arg-type]
    assert tracing.carried() == {}
    assert not any(name.startswith(("opentelemetry.sdk", "openlineage")) for name in _imported_by_tracing())


def _imported_by_tracing() -> set[str]:
    import subprocess

    code = "import dagster_ingest.tracing, sys; print(*sys.modules)"
    root = Path(__file__).parents[1]
    return set(
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_a_program_is_told_of_the_span_that_started_it(recorder, tmp_path):
    program = [sys.executable, "-c", "import os; print(os.environ.get('TRACEPARENT'))"]

    with tracing.span("extract"):
        inside = Running(program, folder=tmp_path, idle=60)
    said = [line for line in inside.lines() if line]
    tracing.install(None)
    outside = Running(program, folder=tmp_path, idle=60)

    assert said == [b"of extract"]
    assert [line for line in outside.lines() if line] == [b"None"]
    inside.close()
    outside.close()
