"""HSDS as a source: packages and APIs to the platform's model, by rules, and what must not get through."""

from __future__ import annotations

import pytest

from tests.dbt_elt import rule_cases

ADDRESS = {"address_1": "1 Main St", "city": "Ames", "state_province": "IA", "postal_code": "50010"}
PACKAGE = rule_cases.Shape(
    system="hsds",
    ids=frozenset(
        {
            "id", "organization_id", "program_id", "service_id", "location_id", "service_at_location_id",
            "contact_id", "phone_id", "link_id", "resource_id", "taxonomy_id", "taxonomy_term_id",
        }
    ),
    defaults={
        "organization": {"name": "Organization"},
        "program": {"name": "Program"},
        "service": {"name": "Service"},
        "location": {"name": "Location"},
        "address": {**ADDRESS, "country": "US"},
        "physical_address": ADDRESS,
        "postal_address": ADDRESS,
        **{
            table: {}
            for table in (
                "service_at_location", "phone", "contact", "metadata", "organization_identifier", "taxonomy",
                "taxonomy_term", "schedule", "regular_schedule", "eligibility", "language", "service_area",
                "accessibility", "accessibility_for_disabilities", "payment_accepted", "cost_option",
                "service_attribute", "attribute", "required_document", "url",
            )
        },
    },
    companions=False,
)  # fmt: skip
API = rule_cases.Shape(
    system="hsds_api",
    ids=frozenset({"id"}),
    defaults={"organization": {}, "service": {"name": "Service"}, "location": {"name": "Location"}},
    companions=False,
    namespace="hsds",
)
FILES = {
    f"{shape.system}_{name}": file
    for shape in (PACKAGE, API)
    for name, file in rule_cases.load_all(shape).items()
}


class Builds(rule_cases.Builds):
    def warehouse(self, name: str):
        return self._warehouse(name)


@pytest.fixture(scope="module")
def builds(dbt_elt, tmp_path_factory):
    return Builds(FILES, dbt_elt, tmp_path_factory.mktemp("rules"), state="IA")


@pytest.mark.parametrize(("name", "rule"), rule_cases.cases(FILES))
def test_rule(builds, name, rule):
    builds.check(name, rule)


@pytest.mark.parametrize("name", ["hsds_public", "hsds_api_public"])
def test_nothing_private_gets_through(builds, name):
    text = rule_cases.elt_text(builds.warehouse(name).path).lower()

    assert "canary" not in text
    assert "555-010-9999" not in text


def test_every_table_of_a_package_that_has_a_use_is_read(dbt_elt):
    read = set().union(*rule_cases.reads(dbt_elt, "hsds").values())

    assert read == set(PACKAGE.defaults)


def test_a_state_is_replaced_and_another_is_left_alone(warehouse):
    warehouse.land("hsds_api_organization", [{"id": "1", "name": "Iowa"}])
    warehouse.land("hsds_api_organization", [{"id": "1", "name": "Nebraska"}], state="NE")
    select = rule_cases.needed("hsds_api", ["organization"])
    for state in ("IA", "NE"):
        warehouse.build(systems=["hsds_api"], state=state, command="run", select=select)
    warehouse.land("hsds_api_organization", [{"id": "2", "name": "Iowa again"}])
    warehouse.build(systems=["hsds_api"], command="run", select=select)

    assert {(r["_state"], r["name"]) for r in warehouse.rows("organization")} == {
        ("IA", "Iowa again"),
        ("NE", "Nebraska"),
    }
