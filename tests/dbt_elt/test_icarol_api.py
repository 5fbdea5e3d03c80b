"""iCarol's API to HSDS: the rules as data."""

from __future__ import annotations

import pytest

from tests.dbt_elt import rule_cases

SHAPE = rule_cases.Shape(
    system="icarol_api",
    ids=frozenset({"id"}),
    defaults={"resource": {"status": "Active"}},
    companions=False,
    namespace="icarol",
)
FILES = rule_cases.load_all(SHAPE)


@pytest.fixture(scope="module")
def builds(dbt_elt, tmp_path_factory):
    return rule_cases.Builds(FILES, dbt_elt, tmp_path_factory.mktemp("rules"), state="IA")


@pytest.mark.parametrize(("name", "rule"), rule_cases.cases(FILES))
def test_rule(builds, name, rule):
    builds.check(name, rule)
