import ast
import json
from collections import Counter

import pytest

from dagster_ingest.testing import sample

NESTED = {
    "organization": ("CONTACTS", "SERVICES", "LOCATIONS"),
    "location": ("SERVICES", "POSTAL_ADDRESS", "PHYSICAL_ADDRESS", "PHONES", "CONTACTS", "SERVICEAREAS"),
}


@pytest.mark.parametrize("state", ["FL", "AL"])
def test_nested_columns_are_python_literals(deliveries, state):
    texts = [
        row[column]
        for table, columns in NESTED.items()
        for row in deliveries.table("gulf", table, state=state)
        for column in columns
    ]

    for text in texts:
        assert isinstance(ast.literal_eval(text), list)
    assert "[]" in texts
    assert any("None" in t and "True" in t and "False" in t for t in texts)
    assert any('"' in t and "'" in t for t in texts), "an apostrophe switches to double quotes"
    with pytest.raises(json.JSONDecodeError):
        json.loads(next(t for t in texts if t != "[]"))


def test_service_areas_are_json(deliveries):
    levels = Counter(
        area["level"]
        for row in deliveries.table("gulf", "services")
        for area in json.loads(row["SERVICE_AREAS"])
    )

    assert set(levels) == {"County/Parish", "City", "Postal Code", "State"}


def test_nested_copies_agree_with_the_flat_files(deliveries):
    flat = {row["ID"]: row["NUMBER"] for row in deliveries.table("gulf", "locationphone")}
    nested = {
        str(phone["id"]): phone["number"]
        for row in deliveries.table("gulf", "location")
        for phone in ast.literal_eval(row["PHONES"])
    }

    assert nested == flat


def test_one_id_for_an_organization_and_its_location(deliveries):
    organizations = {r["ID"]: r for r in deliveries.table("gulf", "organization")}
    shared = [r for r in deliveries.table("gulf", "location") if r["ID"] in organizations]

    assert shared
    assert {r["AIRS_DESIGNATION_ID"] for r in shared} == {"AgencyAndSite"}


def test_gates(deliveries):
    organizations = deliveries.table("gulf", "organization")

    for column in ("ISACTIVE", "OPERATIONAL", "SHOW_ON_PUBLIC_SITE"):
        assert {r[column] for r in organizations} == {"True", "False"}
    for table in ("location", "locationphone", "physicaladdress", "services"):
        assert {r["ISACTIVE"] for r in deliveries.table("gulf", table)} == {"True", "False"}
    hidden = [
        (c["hide_from_provider_profile"], c["isActive"])
        for r in organizations
        for c in ast.literal_eval(r["CONTACTS"])
    ]
    assert {(True, True), (False, True), (False, False)} <= set(hidden)


def test_padding_and_the_word_none(deliveries):
    addresses = deliveries.table("gulf", "physicaladdress")
    services = deliveries.table("gulf", "services")

    assert {r["STATE_PROVINCE"] for r in addresses} == {"FL "}
    assert "   " in {r["COUNTRY"] for r in addresses}
    assert "None" in {r["FEES"] for r in services}
    assert "None" in {r["REQUIRED_DOCUMENTS"] for r in services}


def test_shelters_withhold_their_first_line(deliveries):
    shelters = {r["ID"] for r in deliveries.table("gulf", "location") if r["IS_SHELTER"] == "True"}
    withheld = {r["LOCATION_ID"] for r in deliveries.table("gulf", "physicaladdress") if not r["ADDRESS_1"]}

    assert shelters
    assert shelters == withheld


def test_a_service_at_two_locations_repeats_its_code(deliveries):
    rows = deliveries.table("gulf", "services")
    texts = ("ORGANIZATION_ID", "SERVICE_CODE_ID", "DESCRIPTION", "FEES")
    groups = Counter(tuple(r[c] for c in texts) for r in rows)

    assert max(groups.values()) == 2
    assert len({r["PROVIDER_SERVICE_CODE_ID"] for r in rows}) == len(rows)


def test_every_child_has_its_parent(deliveries):
    for state in ("FL", "AL"):
        organizations = {r["ID"] for r in deliveries.table("gulf", "organization", state=state)}
        locations = {r["ID"] for r in deliveries.table("gulf", "location", state=state)}
        for table in ("locationphone", "physicaladdress", "services"):
            assert {r["LOCATION_ID"] for r in deliveries.table("gulf", table, state=state)} <= locations
        assert {
            r["ORGANIZATION_ID"] for r in deliveries.table("gulf", "services", state=state)
        } <= organizations


def test_the_spoiled_delivery_is_spoiled_in_one_file(deliveries):
    spoiled = deliveries.table("gulf", "services", day=2, state="AL")
    mended = deliveries.table("gulf", "services", day=3, state="AL")
    organizations = {r["ID"] for r in deliveries.table("gulf", "organization", day=2, state="AL")}

    lost = [r for r in spoiled if not r["PROVIDER_SERVICE_CODE_ID"]]
    unknown = [r for r in spoiled if r["ORGANIZATION_ID"] not in organizations]
    twice = [
        n for n in Counter(r["PROVIDER_SERVICE_CODE_ID"] for r in spoiled if r not in lost).values() if n > 1
    ]
    assert min(len(lost), len(unknown), len(twice)) >= 5
    assert all(r in mended for r in spoiled[:20])
    for table in ("organization", "location", "locationphone", "physicaladdress"):
        day_two, day_three = (deliveries.text(deliveries.written("gulf", table, d, "AL")) for d in (2, 3))
        assert day_two == day_three


def test_day_three_is_the_late_state_alone(deliveries):
    assert {(w.tenant, w.state) for w in deliveries.days[3].files} == {("gulf", "AL")}
    assert len(sample.BROKEN_RULES) == 3
