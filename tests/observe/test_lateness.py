"""How late one state is: windows, deadlines, changes of clocks, states that were never published."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_ingest.observe.lateness import lateness, terms
from dagster_ingest.spec.sla import Deadline, Freshness

HOUR = 3600.0
CHICAGO = ZoneInfo("America/Chicago")
WINDOWS = Freshness(warn="26h", fail="36h")
DAILY = Deadline.model_validate(
    {"by": {"cron": "0 8 * * *", "timezone": "America/Chicago"}, "warn_before": "2h"}
)
NIGHTLY = DAILY.model_copy(update={"within": "8h"})


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).timestamp()


@pytest.mark.parametrize(
    ("age", "status"),
    [(0, "fresh"), (25.9, "fresh"), (26, "warn"), (35.9, "warn"), (36, "late"), (500, "late")],
)
def test_a_window_warns_and_fails_by_age(age, status):
    found = lateness(WINDOWS, 0.0, None, age * HOUR)

    assert (found.status, found.warn_at, found.due_at) == (status, 26 * HOUR, 36 * HOUR)
    assert found.late_since == (36 * HOUR if status == "late" else None)


@pytest.mark.parametrize(
    ("sla", "published", "due"),
    [
        (DAILY, "2026-01-05 07:10", "2026-01-06 08:00"),
        (DAILY, "2026-01-05 08:00", "2026-01-06 08:00"),
        (DAILY, "2026-01-05 08:01", "2026-01-07 08:00"),
        (NIGHTLY, "2026-01-05 08:01", "2026-01-06 08:00"),
        (NIGHTLY, "2026-01-05 23:59", "2026-01-06 08:00"),
        (NIGHTLY, "2026-01-06 00:00", "2026-01-07 08:00"),
        (DAILY, "2026-03-06 07:00", "2026-03-07 08:00"),
        (DAILY, "2026-03-07 07:00", "2026-03-08 08:00"),
        (NIGHTLY, "2026-03-07 22:59", "2026-03-08 08:00"),
        (NIGHTLY, "2026-03-07 23:00", "2026-03-09 08:00"),
        (DAILY, "2026-10-31 07:00", "2026-11-01 08:00"),
        (NIGHTLY, "2026-11-01 00:59", "2026-11-01 08:00"),
        (NIGHTLY, "2026-11-01 01:30", "2026-11-02 08:00"),
    ],
)
def test_a_publication_counts_for_a_deadline_by_the_clock_on_the_wall(sla, published, due):
    found = lateness(sla, at(published), None, at(due) - 1)

    assert found.due_at == at(due)
    assert found.status == "warn"
    assert found.warn_at == at(due) - 2 * HOUR
    assert lateness(sla, at(published), None, at(due)).status == "late"
    assert lateness(sla, at(published), None, found.warn_at - 1).status == "fresh"


def test_what_was_never_published_is_late_from_when_it_was_expected_and_else_unknown():
    assert lateness(WINDOWS, None, None, 10.0).status == "unknown"
    assert lateness(WINDOWS, None, 0.0, 10.0).status == "fresh"
    assert lateness(WINDOWS, None, 0.0, 37 * HOUR).late_since == 36 * HOUR


def test_without_a_warning_the_need_is_an_eighth_before_the_end():
    assert terms(Freshness(fail="36h"), 0.0).need_at == 31.5 * HOUR
    assert terms(WINDOWS, 0.0).need_at == 26 * HOUR


@given(
    st.sampled_from(
        [WINDOWS, Freshness(fail="8d"), DAILY, NIGHTLY, DAILY.model_copy(update={"warn_before": None})]
    ),
    st.floats(at("2026-01-01 00:00"), at("2027-01-01 00:00")),
)
def test_every_publication_runs_out_after_it_is_needed_and_never_later_than_two_deadlines(sla, published):
    found = terms(sla, published)

    assert published < found.due_at
    assert found.need_at < found.due_at
    assert found.due_at - published <= (49 * HOUR if isinstance(sla, Deadline) else found.span)
