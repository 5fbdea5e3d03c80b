"""The sample of the API holds the records of the CSV sample, and more that is confidential."""

from __future__ import annotations

import json

import pytest

from dagster_ingest.testing.sample.icarol_api import served


def test_the_same_call_gives_the_same_records():
    assert served(day=2) == served(day=2)
    assert served(day=2).records == served(day=3).records


def test_every_row_of_the_export_is_a_record():
    sample = served()

    assert [str(r["id"]) for r in sample.records] == [row["ResourceAgencyNum"] for row in sample.rows]
    assert {r["type"] for r in sample.records} == {"Agency", "Program", "Site", "ProgramAtSite"}
    json.dumps(sample.records)


@pytest.mark.parametrize("day", [1, 2])
def test_listed_canaries_are_there(day):
    sample = served(day=day)
    text = json.dumps(sample.records).lower()

    assert len(sample.canaries) > 1000
    assert all(any(n.lower() in text for n in canary.needles) for canary in sample.canaries)


def test_what_changed_overnight_has_a_new_stamp():
    before = {(r["id"], r["cultureCode"]): r for r in served(day=1).records}
    latest = max(r["modified"] for r in before.values())

    changed = [r for r in served(day=2).records if r != before.get((r["id"], r["cultureCode"]))]

    assert len(changed) > 10
    assert all(r["modified"] > latest for r in changed)
