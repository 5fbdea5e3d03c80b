"""Age against the SLA: at a moment, over time, on each day."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from dagster_ingest.observe.fresh import aged, fresh
from dagster_ingest.observe.report.fresh import DAY, age_of, days_of, points, status_of, worst_ages
from dagster_ingest.observe.report.values import StateView, Written
from dagster_ingest.observe.story import Shown
from tests.observe.report import made

HOUR = 3600.0
NOON = made.NOW - made.NOW % DAY + DAY / 2


def story(published: float | None = NOON, health: str = "current"):
    shown = (Shown("hsds_package", None if published is None else "v", published, 7),)
    view = made.state_view(random.Random(1), "gulf", "FL")
    return replace(view.story, shown=shown, health=health, blockers=())


@pytest.mark.parametrize(
    ("hours", "expected"), [(1, "fresh"), (26, "fresh"), (26.1, "warn"), (36, "warn"), (36.1, "late")]
)
def test_an_age_is_held_against_both_lines_of_the_sla(hours, expected):
    assert aged(hours * HOUR, story()) == expected
    assert age_of(story(NOON - hours * HOUR), NOON) == expected
    assert fresh(story(NOON - hours * HOUR), NOON).status == expected


def test_what_was_never_published_has_no_age():
    assert age_of(story(None), NOON) == "unknown"
    assert status_of(story(None, "empty"), NOON) == "empty"


def test_what_stops_a_state_is_told_before_how_late_it_is():
    old = NOON - 5 * DAY

    assert status_of(story(old, "blocked"), NOON) == "blocked"
    assert status_of(story(old, "behind"), NOON) == "late"
    assert status_of(story(NOON, "behind"), NOON) == "behind"


def test_the_age_grows_until_the_oldest_store_is_written():
    first, second = Written("a", (0.0, 100.0)), Written("b", (0.0, 130.0))

    found = points([first, second], 50.0, 150.0)

    assert found == [(50.0, 50.0), (100.0, 100.0), (130.0, 130.0), (130.0, 30.0), (150.0, 50.0)]


def test_there_is_no_age_before_every_store_was_written():
    assert points([Written("a", (10.0,)), Written("b", ())], 0.0, 100.0) == []
    assert points([Written("a", (10.0,))], 0.0, 20.0) == [(10.0, 0.0), (20.0, 10.0)]


def test_each_day_counts_by_its_worst_moment():
    begin = NOON - DAY / 2 - 2 * DAY
    view = StateView(story(), "", (Written("a", (begin - 2 * HOUR, begin + DAY + HOUR)),))

    found = worst_ages(view, days_of(begin, NOON), NOON)

    assert found == [26 * HOUR, 27 * HOUR, 35 * HOUR]


def test_days_without_anything_published_have_no_age():
    view = StateView(story(), "", (Written("a", (NOON,)),))

    assert worst_ages(view, days_of(NOON - 2 * DAY, NOON + HOUR), NOON + HOUR) == [None, None, HOUR]
