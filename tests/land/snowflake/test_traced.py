"""Statements of a publish as spans: query ids that the warehouse knows, tags, and no values."""

from __future__ import annotations

import json

import pytest

from dagster_ingest import tracing
from dagster_ingest.land.tags import tagged
from dagster_ingest.observe.telemetry.otel import Collected
from dagster_ingest.spec.telemetry import Traces
from dagster_ingest.testing.receiver import receiver
from dagster_ingest.testing.spans import spans, trees
from tests.land.snowflake.loads import TABLE, simple


@pytest.mark.snowflake
def test_every_statement_is_a_span_of_the_publish(open_backing, folder, stand_in):
    backing = open_backing(grace=0)
    parts = [simple(folder, "load-a", ["1"]), simple(folder, "load-b", ["2"], state="AL")]
    with receiver() as collector:
        tracer = Collected(Traces(endpoint=f"{collector.url}/v1/traces"), {})
        tracing.install(tracer)
        try:
            with tagged(run_id="run-1"), tracing.span("warehouse publish"):
                receipt = backing.publish(parts)
        finally:
            tracing.install(None)
            tracer.flush()
            tracer.close()
        [root] = trees(spans(collector.taken))

    statements = [span for span in root.walk() if span.attributes.get("db.system.name") == "snowflake"]
    own = {row["QUERY_ID"]: row for row in stand_in.history()}
    named = [span for span in statements if "dagster_ingest.query_id" in span.attributes]
    ids = {span.attributes["dagster_ingest.query_id"] for span in named}

    assert root.name == "warehouse publish"
    assert {span.parent for span in statements} == {root.id}  # those of its threads, too
    assert set(receipt.queries) <= ids
    assert ids <= own.keys()
    assert {span.name for span in statements if span not in named} <= {"snowflake put"}
    assert {"snowflake copy", "snowflake put", "snowflake insert"} <= {span.name for span in statements}
    for span in statements:
        text = span.attributes["db.query.text"]
        assert "'" not in text.replace("'?'", "")
        assert "load-a" not in text
    copied = [span for span in statements if span.name == "snowflake copy"]
    assert {json.loads(span.attributes["dagster_ingest.tag"])["table"] for span in copied} == {TABLE}
