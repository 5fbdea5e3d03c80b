"""iCarol beyond single rules: header widths, the never-publish register, records that turn private."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.dbt_elt.rule_cases import needed

PACKAGE = Path(__file__).parents[2] / "dagster_ingest"


@pytest.fixture(scope="module")
def register() -> list[str]:
    document = yaml.safe_load((PACKAGE / "systems" / "icarol" / "system.yaml").read_text())
    return [column for group in document["register"].values() for column in group["columns"]]


def header(width: int) -> list[str]:
    return (PACKAGE / "testing" / "sample" / "headers" / f"icarol_{width}.txt").read_text().split("\n")


def agency(number: str, **fields: str) -> dict[str, str]:
    return {
        "ResourceAgencyNum": number,
        "TaxonomyLevelName": "Agency",
        "PublicName": f"Agency {number}",
        "AgencyStatus": "Active",
        **fields,
    }


def test_all_header_widths_are_read(warehouse):
    for width in (116, 166, 169):
        blank = {name.replace(" ", "_"): "" for name in header(width) if name}
        warehouse.land(f"w{width}_resource", [blank | agency(str(width), PhoneFax="515-555-0100")])

    warehouse.build(
        systems=["icarol"],
        sources={"icarol": ["w116", "w166", "w169"]},
        command="run",
        select=needed("icarol", ["organization", "phone"]),
    )

    assert [r["_source_id"] for r in warehouse.rows("organization")] == ["116", "166", "169"]
    assert [r["_source_id"] for r in warehouse.rows("phone")] == [f"agency:{n}:fax" for n in (116, 166, 169)]


def test_never_published_columns_are_never_read(warehouse, register):
    never = {
        "InternalNotes",
        "InternalNotesForEditorsAndViewers",
        "ResourceInfo",
        "LastVerifiedByName",
        "LastVerifiedByTitle",
        "LastVerifiedByPhoneNumber",
        "LastVerifiedByEmailAddress",
        "LastVerificationApprovedBy",
        "OtherAddress1",
        "OtherCity",
        "OtherPostalCode",
        "AnnualBudgetTotal",
        "IRSStatus",
        "SourceOfFunds",
        "CurrentWorkflowStepCode",
        "TaxonomyTerm",
        "TaxonomyTermsNotDeactivated",
    }
    assert never <= set(register)
    warehouse.land("icarol_resource", [agency("1") | dict.fromkeys(never, "CANARY")])

    run = warehouse.build(systems=["icarol"], command="run")

    read = {word for sql in run.compiled.values() for word in re.findall(r"\w+", sql)}
    assert "ResourceAgencyNum" in read
    assert not never & read


def test_what_is_registered_cannot_be_a_custom_attribute(dbt_elt, warehouse, register):
    listed = json.loads(dbt_elt.render("{{ tojson(icarol__never_attributes()) }}"))
    assert set(register) <= set(listed)

    choices = {"adapt": {"custom_attributes": {"InternalNotes": "Notes"}}}
    run = warehouse.build(systems=["icarol"], select=["icarol__annotation"], check=False, **choices)

    assert "names InternalNotes, which is never published" in run.failures["icarol__annotation"]


def test_private_values_stay_out_of_every_table(warehouse):
    """Every registered column filled with a canary, every flag private: nothing comes through."""
    private = dict.fromkeys([n for n in header(169) if n.endswith("IsPrivate")], "TRUE")
    document = yaml.safe_load((PACKAGE / "systems" / "icarol" / "system.yaml").read_text())
    columns = [c for group in document["register"].values() for c in group["columns"]]
    canaries = {column: f"CANARY {n} 555-0{n:03d}" for n, column in enumerate(columns)}
    canaries |= {"Latitude": "41.98765", "Longitude": "-93.98765"}
    agency_row = agency("1") | canaries | private
    program = agency_row | {"ResourceAgencyNum": "11", "TaxonomyLevelName": "Program", "ParentAgencyNum": "1"}
    site = agency_row | {"ResourceAgencyNum": "12", "TaxonomyLevelName": "Site", "ParentAgencyNum": "1"}
    link = agency_row | {"ResourceAgencyNum": "13", "TaxonomyLevelName": "ProgramAtSite"}
    link |= {"ConnectsToProgramNum": "11", "ConnectsToSiteNum": "12"}
    warehouse.land("icarol_resource", [agency_row, program, site, link])

    warehouse.build(systems=["icarol"], command="run")

    assert warehouse.rows("service_at_location")
    tables = warehouse.tables() | {name: warehouse.rows(name) for name in ("icarol__record", "icarol__offer")}
    leaks = [
        (name, column)
        for name, rows in tables.items()
        for row in rows
        for column, value in row.items()
        if "CANARY" in str(value) or "98765" in str(value)
    ]
    assert leaks == []


def test_a_record_that_turns_private_or_inactive_is_gone_after_the_next_run(warehouse):
    place = {"PhysicalAddress1": "1 Main St", "PhysicalCity": "Ames", "PhysicalPostalCode": "50010"}
    program = {"TaxonomyLevelName": "Program", "ParentAgencyNum": "1", **place}
    first = agency("11", Phone1Number="515-555-0100") | program
    second = agency("12") | program
    warehouse.land("icarol_resource", [agency("1"), first, second])
    warehouse.build(systems=["icarol"], command="run")
    assert len(warehouse.rows("address")) == 2

    first |= {"PhysicalAddressIsPrivate": "Yes", "Phone1IsPrivate": "TRUE"}
    second |= {"AgencyStatus": "Inactive"}
    warehouse.land("icarol_resource", [agency("1"), first, second])
    warehouse.build(systems=["icarol"], command="run")

    tables = warehouse.tables()
    assert tables["address"] == tables["phone"] == []
    assert [r["_source_id"] for r in tables["service"]] == ["11"]
    text = json.dumps(tables | {"record": warehouse.rows("icarol__record")}, default=str)
    assert "1 Main St" not in text
    assert "515-555-0100" not in text


def test_taxonomy_names_may_be_missing_from_the_whole_file(warehouse):
    codes = {
        "TaxonomyLevelName": "Program",
        "ParentAgencyNum": "1",
        "TaxonomyCodes": "XA-1000 * YB-2000; XA-3000",
    }
    warehouse.land("icarol_resource", [agency("1"), agency("11") | codes])

    choices = {"privacy": {"publish_taxonomy_names": True}}
    warehouse.build(systems=["icarol"], select=needed("icarol", ["taxonomy_term"]), command="run", **choices)

    assert {r["code"]: r["name"] for r in warehouse.rows("taxonomy_term")} == {
        code: code for code in ("XA-1000", "YB-2000", "XA-3000")
    }


def test_an_alert_ends_with_its_day_without_new_data(warehouse):
    message = {"TemporaryMessage": "Closed for snow", "TemporaryMessageExpires": "2026-03-10 18:00:00"}
    place = {"PhysicalAddress1": "1 Main St", "PhysicalCity": "Ames", "PhysicalPostalCode": "50010"}
    program = agency("11") | message | place | {"TaxonomyLevelName": "Program", "ParentAgencyNum": "1"}
    warehouse.land("icarol_resource", [agency("1"), program])
    warehouse.build(systems=["icarol"], command="run", as_of="2026-03-10")
    assert [r["alert"] for r in warehouse.rows("service")] == ["Closed for snow"]

    only = ["icarol__alert", "service"]
    warehouse.build(systems=["icarol"], command="run", select=only, as_of="2026-03-11")

    assert [r.get("alert") for r in warehouse.rows("service")] == [None]
