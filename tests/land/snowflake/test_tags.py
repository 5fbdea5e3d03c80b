"""Every statement says what it is run for."""

from __future__ import annotations

import json

import pytest

from dagster_ingest.errors import LandError
from dagster_ingest.land.snowflake.tagging import LONGEST, query_tag
from dagster_ingest.land.tags import tagged
from tests.land.snowflake.loads import TABLE, simple


@pytest.mark.snowflake
def test_no_statement_is_untagged(open_backing, folder, tmp_path, stand_in):
    backing = open_backing(grace=0)
    with tagged(run_id="run-1", state="FL"):
        parts = [simple(folder, "load-a", ["1"]), simple(folder, "load-b", ["2"], state="AL")]
        backing.publish(parts)
    backing.publish([simple(folder, "load-c", ["3"], replaces="load-a")])
    backing.fetch(parts[0].version, tmp_path / "a.parquet")
    backing.history(TABLE, "FL")
    backing.read("raw", TABLE, "FL", None)
    backing.content_versions([("raw", TABLE)], "FL")
    backing.recover()
    with pytest.raises(LandError):
        backing.read("elt", "service", "FL", None)

    history = stand_in.history()
    tags = [json.loads(row["QUERY_TAG"]) for row in history]

    assert len(history) > 60
    assert all(tag["tenant"] == "gulf" and tag["layer"] in ("raw", "elt") for tag in tags)
    assert all(tag["cost_center"] and tag["environment"] == "test" for tag in tags)
    for row, tag in zip(history, tags, strict=True):
        text = row["QUERY_TEXT"]
        for load, state in (("load-a", "FL"), ("load-b", "AL"), ("load-c", "FL")):
            of_load = load.replace("-", "_").upper() in text and text.split()[0] in (
                "CREATE",
                "PUT",
                "COPY",
                "INSERT",
            )
            if of_load and "_INGEST_LOAD_" in text and '"_INGEST_PARTITIONS"' not in text:
                named = (tag.get("table"), tag.get("state"), tag.get("load_id"))
                assert named == (TABLE, state, load) or '"_INGEST_HISTORY"' in text, text
    first = [tag for row, tag in zip(history, tags, strict=True) if "LOAD_LOAD_B" in row["QUERY_TEXT"]]
    assert {tag.get("run_id") for tag in first[:3]} == {"run-1"}


def test_a_tag_has_the_context_over_the_target_and_the_statement_over_both():
    with tagged(table="t", load_id="l", environment="step"):
        found = json.loads(query_tag({"environment": "test", "cost_center": "cc"}, table="u", state=""))

    assert found == {"cost_center": "cc", "environment": "step", "load_id": "l", "table": "u"}


def test_a_tag_that_would_be_too_long_keeps_what_says_whose_it_is():
    under = {"note": "n" * 1990, "short": "s"}

    found = query_tag(under, tenant="gulf", table="t", load_id="l")

    assert len(found) <= LONGEST
    assert json.loads(found) == {"load_id": "l", "short": "s", "table": "t", "tenant": "gulf"}
