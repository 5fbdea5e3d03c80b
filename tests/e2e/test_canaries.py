"""Private values planted in the sources are in no byte of what is published, nor in stage."""

from __future__ import annotations

import pytest

from dagster_ingest.testing.canaries import find_tokens
from dagster_ingest.testing.sample import TENANTS

pytestmark = pytest.mark.slow


def needles(canaries) -> set[str]:
    return {needle for canary in canaries for needle in canary.needles}


def found(*places, tokens) -> list[tuple[str, str]]:
    return [hit for place in places for hit in find_tokens(place, tokens)]


@pytest.fixture(params=[1, 2], ids=["day one", "day two"])
def day(request, days):
    return {1: days.one, 2: days.two}[request.param]


def test_no_published_store_and_no_stage_holds_a_private_value(day):
    private = day.manifest.private_on(day.number)

    assert {canary.tenant for canary in private} == set(TENANTS)
    assert found(day.published, day.texts, tokens=needles(private)) == []


def test_the_second_store_is_among_what_is_searched(days):
    if not days.second_store:
        pytest.skip("there is no PostgreSQL here")
    for day in (days.one, days.two):
        text = (day.texts / "postgres.csv").read_text()
        assert text.count("\n") > 100
        assert "-- search_record" in text


def test_what_turns_private_on_day_two_was_public_on_day_one(days):
    """The search has power, and it is the turning that takes the value away.

    Not every value of a record that is hidden later is published before: staff notes never are.
    """
    turned = [canary for canary in days.one.manifest.canaries if canary.from_day == 2]
    for place in (days.one.published, days.one.texts):
        seen = {token for token, _ in found(place, tokens=needles(turned))}
        shown = [canary for canary in turned if seen & set(canary.needles)]

        assert {kind(canary) for canary in shown} == {kind(canary) for canary in turned}
        assert len(shown) > 0.85 * len(turned)


def kind(canary) -> tuple[str, str, str]:
    return canary.tenant, canary.state, canary.cls


def test_a_blocked_state_goes_on_showing_what_it_showed(days):
    """The delivery in which its values turn private was refused: day three brings it."""
    later = [c for c in days.one.manifest.canaries if c.from_day == 3]

    assert {(c.tenant, c.state) for c in later} == {("gulf", "AL")}
    shown = {token for token, _ in found(days.two.published / "gulf" / "AL", tokens=needles(later))}
    assert {kind(canary) for canary in later if shown & set(canary.needles)} == {
        kind(canary) for canary in later
    }
