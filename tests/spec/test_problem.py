"""How a problem is told."""

from __future__ import annotations

from dagster_ingest.errors import SpecError
from dagster_ingest.spec.problem import SpecProblem, shown

PROBLEM = SpecProblem(
    "tenants/a/tenant.yaml",
    "unknown key 'ownres'",
    3,
    1,
    "'ownres'",
    ("owners", "states"),
    "owners",
    tenant="a",
)


def test_a_problem_tells_place_consequence_and_way_out() -> None:
    assert str(PROBLEM) == (
        "tenants/a/tenant.yaml:3:1: unknown key 'ownres'\n"
        "  not done: nothing of tenant 'a' is loaded\n"
        "  fix: did you mean 'owners'?; allowed: owners, states"
    )


def test_a_problem_can_be_raised() -> None:
    error = PROBLEM.error()

    assert isinstance(error, SpecError)
    assert error.where == "tenants/a/tenant.yaml:3:1"


def test_long_lists_of_allowed_values_are_cut() -> None:
    problem = SpecProblem("f", "p", allowed=tuple(f"v{i}" for i in range(50)))

    assert problem.hint.endswith("v39 and 10 more")


def test_values_are_shown_on_one_printable_line_and_cut() -> None:
    assert shown("a\n\x1b[31m") == "'a\\n\\x1b[31m'"
    assert len(shown("x" * 1000)) == 160
