"""Hours and coverage in every vendor's spelling and in none: nothing breaks, and no text is lost.

Texts are put together from the words and signs that vendors use, thousands in one build, the same each time.
"""

from __future__ import annotations

import json
import random
import re

import pytest

from tests.dbt_elt.harness import Warehouse
from tests.dbt_elt.rule_cases import needed
from tests.dbt_elt.test_icarol_rules import export_row
from tests.hang import no_hang

COUNT = 1_500
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
DAYS = re.compile(r"(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU))*")
HOURS = (
    "Mon", "mon.", "Tuesday", "Thurs", "Sat,", "Sun", "Mon-Fri", "daily", "08:00", "8", "8:5", "24:00",
    "24:01",
    "99:99", "12noon", "noon", "midnight", "700",
    "9am", "5:30 p.m.", "17:30",
    "24/7", "24 hours", "-", "–", " to ",
    "; ", ";;", ", ", ":", " ", "\n", "\x0b", "(by appointment)", "closed", "é", "🙂", "$1", "%", "(?", "[[",
    "'",
    "NULL",
    "0", "-1", "<b>", "&#8211;", "9" * 40, "\u202e", "''; --",
)  # fmt: skip
AREAS = (
    "MD - ", "Garrett County", "IA - ", "Statewide", "; ", ";", " - ", "-", "IA",
    "ZZ - ", "50010", "County",
    "United States", "All", " ", "\n", "%", "'", "é", "🙂", "(", "[", "a" * 3_000, "-1", "null", "*",
    "&amp;", "<b>",
)  # fmt: skip
ODD = (
    None,
    True,
    0,
    -1,
    1e300,
    "",
    "Mon",
    "8pm",
    "9-5",
    [],
    {},
    [[]],
    [None],
    {"a": {}},
    "[",
    "24:61",
    "08:00:00",
)


def text(chance: random.Random, words: tuple[str, ...]) -> str:
    return "".join(chance.choice(words) + chance.choice(("", " ")) for _ in range(chance.randint(1, 9)))


def nested(chance: random.Random, names: tuple[str, ...], depth: int = 4):
    """A value of about the vendor's shape, with its names at any place."""
    if depth == 0 or chance.random() < 0.25:
        return chance.choice((*ODD, text(chance, HOURS), chance.randint(-5, 99)))
    if chance.random() < 0.5:
        return [nested(chance, names, depth - 1) for _ in range(chance.randint(0, 3))]
    return {chance.choice(names): nested(chance, names, depth - 1) for _ in range(chance.randint(0, 4))}


def built(warehouse: Warehouse, system: str, raw: dict[str, list[dict]]) -> None:
    for table, rows in raw.items():
        warehouse.land(f"{system}_{table}", rows)
    select = needed(system, ["schedule", "service_area"])
    with no_hang():
        warehouse.build(systems=[system], select=select, command="run")


def times_are_times(schedules: list[dict]) -> None:
    for row in schedules:
        if "opens_at" in row or "closes_at" in row:
            assert CLOCK.fullmatch(row["opens_at"]), row
            assert CLOCK.fullmatch(row["closes_at"]), row
        if "byday" in row:
            assert DAYS.fullmatch(row["byday"]), row
        assert {"byday", "opens_at", "description", "valid_from"} & row.keys(), row


@pytest.mark.slow
def test_icarol_keeps_every_text_of_hours_and_coverage(warehouse):
    chance = random.Random("icarol")
    rows = [export_row({"agency": "A"}, "")]
    for number in range(COUNT):
        said = {"Hours": text(chance, HOURS) if number % 9 else "Mon 08:00 - 16:00; Tue 9:30am - 5pm"}
        said |= {"HoursOfOperation": text(chance, HOURS)}
        said |= {"Coverage": text(chance, AREAS), "CoverageAreaText": text(chance, AREAS)}
        rows.append(export_row({"program": f"P{number}", "of": "A", **said}, ""))

    built(warehouse, "icarol", {"resource": rows})

    schedules, areas = warehouse.rows("schedule"), warehouse.rows("service_area")
    times_are_times(schedules)
    told = {number for row in schedules for number in re.findall(r"\bP\d+\b", row["_source_id"])}
    wordy = {row["ResourceAgencyNum"] for row in rows[1:] if re.search(r"[A-Za-z]{3}", row["Hours"])}
    assert wordy <= told
    assert len({row["_source_id"].split(":")[1] for row in areas}) > COUNT / 2
    sound = {(row["byday"], row["opens_at"], row["closes_at"]) for row in schedules if "opens_at" in row}
    assert {("MO", "08:00", "16:00"), ("TU", "09:30", "17:00")} <= sound


@pytest.mark.slow
def test_visionlink_reads_hours_and_geotags_of_any_shape(warehouse):
    chance = random.Random(1)
    names = (
        "open",
        "closed",
        "Monday",
        "Sunday",
        "Someday",
        "scope",
        "state",
        "county",
        "zip",
        "city",
        "country",
    )
    sound = {"open": {"Monday": [[[9, 0], [17, 30]]]}, "closed": []}
    services = []
    for number in range(COUNT // 2):
        hours = nested(chance, names) if number % 5 else sound
        tags = [nested(chance, names, 2) for _ in range(3)]
        row = {
            "Service_Id": str(number),
            "Agency_Id": "1",
            "ServiceSystem_Name": "S",
            "Service_Status": "active",
        }
        row["ServiceHoursofoperation_ModuleHoursofoperation"] = json.dumps(hours)
        row["ServiceGeotagus_ServiceGeotagus"] = json.dumps(tags) if number % 3 else text(chance, AREAS)
        services.append(row)
    agency = {"Agency_Id": "1", "AgencySystem_Name": "A", "Agency_Status": "active"}

    built(warehouse, "visionlink", {"agency": [agency], "service": services})

    schedules = warehouse.rows("schedule")
    times_are_times(schedules)
    assert len([row for row in schedules if row.get("opens_at") == "09:00"]) >= COUNT // 10


@pytest.mark.slow
def test_airs_reads_hours_and_areas_of_any_shape(warehouse):
    chance = random.Random(1)
    names = (
        "Monday",
        "Sunday",
        "From",
        "To",
        "Notes",
        "County",
        "State",
        "ZipCode",
        "City",
        "Other",
        "@a",
        "#text",
    )
    sound = [{"Monday": [{"From": "09:00:00", "To": "17:30:00"}]}]
    services = []
    for number in range(COUNT // 2):
        row = {
            "Key": str(number),
            "ParentAgencyKey": "1",
            "ParentSite": "Site",
            "ParentSiteKey": "2",
            "Name": "S",
        }
        row["Taxonomy_json"] = json.dumps([{"Code": f"XA-{number}"}])
        row["TimeOpen_json"] = json.dumps(nested(chance, names) if number % 5 else sound)
        row["Seasonal_json"] = json.dumps([nested(chance, ("StartDate", "EndDate", "Description"), 2)])
        row["GeographicAreaServed_json"] = json.dumps([nested(chance, names, 2)])
        services.append(row)
    raw = {
        "agency": [{"Key": "1", "Name": "A"}],
        "site": [{"Element": "Site", "Key": "2", "ParentAgencyKey": "1", "Name": "P"}],
        "service_group": [],
        "site_service": services,
    }

    built(warehouse, "airs", raw)

    schedules = warehouse.rows("schedule")
    times_are_times(schedules)
    assert any(row.get("opens_at") == "09:00" for row in schedules)


@pytest.mark.slow
def test_icarol_api_reads_hours_and_coverage_of_any_shape(warehouse):
    chance = random.Random(1)
    names = (
        "days",
        "dayOfWeek",
        "opens",
        "closes",
        "isConfidential",
        "note",
        "county",
        "state",
        "city",
        "isExcluded",
    )
    day = {"dayOfWeek": "Monday", "opens": "9:00 am", "closes": "5:30 pm"}
    records = [
        {"id": "1", "type": "Agency", "status": "Active", "names": '[{"value":"A","purpose":"Primary"}]'}
    ]
    for number in range(2, COUNT // 2):
        hours = {"days": [{**day, chance.choice(("opens", "closes")): text(chance, HOURS)}, day]}
        odd = nested(chance, names) if number % 3 else hours
        row = {"id": str(number), "type": "Program", "status": "Active"}
        row["names"] = json.dumps([{"value": "P", "purpose": "Primary"}])
        row["related"] = json.dumps([{"id": 1, "type": "Agency"}])
        row["hours"] = json.dumps(odd if number % 5 else {"days": [day]})
        row["coverage"] = json.dumps(
            [nested(chance, names, 2), {"county": text(chance, AREAS), "state": "IA"}]
        )
        records.append(row)

    built(warehouse, "icarol_api", {"resource": records})

    schedules = warehouse.rows("schedule")
    times_are_times(schedules)
    assert any(row.get("opens_at") == "09:00" for row in schedules)


@pytest.mark.slow
def test_wellsky_keeps_texts_of_hours_and_reads_areas_of_any_shape(warehouse):
    chance = random.Random("wellsky")
    names = ("level", "state", "county", "city", "postal_code")
    services = []
    for number in range(COUNT // 2):
        areas = [nested(chance, names, 2), {"level": chance.choice(AREAS), "county": text(chance, AREAS)}]
        row = {"PROVIDER_SERVICE_CODE_ID": str(number), "ORGANIZATION_ID": "1", "LOCATION_ID": "1"}
        row |= {
            "NAME": "BD-1800",
            "ALTERNATE_NAME": f"S{number}",
            "SERVICE_CODE_ID": str(number),
            "STATUS": "Available",
        }
        row |= {"SCHEDULE": text(chance, HOURS), "SERVICE_AREAS": json.dumps(areas)}
        services.append(row | {"SERVICE_AREAS_json": row["SERVICE_AREAS"]})
    raw = {
        "organization": [{"ID": "1", "NAME": "O"}],
        "location": [{"ID": "1", "ORGANIZATION_ID": "1", "NAME": "L"}],
        "locationphone": [{"ID": "1"}],
        "physicaladdress": [{"ID": "1"}],
        "services": services,
    }

    built(warehouse, "wellsky", raw)

    schedules = warehouse.rows("schedule")
    times_are_times(schedules)
    wordy = [row for row in services if re.search(r"[A-Za-z]{3}", row["SCHEDULE"])]
    assert len(schedules) >= len(wordy) > COUNT / 4
