"""AIRS XML to HSDS: the rules as data, for the system airs; RTM reads the same."""

from __future__ import annotations

import json

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


READS = {
    "organization": {"agency"},
    "organization_identifier": {"agency"},
    "url": {"agency"},
    "program": {"agency", "service_group"},
    "location": {"agency", "site"},
    "address": {"agency", "site"},
    "phone": {"agency", "site", "site_service"},
    "contact": {"agency", "site", "site_service"},
    "accessibility": {"agency", "site"},
    "service": {"agency", "site", "service_group", "site_service"},
    "service_at_location": {"agency", "site", "site_service"},
    "schedule": {"agency", "site", "site_service"},
    "service_area": {"agency", "site", "site_service"},
    "language": {"agency", "site", "site_service"},
    "required_document": {"agency", "site", "site_service"},
    "cost_option": {"agency", "site", "site_service"},
    "taxonomy": {"site_service"},
    "taxonomy_term": {"agency", "site", "site_service"},
    "attribute": {"agency", "site", "site_service"},
    "metadata": {"agency", "site", "site_service"},
}


@pytest.mark.parametrize("system", ["airs", "rtm"])
def test_a_model_reads_the_raw_tables_it_needs_and_no_others(dbt_elt, system):
    assert rule_cases.reads(dbt_elt, system) == READS


def test_nothing_that_is_never_published_is_named_to_a_model(dbt_elt):
    """NoPhysicalAddress, RecordOwner, IRSStatus, budgets: a column that sources.yml lacks is never read."""
    never = {"NoPhysicalAddress", "RecordOwner", "IRSStatus", "AnnualBudgetTotal", "SourceOfFunds"}

    assert never <= rule_cases.register("airs")
    for unique_id, node in dbt_elt.manifest()["sources"].items():
        if unique_id.split(".")[2] in ("airs", "rtm"):
            named = {column.removesuffix("_json") for column in node["columns"]}
            assert not named & never, unique_id


def document(**flags: str) -> dict[str, list[dict]]:
    """One agency with one of everything; `flags` are attributes of its address, phone and service."""
    address = {"Line1": "1 Main St", "City": "Denver", "ZipCode": "80202"}
    address["@Confidential"] = flags.get("address", "false")
    phone = {"PhoneNumber": "303-555-0100", "@Confidential": flags.get("phone", "false")}
    return {
        "agency": [{"Key": "1", "Name": "Agency", "Phone_json": json.dumps([phone])}],
        "site": [
            {
                "Element": "Site",
                "Key": "2",
                "ParentAgencyKey": "1",
                "PhysicalAddress_json": json.dumps([address]),
                "SpatialLocation_json": json.dumps([{"Latitude": "+39.7", "Longitude": "-104.9"}]),
            }
        ],
        "service_group": [],
        "site_service": [
            {
                "ParentSite": "Site",
                "ParentSiteKey": "2",
                "Key": "3",
                "ParentAgencyKey": "1",
                "DeleteStamp": flags.get("stamp"),
                "Taxonomy_json": json.dumps([{"Code": "XA-1000"}]),
            }
        ],
    }


def land(warehouse, tables, state, source):
    for table, rows in tables.items():
        warehouse.land(f"{source}_{table}", rows, state=state)


LOOKED_AT = ["address", "phone", "service", "service_at_location"]


def test_what_turns_private_or_is_stamped_is_gone_on_the_next_run_and_other_states_are_not_touched(warehouse):
    looked_at = rule_cases.needed("airs", LOOKED_AT)
    for state in ("CO", "WY"):
        land(warehouse, document(), state, "airs")
        warehouse.build(systems=["airs"], state=state, command="run", select=looked_at)
    before = {table: warehouse.rows(table, state="WY") for table in ("organization", *LOOKED_AT)}
    assert all(before.values())

    land(warehouse, document(address="true", phone="true", stamp="true"), "CO", "airs")
    warehouse.build(systems=["airs"], state="CO", command="run", select=looked_at)

    assert [warehouse.rows(table, state="CO") for table in LOOKED_AT] == [[]] * 4
    [place] = warehouse.rows("location", state="CO")
    assert place["location_type"] == "virtual"
    assert "latitude" not in place
    assert {table: warehouse.rows(table, state="WY") for table in before} == before


def test_rtm_makes_the_same_rows_under_ids_of_its_own(new_warehouse, tmp_path_factory):
    made = {}
    for system in ("airs", "rtm"):
        warehouse = new_warehouse(tmp_path_factory.mktemp(system))
        land(warehouse, document(), "CO", system)
        warehouse.build(
            systems=[system], state="CO", command="run", select=rule_cases.needed(system, LOOKED_AT)
        )
        made[system] = {table: warehouse.rows(table) for table in ("organization", "location", *LOOKED_AT)}
    ours, theirs = made["airs"], made["rtm"]

    for table, rows in ours.items():
        assert rows
        [mine], [other] = rows, theirs[table]
        assert mine["id"] != other["id"]
        told = {name for name in mine if not name.endswith("id") and name != "_system"}
        assert {name: mine[name] for name in told} == {name: other[name] for name in told}
