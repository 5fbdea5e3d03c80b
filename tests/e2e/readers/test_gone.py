"""What was never public is in no byte of any store; what is public no longer is gone after the next publish.

Bytes are those of everything that a store gives out: all documents of all indices and collections, kept
ones and ledgers included, all rows of all tables, all files of packages.
"""

from __future__ import annotations

import pytest

from dagster_ingest.testing.canaries import occurring
from dagster_ingest.testing.search.facts import published

pytestmark = pytest.mark.slow


@pytest.fixture(params=["documents", "tables", "packages"])
def store(request):
    """Each store but the one for search, which comes as a stand-in and as real ones."""
    return request.getfixturevalue(request.param)


def test_no_byte_is_private(both, store) -> None:
    nothing_private(both, store)


def test_no_byte_is_private_in_search(both, search) -> None:
    nothing_private(both, search)


def test_what_turned_private_inactive_excluded_or_was_deleted_is_gone(both, store) -> None:
    gone_on_day_two(both, store)


def test_what_turned_private_inactive_excluded_or_was_deleted_is_gone_from_search(both, search) -> None:
    gone_on_day_two(both, search)


def nothing_private(both, store) -> None:
    secret = both.private_on(1)
    assert {canary.tenant for canary in secret} == {tenant for tenant, _ in both.one}
    assert occurring(store.one, needles(secret)) == set()
    assert occurring(store.two, needles(both.private_on(2))) == set()


def gone_on_day_two(both, store) -> None:
    turned = [canary for canary in both.canaries if canary.from_day == 2]
    seen = occurring(store.one, needles(turned))
    shown = [canary for canary in turned if seen & set(canary.needles)]
    left = record_ids(both.one) - record_ids(both.shown)

    # The search has power: the values and the records that are gone now were there on day one.
    assert {canary.tenant for canary in shown} == {canary.tenant for canary in turned}
    assert {canary.cls for canary in shown} >= {"hidden"}
    assert len(left) > 20
    assert occurring(store.one, left) == left

    assert occurring(store.two, needles(turned)) == set()
    assert occurring(store.two, left) == set()
    assert occurring(store.two, record_ids(both.shown)) == record_ids(both.shown)


def needles(canaries) -> set[str]:
    return {needle for canary in canaries for needle in canary.needles}


def record_ids(partitions) -> set[str]:
    return {row["service_at_location_id"] for each in partitions.values() for row in published(each)}
