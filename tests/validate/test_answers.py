"""What is told of the answers to sql rules that read private columns."""

from __future__ import annotations

import pytest

from dagster_ingest.spec.contract import Rule
from dagster_ingest.validate.answers import judge_answers
from dagster_ingest.validate.tally import Tally
from tests.validate.contracts import contract, rule


def told(query: str, answer: tuple, *private: str) -> str:
    asked = Rule("*|sql", "sql", (), {"query": query, "columns": ["c"], "must": {"mustBe": 1}})
    made = contract(rule("required", "c"), asked, private=private)
    [reason] = judge_answers([asked], lambda *_: {"*|sql": answer}, {}, Tally(made), made)
    return reason


@pytest.mark.parametrize(
    "error",
    [
        "ConversionException: Conversion Error: Could not convert string 'O'Brien 555' to INT32",
        'InvalidInputException: Could not parse string "O\'Brien 555" according to format specifier',
        "ConversionException: Conversion Error: Type INT64 with value 555 can't be cast",
    ],
)
def test_an_error_quotes_no_private_cell_however_it_quotes(error):
    hidden = told("select max(c::int) from t", (None, error), "c")
    shown = told("select max(c::int) from t", (None, error))

    assert ("Brien" in hidden, "555" in hidden) == (False, False)
    assert "the query failed: " + error.partition(":")[0] in hidden
    assert error in shown


@pytest.mark.parametrize(
    ("query", "hidden"),
    [
        ("select max(c::bigint) from t", True),
        ("select count(*) - max(c::bigint) from t", True),
        ("with x as (select count(*) from t) select max(c) from t", True),
        ("SELECT count( distinct c ) FROM t where c > 1", False),
    ],
)
def test_a_number_made_of_private_cells_is_not_told_unless_it_counts_rows(query, hidden):
    assert ("555123" in told(query, (555123, None), "c")) is not hidden
    assert "the query gave 555123" in told(query, (555123, None))
