"""Spans on the wire: what a collector is sent, and what one that is down costs."""

from __future__ import annotations

import logging
import uuid

import pytest

from dagster_ingest import redact, tracing
from dagster_ingest.observe.telemetry.otel import Collected, root_id
from dagster_ingest.spec.telemetry import Traces
from dagster_ingest.testing.receiver import Received, receiver
from dagster_ingest.testing.spans import spans, trees
from tests.hang import no_hang

RUN = "0d2f5a51-6c6e-4ad0-9e2e-6f5b1f7f1a11"


@pytest.fixture
def tracer():
    """Makes tracers, installed; they are closed at the end."""
    made: list[Collected] = []

    def make(url: str, **more) -> Collected:
        made.append(Collected(Traces(endpoint=f"{url}/v1/traces", **more), {"x-api-key": "k3y"}))
        tracing.install(made[-1])
        return made[-1]

    yield make
    tracing.install(None)
    for one in made:
        one.close()


def work(made: Collected) -> None:
    run = made.run(RUN, "run gulf__writers", {"tenant": "gulf", "state": "FL"})
    tracing.begin(run)
    with tracing.span("load services", layer="raw", table="services"):
        tracing.statement("select 'Jane' from t", 0.25, "snowflake", "01b2", 3, tag="t")
    run.end()
    tracing.begin(None)


def test_a_tree_arrives_under_the_id_of_the_run(tracer):
    with receiver() as collector:
        made = tracer(collector.url, service="ingest-test")
        work(made)
        made.flush()

        [request] = collector.taken
        [root] = trees(spans(collector.taken))

    assert request.path == "/v1/traces"
    assert request.headers["content-type"] == "application/x-protobuf"
    assert request.headers["x-api-key"] == "k3y"
    assert b"ingest-test" in request.body
    assert root.shape() == "run gulf__writers\n  load services\n    snowflake select"
    assert (root.trace, root.id) == (uuid.UUID(RUN).hex, f"{root_id(RUN):016x}")
    statement = root.children[0].children[0]
    assert statement.attributes["db.query.text"] == "select ? from t"
    assert statement.attributes["dagster_ingest.query_id"] == "01b2"
    assert statement.attributes["dagster_ingest.table"] == "services"  # of the load around it
    assert statement.attributes["dagster_ingest.state"] == "FL"
    assert statement.ended - statement.began == pytest.approx(0.25, abs=0.001)
    assert b"Jane" not in request.body


def test_a_process_that_goes_on_with_a_run_joins_its_trace(tracer):
    with receiver() as collector:
        for _ in range(2):
            made = tracer(collector.url)
            work(made)
            made.flush()
        found = spans(collector.taken)

    assert len({span.trace for span in found}) == 1
    assert {span.parent for span in found if span.name == "load services"} == {f"{root_id(RUN):016x}"}


def test_a_child_process_gets_the_trace_context_of_the_w3c(tracer):
    made = tracer("http://127.0.0.1:9")
    tracing.begin(made.run(RUN, "run", {}))

    assert tracing.carried() == {"TRACEPARENT": f"00-{uuid.UUID(RUN).hex}-{root_id(RUN):016x}-01"}


def test_secrets_are_masked_wherever_they_stand(tracer):
    redact.remember("pa55-w0rd-canary", "TOKEN")
    with receiver() as collector:
        made = tracer(collector.url)
        with pytest.raises(ValueError), tracing.span("load", file="https://u:pa55-w0rd-canary@host/x"):  # noqa: PT011
            raise ValueError("no answer to pa55-w0rd-canary")
        made.flush()

        [span] = spans(collector.taken)

    assert span.attributes["dagster_ingest.file"] == "https://u:***@host/x"
    assert span.error == "no answer to ***"
    assert span.events == ("exception",)


def test_a_collector_that_is_not_there_fails_nothing_and_is_told_of_once(tracer, caplog):
    with receiver() as gone:
        url = gone.url
    made = tracer(url, timeout=0.2, flush=5)
    with caplog.at_level(logging.WARNING), no_hang():
        for _ in range(3):
            work(made)
            made.flush()

    assert [r.message for r in caplog.records if r.name == "dagster_ingest.telemetry"] == [
        f"traces are lost: {url}/v1/traces did not take them; the run goes on without"
    ]
    assert [
        r for r in caplog.records if r.levelno >= logging.WARNING and r.name.startswith("opentelemetry")
    ] == []


def test_a_collector_that_never_answers_is_waited_for_no_longer_than_asked(tracer, caplog):
    def never(_: Received) -> int:
        slow.held.wait(120)
        return 200

    with receiver(never) as slow, caplog.at_level(logging.WARNING):
        made = tracer(slow.url, timeout=60, flush=0.2)
        work(made)
        made.flush()  # came back although nothing was answered

        assert slow.taken == []
        assert "did not answer within 0.2 s" in caplog.text


def test_a_refusal_is_no_error_of_the_run(tracer, caplog):
    with receiver(lambda _: 401) as collector, caplog.at_level(logging.WARNING):
        made = tracer(collector.url, timeout=1)
        work(made)
        made.flush()

        assert len(collector.refused) == 1  # a client's fault is not tried again
        assert "k3y" not in caplog.text
