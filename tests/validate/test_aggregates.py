"""Thresholds and ages: counted over all rows that the audit saw, compared once, with evidence."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from dagster_ingest.spec.contract import Rule
from dagster_ingest.spec.models import Policy
from dagster_ingest.validate.aggregates import holds, in_words
from dagster_ingest.validate.audit import Auditor
from tests.validate.contracts import contract, rule

QUARANTINE = Policy(on_reject="quarantine", max_share=1.0)


def judged(made, *batches, now=None, policy=QUARANTINE):
    auditor = Auditor(made, policy, {}, None, now=now)
    parts = [auditor.batch(batch) for batch in batches]
    verdict, late = auditor.finish()
    return verdict, pl.concat([accepted for accepted, _ in parts]), late


def some(kind: str, *columns: str, unit: str = "rows", severity: str = "error", **must) -> Rule:
    more = {key: must.pop(key) for key in ("values", "pattern", "null") if key in must}
    return rule(kind, *columns, severity=severity, unit=unit, must=must, **more)


def result(verdict, kind):
    return next(r for r in verdict.results if r.rule.endswith(kind))


@pytest.mark.parametrize(
    ("must", "good", "bad"),
    [
        ({"mustBe": 5}, [5], [4, 6]),
        ({"mustNotBe": 5}, [4, 6], [5]),
        ({"mustBeGreaterThan": 5}, [6], [5]),
        ({"mustBeGreaterOrEqualTo": 5}, [5], [4]),
        ({"mustBeLessThan": 5}, [4], [5]),
        ({"mustBeLessOrEqualTo": 5}, [5], [6]),
        ({"mustBeBetween": [1, 5]}, [1, 3, 5], [0, 6]),
        ({"mustNotBeBetween": [1, 5]}, [0, 6], [1, 3, 5]),
        ({"mustBeGreaterThan": 1, "mustBeLessThan": 5}, [2, 4], [1, 5]),
        ({"mustBe": True}, [True], [False, 1]),
        ({"mustNotBe": True}, [False], [True, 0]),
        ({"mustBe": 1}, [1, 1.0], [True]),
    ],
)
def test_every_operator_of_the_standard_compares(must, good, bad) -> None:
    assert [holds(value, must) for value in good] == [True] * len(good)
    assert [holds(value, must) for value in bad] == [False] * len(bad)


def test_thresholds_are_told_in_words() -> None:
    assert in_words({"mustBeLessThan": 5}, "percent") == "must be less than 5 percent"
    assert in_words({"mustBeBetween": [1, 5], "mustNotBe": 3}, "rows") == "must be 1 to 5 and not be 3 rows"


def test_a_threshold_that_holds_is_no_failure_and_keeps_no_evidence(rows) -> None:
    verdict, accepted, _ = judged(
        contract(some("null_values", "c", mustBeLessThan=2)), rows(c=["x", None]), rows(c=["y"], start=3)
    )

    found = result(verdict, "null_values")
    assert (verdict.outcome, verdict.failed_rules, accepted.height) == ("commit", (), 3)
    assert (found.failed, found.samples, found.observed) == (0, (), "1 of 3 rows")


def test_a_broken_threshold_blocks_with_samples_and_rejects_no_row(rows) -> None:
    verdict, accepted, _ = judged(
        contract(some("invalid_values", "c", values=["a"], mustBeLessThan=2)), rows(c=["x", "a", "y", None])
    )

    found = result(verdict, "invalid_values")
    assert (verdict.outcome, verdict.rows_rejected, accepted.height) == ("block", 0, 4)
    assert [(s.row_number, s.value) for s in found.samples] == [(1, "x"), (3, "y")]
    assert verdict.reason == "blocked: c|invalid_values: 2 of 4 rows, must be less than 2 rows"


def test_a_broken_warning_is_told_and_lets_the_delivery_pass(rows) -> None:
    made = contract(some("null_values", "c", severity="warn", mustBe=1))

    verdict, _, _ = judged(made, rows(c=["x", "y"]))

    assert verdict.outcome == "commit"
    assert [(r.rule, r.failed, r.observed) for r in verdict.failed_rules] == [
        ("c|null_values", 1, "0 of 2 rows")
    ]


def test_rows_that_other_rules_reject_count_too(rows) -> None:
    made = contract(
        rule("required", "k"),
        some("null_values", "c", mustBeLessThan=2),
        some("duplicate_values", "c", mustBe=1),
    )

    verdict, accepted, _ = judged(made, rows(k=[None, "1", "2", "3"], c=[None, None, "x", "x"]))

    assert accepted.height == 3
    assert result(verdict, "null_values").observed == "2 of 4 rows"
    assert result(verdict, "duplicate_values").observed == "1 of 4 rows"


@pytest.mark.parametrize(
    ("nulls", "rows_", "limit", "broken"),
    [(3, 1000, 0.3, False), (1, 3, 33.3, True), (29, 100, 29, False), (7, 100, 7, False), (0, 0, 0, False)],
)
def test_percentages_are_compared_exactly(rows, nulls, rows_, limit, broken) -> None:
    made = contract(
        some("null_values", "c", unit="percent", mustBeLessOrEqualTo=limit), rule("row_count", min=0)
    )

    verdict, _, _ = judged(made, rows(c=[None] * nulls + ["x"] * (rows_ - nulls)))

    assert (result(verdict, "null_values").failed > 0) is broken


def test_duplicates_are_the_rows_after_the_first_over_all_batches(rows) -> None:
    made = contract(some("duplicate_values", "a", "b", mustBeLessThan=1))
    batches = (rows(a=["1", "2"], b=["x", "x"]), rows(a=["1 ", "1", None], b=["x", "y", "y"], start=3))

    verdict, accepted, late = judged(made, *batches)

    found = result(verdict, "duplicate_values")
    assert (found.failed, [s.row_number for s in found.samples]) == (1, [3])
    assert (accepted.height, late) == (5, {})


def test_samples_of_private_columns_are_masked(rows) -> None:
    made = contract(some("invalid_values", "c", values=["a"], mustBe=1), private=("c",))

    verdict, _, _ = judged(made, rows(c=["secret", "hidden"]))

    assert [s.value for s in result(verdict, "invalid_values").samples] == ["***", "***"]
    assert "secret" not in repr(verdict)


AGES = [
    (rule("type", "c", type="timestamp"), ["2024-03-01 11:00:00", "2020-01-01 00:00:00"], 60, False),
    (rule("type", "c", type="timestamp"), ["2024-03-01 10:59:59"], 60, True),
    (rule("type", "c", type="timestamp"), ["2024-03-01T12:00:00+01:00"], 60, False),
    (rule("type", "c", type="timestamp"), ["2025-01-01 00:00:00"], 60, False),
    (rule("type", "c", type="date"), ["2024-02-29"], 12 * 60, False),
    (rule("type", "c", type="date"), ["2024-02-29"], 12 * 60 - 1, True),
    (rule("type", "c", type="date", formats=["%m/%d/%Y"]), ["02/29/2024", "x"], 12 * 60, False),
    (rule("type", "c", type="timestamp", zone="America/Chicago"), ["2024-03-01 05:30:00"], 30, False),
    (rule("type", "c", type="timestamp", zone="America/Chicago"), ["2024-03-01 05:29:59"], 30, True),
    (rule("type", "c", type="date"), ["", "x"], 10**6, True),
]


@pytest.mark.parametrize(("typed", "values", "minutes", "broken"), AGES)
def test_freshness_asks_for_the_newest_value(rows, typed, values, minutes, broken) -> None:
    made = contract(typed, rule("freshness", "c", minutes=minutes))

    verdict, _, _ = judged(made, *(rows(c=[v], start=n) for n, v in enumerate(values, 1)), now=NOW)

    assert (result(verdict, "freshness").failed > 0) is broken
    assert verdict.outcome == ("block" if broken else "commit")


NOW = datetime(2024, 3, 1, 12, 0)


def test_an_age_does_not_tell_a_private_date(rows) -> None:
    made = contract(rule("type", "c", type="date"), rule("freshness", "c", minutes=1440), private=("c",))

    verdict, _, _ = judged(made, rows(c=["2024-02-20"]), now=NOW)

    assert result(verdict, "freshness").observed == "the newest value is 9.5 days old"
    assert "2024" not in verdict.reason


@pytest.mark.parametrize("severity", ["warn", "error"])
def test_retention_flags_rows_that_are_too_old(rows, severity) -> None:
    made = contract(rule("type", "c", type="date"), rule("retention", "c", severity=severity, minutes=1440))

    verdict, accepted, _ = judged(made, rows(c=["2024-02-28", "2024-02-29", None, "x"]), now=NOW)

    found = result(verdict, "retention")
    assert (found.failed, [s.row_number for s in found.samples]) == (1, [1])
    assert accepted.height == (3 if severity == "warn" else 2)


def test_the_dimension_of_a_rule_reaches_its_result(rows) -> None:
    made = contract(Rule("c|required", "required", ("c",), dimension="accuracy"))

    verdict, _, _ = judged(made, rows(c=[None]))

    assert result(verdict, "required").dimension == "accuracy"


def test_a_sql_rule_that_nobody_answers_blocks(rows) -> None:
    made = contract(rule("required", "c"), Rule("*|sql", "sql", (), {"columns": [], "must": {"mustBe": 1}}))

    verdict, _, _ = judged(made, rows(c=["x"]))

    assert verdict.reason == "blocked: *|sql: the query failed: nobody ran the query, must be 1"
