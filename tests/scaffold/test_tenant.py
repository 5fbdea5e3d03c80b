"""The tenant file of a new tenant: what is typed comes back, what is commented out are the defaults."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_ingest.scaffold.seen import TableSeen
from dagster_ingest.scaffold.tenant import NewTenant, freshness
from dagster_ingest.spec.models import Adaptation, Privacy, Tenant

ANSWERS = {
    "name": "acme", "display_name": "Acme", "owner": "team:acme", "cost_center": "cc-1", "states": ["IA"],
    "system": "icarol", "connector": "files", "binding": {"by": "whole"}, "why_binding": "one state",
    "timezone": "UTC", "cron": "15 3 * * *", "reader": "hsds_package",
}  # fmt: skip
TEXT = st.text(min_size=1, max_size=60)


def text_of(**answers) -> str:
    return NewTenant(**{**ANSWERS, **answers}).files(None, "drops/acme/")["tenant.yaml"]


@settings(deadline=None)
@given(name=TEXT, system_title=TEXT, why=TEXT, value=TEXT, origin=TEXT, note=TEXT)
def test_no_text_can_change_what_the_file_says(name, system_title, why, value, origin, note):
    table = TableSeen("resource", origin, ("A",), note=note, settings={"pattern": value})

    read = yaml.safe_load(
        text_of(
            display_name=name, title=" ".join(system_title.split()), why_binding=why, tables=[table],
            binding={"by": "column", "column": value, "values": {value: "IA"}},
        )
    )  # fmt: skip

    assert read["display_name"] == name
    source = read["sources"]["icarol"]
    assert source["state"] == {"by": "column", "column": value, "values": {value: "IA"}}
    assert source["tables"] == {"resource": {"settings": {"pattern": value}}}
    assert set(read) == {
        "tenant", "display_name", "owners", "cost", "states", "sources", "freshness", "schedule", "publish",
    }  # fmt: skip


def test_what_is_commented_out_is_the_default():
    lines = text_of().splitlines()
    start = next(i for i, line in enumerate(lines) if line == "# privacy:")
    keys = [line[2:] for line in lines[start:] if re.match(r"# (\w+:|  \w+: )", line)]

    read = yaml.safe_load("\n".join(keys))

    assert Privacy(**read["privacy"]) == Privacy()
    assert Adaptation(**read["adapt"]) == Adaptation()
    assert set(read["privacy"]) == set(Privacy.model_fields)
    assert set(read["adapt"]) == set(Adaptation.model_fields)


@pytest.mark.parametrize("reader", ["hsds_package", "postgres"])
def test_the_model_takes_the_file_and_all_its_comments_if_they_are_switched_on(reader):
    text = text_of(reader=reader)

    Tenant.model_validate(yaml.safe_load(text))

    more = re.sub(r"^  # (- reader|  dsn)", r"  \1", text, flags=re.MULTILINE)
    assert {p.reader for p in Tenant.model_validate(yaml.safe_load(more)).publish} == {
        "hsds_package",
        "postgres",
    }


@pytest.mark.parametrize(
    ("cron", "fail"),
    [("15 3 * * *", "36h"), ("0 5 * * 1", "10d"), ("0 5 1 * *", "40d"), ("0 5 * * 1-5", "36h")],
)
def test_freshness_goes_by_the_schedule(cron, fail):
    assert freshness(cron)["fail"] == fail
