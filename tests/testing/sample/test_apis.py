"""What the sample's APIs hold: canaries that are there, and a second day that differs."""

from __future__ import annotations

import json

import pytest

from dagster_ingest.testing.sample import apis
from dagster_ingest.testing.sample.plan import FEEDS


@pytest.mark.parametrize("tenant", apis.TENANTS)
def test_listed_canaries_are_there(tenant):
    texts = [json.dumps([h.records, h.tables]).lower() for h in (apis.held(tenant, d) for d in (1, 2))]

    for day, text in enumerate(texts, start=1):
        canaries = apis.held(tenant, day).canaries
        assert len(canaries) > 300
        assert {c.tenant for c in canaries} == {tenant}
        seen = text if day == 1 else "".join(texts)  # what was withdrawn is still a canary
        assert all(any(n.lower() in seen for n in canary.needles) for canary in canaries)


@pytest.mark.parametrize("tenant", apis.TENANTS)
def test_what_turns_private_is_withdrawn_or_flagged_on_day_two(tenant):
    one, two = apis.held(tenant, 1), apis.held(tenant, 2)
    turned = {c.token for c in one.canaries if c.from_day == 2}

    assert len(turned) > 20
    assert {c.token for c in one.canaries if c.from_day == 1} <= {c.token for c in one.private_on(1)}
    assert turned.isdisjoint(c.token for c in one.private_on(1))
    assert (one.records, one.tables) != (two.records, two.tables)


def test_no_tenant_of_an_api_is_one_of_files():
    assert not set(apis.TENANTS) & {feed.tenant for feed in FEEDS}
    assert {path.name for path in apis.SPECS.iterdir()} == set(apis.TENANTS)
