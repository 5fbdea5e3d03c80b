"""Cron expressions are checked before a schedule is made of them."""

from __future__ import annotations

import pytest

from dagster_ingest.spec import cron


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *", "15 3 * * *", "*/15 * * * *", "0 0 1,15 * *", "0 9-17/2 * * MON-FRI",
        "30 2 * JAN,JUL sun",
        "0 0 29 2 *", "0 0 31 1,2 *", "0 0 31 2 MON", "5/10 * * * *", "0 0 * * 7",
    ],
)  # fmt: skip
def test_sound_expressions_have_no_fault(expression: str) -> None:
    assert cron.fault(expression) is None


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("60 * * * *", "minute '60' is outside 0 to 59"),
        ("* 24 * * *", "hour '24'"),
        ("* * 0 * *", "day of month '0'"),
        ("* * * 13 *", "month '13'"),
        ("* * * * 8", "weekday '8'"),
        ("* * * FOO *", "month 'FOO'"),
        ("MON * * * *", "minute 'MON'"),
        ("*/0 * * * *", "step"),
        ("9-5 * * * *", "backwards"),
        ("*-5 * * * *", "mixes"),
        ("1,,2 * * * *", "minute ''"),
        ("a-b-c * * * *", "is not a number"),
        ("@daily", "has 1 fields"),
        ("* * * * * *", "has 6 fields"),
        ("0 0 30 2 *", "never fires"),
        ("0 0 31 4,6 *", "never fires"),
        ("٣ * * * *", "minute"),
    ],
)
def test_faults_name_the_field(expression: str, words: str) -> None:
    assert words in cron.fault(expression)
