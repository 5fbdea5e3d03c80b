"""Times of cron expressions against those of Dagster's own schedules, changes of clocks included."""

from __future__ import annotations

import itertools
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from dagster_ingest.spec import moments

CRONS = [
    "30 2 * * *", "30 1 * * *", "0 8 * * 1-5", "0 */6 * * *", "30 1,2 * * *", "15 * * * *", "*/30 1-3 * * *",
    "*/20 0-5 * * *", "0 0 1,15 * 1", "45 23 28-31 * *", "0 5 29 2 *", "10 0 * 3,11 7",
]  # fmt: skip
ZONES = ["America/Chicago", "America/Phoenix", "Europe/Lisbon", "America/St_Johns", "UTC"]


@pytest.mark.parametrize("expression", CRONS)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("start", [(2026, 3, 6), (2026, 4, 3), (2026, 10, 23), (2027, 12, 30)])
def test_times_are_those_of_dagsters_schedules(expression, zone, start):
    at = datetime(*start, 12, 7, tzinfo=ZoneInfo(zone)).timestamp()
    wanted = [
        t.timestamp() for t in itertools.islice(schedule_execution_time_iterator(at, expression, zone), 90)
    ]

    found, moment = [], at
    for _ in wanted[: 90 if expression != "0 5 29 2 *" else 2]:
        moment = moments.after(expression, zone, moment)
        found.append(moment)

    assert found == wanted[: len(found)]
    assert [moments.latest(expression, zone, t) for t in found] == found
    assert [moments.latest(expression, zone, t - 1) for t in found[1:]] == found[:-1]


def test_a_deadline_keeps_its_hour_over_both_changes_of_clocks():
    zone = ZoneInfo("America/Chicago")
    for day in (datetime(2026, 3, 6, tzinfo=zone), datetime(2026, 10, 30, tzinfo=zone)):
        moment = day.timestamp()
        for _ in range(5):
            moment = moments.after("0 8 * * *", "America/Chicago", moment)
            assert datetime.fromtimestamp(moment, zone).hour == 8


def test_the_shortest_gap_is_that_of_the_year():
    assert moments.shortest_gap("0 8 * * *", "America/Chicago") == 23 * 3600
    assert moments.shortest_gap("0 8 * * *", "UTC") == 24 * 3600
    assert moments.shortest_gap("0 8,12 * * 1-5", "UTC") == 4 * 3600
