"""AIRS XML to HSDS: the rules as data, for the system airs; RTM reads the same."""

from __future__ import annotations

import pytest

from tests.dbt_elt import rule_cases

SHAPE = rule_cases.Shape(
    system="airs",
    ids=frozenset({"Key", "ParentAgencyKey", "ParentSiteKey", "ServiceGroupKey"}),
    defaults={
        "agency": {"Name": "Agency"},
        "site": {"Element": "Site", "Name": "Site"},
        "service_group": {},
        "site_service": {"ParentSite": "Site", "Name": "Service", "Taxonomy": [{"Code": "XA-1000.2000"}]},
    },
    companions=True,
)
FILES = rule_cases.load_all(SHAPE)


@pytest.fixture(scope="module")
def builds(dbt_elt, tmp_path_factory):
    return rule_cases.Builds(FILES, dbt_elt, tmp_path_factory.mktemp("rules"), state="CO")


@pytest.mark.parametrize(("name", "rule"), rule_cases.cases(FILES))
def test_rule(builds, name, rule):
    builds.check(name, rule)
