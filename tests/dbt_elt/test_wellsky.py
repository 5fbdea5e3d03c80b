"""WellSky's five files to HSDS: the rules as data, isolation of states, what turns private."""

from __future__ import annotations

import json

import pytest

from tests.dbt_elt import rule_cases
from tests.dbt_elt.harness import Warehouse

SHOWN = {"ISACTIVE": "1", "OPERATIONAL": "1", "SHOW_ON_PUBLIC_SITE": "1"}
SHAPE = rule_cases.Shape(
    system="wellsky",
    ids=frozenset({"ID", "ORGANIZATION_ID", "LOCATION_ID", "PROVIDER_SERVICE_CODE_ID", "id"}),
    defaults={
        "organization": {"NAME": "Organization", **SHOWN},
        "location": {"NAME": "Location", **SHOWN},
        "locationphone": {"NUMBER": "555-010-0000", "ISACTIVE": "1"},
        "physicaladdress": {
            "ADDRESS_1": "1 Main St",
            "CITY": "Estero",
            "STATE_PROVINCE": "FL ",
            "POSTAL_CODE": "33928",
            "ISACTIVE": "1",
        },
        "services": {
            "SERVICE_CODE_ID": "7",
            "NAME": "XA-1000.2000",
            "ALTERNATE_NAME": "Service",
            "STATUS": "Available",
            "ISACTIVE": "1",
        },
    },
    companions=True,
)
FILES = rule_cases.load_all(SHAPE)


@pytest.fixture(scope="module")
def builds(dbt_elt, tmp_path_factory):
    return rule_cases.Builds(FILES, dbt_elt, tmp_path_factory.mktemp("rules"), state="FL")


@pytest.mark.parametrize(("name", "rule"), rule_cases.cases(FILES))
def test_rule(builds, name, rule):
    builds.check(name, rule)


READS = {
    "organization": {"organization"},
    "organization_identifier": {"organization"},
    "url": {"organization"},
    "location": {"organization", "location", "physicaladdress"},
    "address": {"organization", "location", "physicaladdress"},
    "phone": {"organization", "location", "locationphone"},
    "accessibility": {"location"},
    "contact": {"organization", "location"},
    "service": {"organization", "location", "services"},
    "service_at_location": {"location", "services"},
    "schedule": {"organization", "location", "services"},
    "service_area": {"location", "services"},
    "language": {"organization", "location", "services"},
    "required_document": {"location", "services"},
    "taxonomy": {"services"},
    "taxonomy_term": {"location", "services"},
    "attribute": {"location", "services"},
    "metadata": {"organization", "location", "services"},
}


def test_a_model_reads_the_raw_tables_it_needs_and_no_others(dbt_elt):
    assert rule_cases.reads(dbt_elt, "wellsky") == READS


def land(warehouse: Warehouse, tables: dict[str, list[dict]], state: str = "FL") -> None:
    for table, defaults in SHAPE.defaults.items():
        rows = [defaults | row for row in tables.get(table, [])]
        warehouse.land(f"wellsky_{table}", rows, state=state)


def small_export(**flags: str) -> dict[str, list[dict]]:
    """One organization with one of everything; `flags` go to the tables they are named after."""
    return {
        "organization": [{"ID": "1", "SHOW_ON_PUBLIC_SITE": flags.get("organization", "1")}],
        "location": [{"ID": "2", "ORGANIZATION_ID": "1", "LATITUDE": "26.5", "LONGITUDE": "-81.9"}],
        "locationphone": [
            {
                "ID": "3",
                "LOCATION_ID": "2",
                "ORGANIZATION_ID": "1",
                "ISACTIVE": flags.get("locationphone", "1"),
            }
        ],
        "physicaladdress": [{"ID": "4", "LOCATION_ID": "2", "ISACTIVE": flags.get("physicaladdress", "1")}],
        "services": [
            {
                "PROVIDER_SERVICE_CODE_ID": "5",
                "ORGANIZATION_ID": "1",
                "LOCATION_ID": "2",
                "ISACTIVE": flags.get("services", "1"),
            }
        ],
    }


def test_what_turns_private_is_gone_on_the_next_run_and_other_states_are_not_touched(warehouse):
    looked_at = rule_cases.needed("wellsky", ["address", "phone", "service_at_location"])
    for state in ("FL", "AL"):
        land(warehouse, small_export(), state)
        warehouse.build(systems=["wellsky"], state=state, command="run", select=looked_at)
    before = {t: warehouse.rows(t, state="AL") for t in ("organization", "address", "phone", "service")}

    land(warehouse, small_export(locationphone="0", physicaladdress="0", services="0"))
    warehouse.build(systems=["wellsky"], state="FL", command="run", select=looked_at)

    assert [
        warehouse.rows(t, state="FL") for t in ("address", "phone", "service", "service_at_location")
    ] == [[]] * 4
    [place] = warehouse.rows("location", state="FL")
    assert place["location_type"] == "virtual"
    assert "latitude" not in place
    assert len(warehouse.rows("organization", state="FL")) == 1
    assert {t: warehouse.rows(t, state="AL") for t in before} == before
    assert all(before.values())


@pytest.mark.parametrize(
    ("hidden", "services", "offers"),
    [
        ([], {"5"}, {"5": "5", "6": "5"}),
        (["5"], {"6"}, {"6": "6"}),
        (["6"], {"5"}, {"5": "5"}),
        (["5", "6"], set(), {}),
    ],
)
def test_a_service_is_hidden_by_the_id_of_its_row_in_the_export(warehouse, hidden, services, offers):
    """Rows of equal texts are one service under the lowest id; what a tenant sees are the ids of rows."""
    export = small_export()
    export["location"] += [{"ID": "9", "ORGANIZATION_ID": "1"}]
    export["services"] += [{"PROVIDER_SERVICE_CODE_ID": "6", "ORGANIZATION_ID": "1", "LOCATION_ID": "9"}]
    land(warehouse, export)

    looked_at = rule_cases.needed("wellsky", ["service_at_location"])
    warehouse.build(
        systems=["wellsky"],
        state="FL",
        command="run",
        select=looked_at,
        adapt={"hide_services": hidden},
    )

    assert {row["_source_id"] for row in warehouse.rows("service")} == services
    named = {row["id"]: row["_source_id"] for row in warehouse.rows("service")}
    assert {r["_source_id"]: named[r["service_id"]] for r in warehouse.rows("service_at_location")} == offers


def test_nothing_of_the_register_reaches_elt(warehouse):
    tokens: dict[tuple[str, str], str] = {}

    def mark(table: str, column: str) -> str:
        number = len(tokens)
        tokens[table, column] = {
            "LATITUDE": f"26.71{number:03d}9",
            "LONGITUDE": f"-81.71{number:03d}9",
            "NUMBER": f"555-717-{number:04d}",
        }.get(column, f"ZQ{number:03d}QZ")
        return tokens[table, column]

    def marked(table: str, *columns: str) -> dict[str, str]:
        return {column: mark(table, column) for column in columns}

    def nested(table: str, column: str, **flags: object) -> dict[str, str]:
        item = {"id": 77, "name": mark(table, column), "address_1": tokens[table, column], **flags}
        return {column: repr([item]), f"{column}_json": json.dumps([item])}

    staff = ("PROVIDER_MAINTAINING_ID", "PROVIDER_MAINTAINING_NAME")
    place = ("ATTENTION", "ADDRESS_2", "ADDRESS_3", "ADDRESS_4", "CITY", "REGION", "POSTAL_CODE")
    point = ("LATITUDE", "LONGITUDE")
    export = small_export(physicaladdress="0", locationphone="0")
    export["organization"][0] |= marked("organization", *staff, "TAX_ID")
    export["organization"][0] |= nested("organization", "CONTACTS", hide_from_provider_profile=True)
    export["organization"][0] |= nested("organization", "SERVICES")
    export["location"][0] |= marked("location", *staff, *point) | nested("location", "SERVICES")
    export["location"][0] |= nested("location", "POSTAL_ADDRESS", isActive=False)
    export["location"][0] |= nested("location", "PHYSICAL_ADDRESS") | nested("location", "PHONES")
    export["location"][0] |= nested("location", "CONTACTS", hide_from_provider_profile=False, isActive=False)
    export["physicaladdress"][0] |= marked("inactive", "ADDRESS_1", *place, *point)
    export["physicaladdress"].append(
        {"ID": "6", "LOCATION_ID": "2", "ADDRESS_1": None, **marked("withheld", *place, *point)}
    )
    export["locationphone"][0] |= marked("locationphone", "NUMBER")
    export["services"][0] |= marked("services", "TAXONOMY_DEFINITION", "FUNDING")
    export["services"][0]["ALTERNATE_NAME"] = "Told to everybody"
    land(warehouse, export)

    for opted in (False, True):
        warehouse.build(
            systems=["wellsky"],
            state="FL",
            command="run",
            privacy={"publish_contacts": opted, "publish_taxonomy_names": opted},
        )
        text = rule_cases.elt_text(warehouse.path)
        assert "Told to everybody" in text
        assert [where for where, token in tokens.items() if token in text] == []
    assert {column for _, column in tokens} >= rule_cases.register("wellsky")
