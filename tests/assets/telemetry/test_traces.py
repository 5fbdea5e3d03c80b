"""Traces of real runs, as a collector got them: decoded from the protobuf that was sent."""

from __future__ import annotations

import uuid

import pytest

from dagster_ingest.testing.spans import Seen, spans, trees

from .conftest import needles

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(told) -> dict[str, Seen]:
    """Run id to its tree."""
    roots = trees(spans(told.collector.taken))
    assert all(root.name.startswith("run ") for root in roots)  # every span hangs on a run
    return {root.attributes["dagster_ingest.run_id"]: root for root in roots}


def test_a_run_is_one_trace_under_its_own_id(told, runs):
    assert len(runs) == 3
    for outcome in (told.good, told.refused, told.published):
        root = runs[outcome.run_id]
        assert {span.trace for span in root.walk()} == {uuid.UUID(outcome.run_id).hex}


def test_a_table_has_its_phases_and_the_commit_its_transaction(told, runs):
    shape = runs[told.good.run_id].shape()

    assert (
        """
  step gulf__load_wellsky
    load wellsky_organization
      fingerprint
      extract
        audit
      seal
    load wellsky_location
"""
        in shape
    )
    assert (
        """
    commit
      duckdb transaction
  step """
        in shape
    )
    assert "    build elt_organization\n" in shape
    assert "      dbt model organization\n      dbt test unique_organization_id\n" in shape
    assert " !" not in shape
    assert "    publish hsds_package" in runs[told.published.run_id].shape()


def test_what_is_known_of_a_place_holds_for_all_within_it(told, runs):
    found = {span.name: span.attributes for span in runs[told.good.run_id].walk()}

    load, extract = found["load wellsky_services"], found["extract"]
    assert load["dagster_ingest.tenant"] == extract["dagster_ingest.tenant"] == "gulf"
    assert load["dagster_ingest.state"] == "FL"
    assert load["dagster_ingest.layer"] == "raw"
    assert load["dagster_ingest.table"] == "wellsky_services"
    assert load["dagster_ingest.rows_read"] > 0
    assert load["dagster_ingest.outcome"] == "committed"
    assert extract["dagster_ingest.load_id"]
    assert found["duckdb transaction"]["db.system.name"] == "duckdb"


def test_a_refused_table_is_an_error_and_its_siblings_are_none(told, runs):
    root = runs[told.refused.run_id]
    failed = [span for span in root.walk() if span.error is not None]

    assert [span.name for span in failed] == [
        "run gulf__writers",
        "step gulf__load_wellsky",
        "load wellsky_services",
    ]
    assert failed[-1].events == ("exception",)


def test_spans_lie_within_each_other(runs):
    for root in runs.values():
        for span in root.walk():
            for child in span.children:
                assert span.began - 0.01 <= child.began <= child.ended <= span.ended + 0.01, child.name


def test_no_secret_and_no_value_of_a_row_is_in_any_of_it(told):
    [key] = {request.headers["x-api-key"] for request in told.collector.taken}
    sent = b"".join(request.body for request in told.collector.taken)

    assert key == "otlp-canary-5c1d"
    assert key.encode() not in sent
    assert [needle for needle in needles(told) if needle.encode() in sent] == []
