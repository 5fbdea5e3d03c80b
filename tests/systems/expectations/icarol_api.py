"""iCarol's API, read incrementally: records 1x as they should be, 2x private, 3x hidden, 4x go on day two."""

from __future__ import annotations

from typing import Any

from dagster_ingest.testing.fake.icarol_api import IcarolApi
from dagster_ingest.testing.http import FakeServer
from tests.systems.expectations.canary import Canaries

KEY = "k-7f3a"
SOURCE = """connector: http
mode: incremental
settings: {url: "URL/v1", rate: null, auth: {kind: bearer, token: {secret: ICAROL_KEY}}}"""
CANARIES, SUNSET = Canaries("icarol_api"), "sunset-icarol_api"
Record = dict[str, Any]


def record(number: int, kind: str, name: str, *of: tuple[int, str], day: int = 1, **more: Any) -> Record:
    return {
        "id": number,
        "type": kind,
        "status": "Active",
        "cultureCode": "en-US",
        "modified": f"2026-03-0{day}T10:00:00",
        "names": [{"value": name, "purpose": "Primary"}],
        "related": [{"id": i, "type": t, "relationship": "Parent"} for i, t in of],
        **more,
    }


def detail(kind: str, private: bool = False, **more: Any) -> Record:
    return {"isConfidential": private, "contact": {"type": kind, **more}}


def phone(number: str, private: bool = False) -> Record:
    return detail("PhoneNumber", private, number=number)


def private(level: str) -> Record:
    """What the register names, each with its flag, or never published whatever a flag says."""
    c = CANARIES
    where = ("line1", "line2", "city", "county", "zipPostalCode", "latitude", "longitude", "description")
    place = {n: c.of(n, f"{level}.address") for n in where}
    person = {"name": {"displayName": c.text(f"{level}.person")}, "titles": [c.text(f"{level}.person")]}
    return {
        "contactDetails": [
            detail("PhysicalLocation", True, **place),
            detail("PostalAddress", True, line1=c.text(f"{level}.postal"), city=c.text(f"{level}.postal")),
            phone(c.phone(f"{level}.phone"), True),
            detail("EmailAddress", True, address=c.of("email", f"{level}.email")),
            detail("Website", True, url=f"https://{c.text(f'{level}.url')}.example.org"),
            detail("Person", False, **person),
        ],
        "hours": {"isConfidential": True, "note": c.text(f"{level}.hours"), "days": []},
        "notes": {"editors": c.text(f"{level}.notes")},
        "searchHints": c.text(f"{level}.hints"),
        "translations": [{"value": c.text(f"{level}.translations")}],
        "customFields": [{"label": "x", "isConfidential": True, "valueText": c.text(f"{level}.custom")}],
        "taxonomy": [
            {"code": "BD-1800.2000", "name": c.text(f"{level}.term"), "definition": c.text(f"{level}.term")}
        ],
    }


def named(level: str, name: str) -> Record:
    told = {"value": CANARIES.text(f"{level}.names"), "purpose": "Alternate", "isConfidential": True}
    return {"names": [{"value": name, "purpose": "Primary"}, told]}


def records(day: int) -> list[Record]:
    street = detail(
        "PhysicalLocation",
        line1="1 Main St",
        city="Ames",
        stateProvince="IA",
        zipPostalCode="50010",
        latitude="42.03",
        longitude="-93.62",
    )
    agency = (11, "Agency")
    held = [
        record(11, "Agency", "Harbor House", contactDetails=[phone("515-555-0101")]),
        record(12, "Program", "Food pantry", agency, contactDetails=[phone("515-555-0102")]),
        record(13, "Site", "East door", agency, contactDetails=[street, phone("515-555-0103")]),
        record(14, "ProgramAtSite", "", agency, (12, "Program"), (13, "Site"), isLinkOnly=True),
        record(21, "Agency", "", **private("agency"), **named("agency", "Quiet agency")),
        record(22, "Program", "", (21, "Agency"), **private("program"), **named("program", "Quiet program")),
        record(23, "Site", "", (21, "Agency"), **private("site"), **named("site", "Quiet site")),
        record(24, "ProgramAtSite", "", (21, "Agency"), (22, "Program"), (23, "Site"), **private("link")),
        record(25, "ProgramAtSite", "", (21, "Agency"), (22, "Program"), (23, "Site"), isLinkOnly=True),
        record(31, "Agency", CANARIES.text("confidential record"), isConfidential=True),
        record(32, "Program", CANARIES.text("program of a confidential agency"), (31, "Agency")),
        record(33, "Program", CANARIES.text("excluded program"), agency, excludeFromDirectory=True),
        record(41, "Agency", "Fading agency", day=day, contactDetails=[phone("515-555-0105", day == 2)]),
        record(42, "Agency", f"{SUNSET} agency", day=day, isConfidential=day == 2),
        record(43, "Program", f"{SUNSET} program", (41, "Agency")),
    ]
    return held[: 14 if day == 2 else 15]


def serve(server: FakeServer, day: int) -> None:
    IcarolApi(records(day), key=KEY).mount(server)


AGENCIES = [("@agency/11", "Harbor House"), ("@agency/21", "Quiet agency"), ("@agency/41", "Fading agency")]
SERVICES = [("@program/12", "@agency/11", "Food pantry"), ("@program/22", "@agency/21", "Quiet program")]
LOCATIONS = [
    ("@site/13", "physical", "42.03"),
    ("@site/23", "virtual", ""),
    ("@location_of_program_at_site/24", "virtual", ""),  # the link has an address of its own, a private one
]
OFFERS = [
    ("@program_at_site/14", "@program/12", "@site/13"),
    ("@program_at_site/24", "@program/22", "@location_of_program_at_site/24"),
    ("@program_at_site/25", "@program/22", "@site/23"),
]
ADDRESSES = [("@site/13", "1 Main St", "Ames", "50010", "physical")]
PHONES = [
    ("", "", "", "@program_at_site/14", "515-555-0102"),
    ("", "", "@site/13", "", "515-555-0103"),
    ("", "@program/12", "", "", "515-555-0102"),
    ("@agency/11", "", "", "", "515-555-0101"),
]
EXPECTED = {
    1: {
        "organization": [*AGENCIES, ("@agency/42", f"{SUNSET} agency")],
        "service": [*SERVICES, ("@program/43", "@agency/41", f"{SUNSET} program")],
        "location": [*LOCATIONS, ("@location_of_program/43", "virtual", "")],
        "service_at_location": [
            *OFFERS,
            ("@service_at_location_of_program/43", "@program/43", "@location_of_program/43"),
        ],
        "address": ADDRESSES,
        "phone": [*PHONES, ("@agency/41", "", "", "", "515-555-0105")],
    },
    2: {
        "organization": AGENCIES,
        "service": SERVICES,
        "location": LOCATIONS,
        "service_at_location": OFFERS,
        "address": ADDRESSES,
        "phone": PHONES,
    },
}
GOES = [SUNSET, "515-555-0105"]
