"""VisionLink's agency and service exports to HSDS: the rules as data, states, what turns private."""

from __future__ import annotations

import json

import pytest

from tests.dbt_elt import rule_cases
from tests.dbt_elt.harness import Warehouse

ADDRESS = "AgencyAddressus_AgencyAddressus_"
SHAPE = rule_cases.Shape(
    system="visionlink",
    ids=frozenset({"Agency_Id", "Service_Id", "Site_Id"}),
    defaults={
        "agency": {
            "Agency_Status": "active",
            "AgencyOption_Status": '["Active"]',
            "AgencySystem_Name": "Agency",
            f"{ADDRESS}address_1": "1 Main St",
            f"{ADDRESS}city": "Erie",
            f"{ADDRESS}state": "PA",
            f"{ADDRESS}zip": "16501",
        },
        "service": {
            "Service_Status": "active",
            "ServiceOption_Status": '["Active"]',
            "ServiceSystem_Name": "Service",
        },
    },
    companions=False,
)
FILES = rule_cases.load_all(SHAPE)
READS = {
    "organization": {"agency"},
    "organization_identifier": {"agency"},
    "location": {"agency"},
    "address": {"agency"},
    "contact": {"agency"},
    "phone": {"agency", "service"},
    "service": {"service"},
    "service_at_location": {"service"},
    "schedule": {"agency", "service"},
    "service_area": {"service"},
    "language": {"agency", "service"},
    "required_document": {"service"},
    "cost_option": {"service"},
    "accessibility": {"service"},
    "taxonomy": {"service"},
    "taxonomy_term": {"agency", "service"},
    "attribute": {"agency", "service"},
    "metadata": {"agency", "service"},
}


@pytest.fixture(scope="module")
def builds(dbt_elt, tmp_path_factory):
    return rule_cases.Builds(FILES, dbt_elt, tmp_path_factory.mktemp("rules"), state="PA")


@pytest.mark.parametrize(("name", "rule"), rule_cases.cases(FILES))
def test_rule(builds, name, rule):
    builds.check(name, rule)


def test_a_model_reads_the_raw_tables_it_needs_and_no_others(dbt_elt):
    assert rule_cases.reads(dbt_elt, "visionlink") == READS


def land(warehouse: Warehouse, agencies: list[dict], services: list[dict], state: str = "PA") -> None:
    for table, rows in (("agency", agencies), ("service", services)):
        warehouse.land(f"visionlink_{table}", [SHAPE.defaults[table] | row for row in rows], state=state)


def test_what_turns_private_is_gone_on_the_next_run_and_other_states_are_not_touched(warehouse):
    looked_at = rule_cases.needed("visionlink", ["address", "service", "phone"])
    agencies = [{"Agency_Id": "1", f"{ADDRESS}latitude": "42.1", f"{ADDRESS}longitude": "-80.1"}]
    services = [
        {"Service_Id": "2", "Agency_Id": "1", "ServiceSite_ServiceSite": '[{"Site_Id":7}]'},
        {"Service_Id": "3", "Agency_Id": "1", "ServiceSystem_PhoneMain": "555-010-0003"},
    ]
    for state in ("PA", "OH"):
        land(warehouse, agencies, services, state)
        warehouse.build(systems=["visionlink"], state=state, command="run", select=looked_at)
    before = {t: warehouse.rows(t, state="OH") for t in ("address", "service", "phone")}

    hidden = {f"{ADDRESS}address_1": "", "AgencyAddressus_ConfidentialAddress_address_1": "1 Main St"}
    gone = {"ServiceOption_Status": '["Internal Only"]'}
    land(warehouse, [agencies[0] | hidden], [services[0], services[1] | gone])
    warehouse.build(systems=["visionlink"], state="PA", command="run", select=looked_at)

    assert [warehouse.rows(t, state="PA") for t in ("address", "phone")] == [[], []]
    assert [row["_source_id"] for row in warehouse.rows("service", state="PA")] == ["2"]
    [place] = warehouse.rows("location", state="PA")
    assert place["location_type"] == "virtual"
    assert "latitude" not in place
    assert {t: warehouse.rows(t, state="OH") for t in before} == before
    assert all(before.values())


def test_names_of_terms_are_published_only_with_a_licence(warehouse):
    terms = json.dumps([{"taxonomy_code": "XA-1000", "taxonomy_name": "Licensed name"}])
    land(
        warehouse,
        [{"Agency_Id": "1"}],
        [{"Service_Id": "2", "Agency_Id": "1", "ServiceTaxonomy_ModuleServicepost": terms}],
    )

    names = []
    for choice in (False, True):
        warehouse.build(
            systems=["visionlink"],
            state="PA",
            command="run",
            select=rule_cases.needed("visionlink", ["taxonomy_term"]),
            privacy={"publish_taxonomy_names": choice},
        )
        [term] = [row for row in warehouse.rows("taxonomy_term") if row["code"] == "XA-1000"]
        names.append((term["name"], term["description"]))

    assert names == [("XA-1000", "XA-1000"), ("Licensed name", "Licensed name")]


def test_nothing_of_the_register_reaches_elt(warehouse):
    tokens = {
        column: f"42.17{n:03d}9" if column.endswith("tude") else f"ZQ{n:03d}QZ"
        for n, column in enumerate(sorted(rule_cases.register("visionlink")))
    }
    marks = {
        column: json.dumps([{"taxonomy_code": "XA-1000", "taxonomy_name": token}])
        if column == "ServiceTaxonomy_ModuleServicepost"
        else f"555-010-0001 {token}"
        if "phonenumber" in column.lower()
        else token
        for column, token in tokens.items()
    }
    agency = {c: mark for c, mark in marks.items() if c.startswith("Agency")}
    service = {c: mark for c, mark in marks.items() if c.startswith("Service")}
    assert agency.keys() | service.keys() == tokens.keys()
    hidden = {f"{ADDRESS}{part}": "" for part in ("address_1", "city", "zip")}
    land(
        warehouse,
        [
            {"Agency_Id": "1", "AgencySystem_Name": "Told to everybody", **agency},
            {"Agency_Id": "2", **agency, **hidden},
        ],
        [{"Service_Id": "3", "Agency_Id": "1", "ServiceSite_ServiceSite": '[{"Site_Id":7}]', **service}],
    )

    warehouse.build(systems=["visionlink"], state="PA", command="run")

    text = rule_cases.elt_text(warehouse.path)
    assert "Told to everybody" in text
    assert "XA-1000" in text
    assert [column for column, token in tokens.items() if token in text] == []
