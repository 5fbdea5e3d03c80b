"""WellSky: organization 1 as it should be, 2 all private, 3 hidden, 4 and parts of 1 go on day two."""

from __future__ import annotations

from tests.dbt_elt.rule_cases import register
from tests.systems.expectations.canary import Canaries, table

SOURCE = "settings: {path: wellsky}"
CANARIES, SUNSET = Canaries("wellsky"), "sunset-wellsky"
SHOWN = {
    "ISACTIVE": "1",
    "OPERATIONAL": "1",
    "SHOW_ON_PUBLIC_SITE": "1",
    "DATE_UPDATED": "2026-03-01 10:00:00",
}
ACTIVE = {"ISACTIVE": "1", "DATE_UPDATED": "2026-03-01 10:00:00"}
STREET = {"CITY": "Ames", "STATE_PROVINCE": "IA ", "POSTAL_CODE": "50010", "COUNTRY": "   "}


def person(place: str) -> str:
    held = {
        "name": CANARIES.text(place),
        "email": CANARIES.of("email", place),
        "phone_number": CANARIES.phone(place),
    }
    return repr([{**held, "hide_from_provider_profile": 0, "isActive": 1, "title": CANARIES.text(place)}])


def address(place: str, **flags: object) -> dict[str, object]:
    names = ("attention", "address_1", "address_2", "address_3", "address_4", "city", "region", "postal_code")
    held = {name: CANARIES.of(name, place) for name in (*names, "latitude", "longitude")}
    return {**held, "state_province": "IA", "isActive": 1, **flags}


def organizations(day: int) -> list[dict[str, str]]:
    staff = {
        c: CANARIES.text(f"organization.{c}")
        for c in ("PROVIDER_MAINTAINING_ID", "PROVIDER_MAINTAINING_NAME")
    }
    dark = {
        **staff,
        "TAX_ID": CANARIES.text("organization.TAX_ID"),
        "CONTACTS": person("organization.CONTACTS"),
    }
    dark["SERVICES"] = repr([{"taxonomy_definition": CANARIES.text("organization.SERVICES")}])
    return [
        {"ID": "1", "NAME": "Harbor House", **SHOWN},
        {"ID": "2", "NAME": "Quiet house", **SHOWN, **dark},
        {
            "ID": "3",
            "NAME": CANARIES.text("an organization not for the public site"),
            **SHOWN,
            "SHOW_ON_PUBLIC_SITE": "0",
        },
        {"ID": "4", "NAME": f"{SUNSET} organization", **SHOWN, "ISACTIVE": "0" if day == 2 else "1"},
    ]


def locations() -> list[dict[str, str]]:
    dark = {c: CANARIES.of(c, "location") for c in ("LATITUDE", "LONGITUDE")}
    dark |= {
        c: CANARIES.text(f"location.{c}") for c in ("PROVIDER_MAINTAINING_ID", "PROVIDER_MAINTAINING_NAME")
    }
    dark |= {
        "CONTACTS": person("location.CONTACTS"),
        "PHYSICAL_ADDRESS": repr([address("nested physical", isActive=0)]),
    }
    dark["POSTAL_ADDRESS"] = repr([address("nested postal", isActive=0)])
    dark["PHONES"] = repr([{"number": CANARIES.phone("location.PHONES"), "isActive": 0}])
    dark["SERVICES"] = repr([{"taxonomy_definition": CANARIES.text("location.SERVICES")}])
    return [
        {
            "ID": "1",
            "ORGANIZATION_ID": "1",
            "NAME": "East door",
            "LATITUDE": "42.03",
            "LONGITUDE": "-93.62",
            **SHOWN,
        },
        {"ID": "2", "ORGANIZATION_ID": "2", "NAME": "Quiet door", **SHOWN, **dark},
        {
            "ID": "3",
            "ORGANIZATION_ID": "3",
            "NAME": CANARIES.text("location of a hidden organization"),
            **SHOWN,
        },
        {
            "ID": "5",
            "ORGANIZATION_ID": "1",
            "NAME": CANARIES.text("inactive location"),
            **SHOWN,
            "ISACTIVE": "0",
        },
    ]


def addresses() -> list[dict[str, str]]:
    columns = sorted(
        {c for c in register("wellsky") if c.startswith("ADDRESS")}
        | {"ATTENTION", "CITY", "REGION", "POSTAL_CODE", "LATITUDE", "LONGITUDE"}
    )
    inactive = {c: CANARIES.of(c, "inactive address") for c in columns}
    withheld = {c: CANARIES.of(c, "withheld address") for c in columns if c != "ADDRESS_1"}
    return [
        {"ID": "1", "LOCATION_ID": "1", "ADDRESS_1": "1 Main St", **STREET, **ACTIVE},
        {"ID": "2", "LOCATION_ID": "2", **STREET, **withheld, **ACTIVE},
        {"ID": "3", "LOCATION_ID": "2", **STREET, **inactive, **ACTIVE, "ISACTIVE": "0"},
    ]


def phones(day: int) -> list[dict[str, str]]:
    held = [
        {"ID": "1", "LOCATION_ID": "1", "ORGANIZATION_ID": "1", "NUMBER": "515-555-0101"},
        {
            "ID": "2",
            "LOCATION_ID": "2",
            "ORGANIZATION_ID": "2",
            "NUMBER": CANARIES.phone("phone.NUMBER"),
            "ISACTIVE": "0",
        },
        {"ID": "3", "LOCATION_ID": "1", "ORGANIZATION_ID": "1", "NUMBER": "515-555-0105"},
    ]
    return [ACTIVE | row | ({"ISACTIVE": "0"} if day == 2 and row["ID"] == "3" else {}) for row in held]


def services(day: int) -> list[dict[str, str]]:
    same = {
        "SERVICE_CODE_ID": "7",
        "NAME": "BD-1800.2000",
        "ALTERNATE_NAME": "Food pantry",
        "STATUS": "Available",
    }
    dark = {c: CANARIES.text(f"service.{c}") for c in ("TAXONOMY_DEFINITION", "FUNDING")}
    held = [
        {"PROVIDER_SERVICE_CODE_ID": "11", "ORGANIZATION_ID": "1", "LOCATION_ID": "1", **same},
        {"PROVIDER_SERVICE_CODE_ID": "12", "ORGANIZATION_ID": "2", "LOCATION_ID": "2", **same, **dark},
        {
            "PROVIDER_SERVICE_CODE_ID": "13",
            "ORGANIZATION_ID": "3",
            "LOCATION_ID": "3",
            **same,
            "DESCRIPTION": CANARIES.text("service of a hidden organization"),
        },
        {
            "PROVIDER_SERVICE_CODE_ID": "14",
            "ORGANIZATION_ID": "1",
            "LOCATION_ID": "1",
            **same,
            "SERVICE_CODE_ID": "8",
            "ALTERNATE_NAME": f"{SUNSET} service",
        },
    ]
    return [ACTIVE | row for row in held[: 3 if day == 2 else 4]]


def files(day: int) -> dict[str, str]:
    made = {
        "breorganization": organizations(day),
        "brevlocation": locations(),
        "brevlocationphone": phones(day),
        "brevphysicaladdress": addresses(),
        "brevservices": services(day),
    }
    return {f"wellsky/{name}_2026-03-0{day}.csv": table(rows) for name, rows in made.items()}


HOUSES = [("@organization/1", "Harbor House"), ("@organization/2", "Quiet house")]
SERVICES = [
    ("@service_group/11", "@organization/1", "Food pantry"),
    ("@service_group/12", "@organization/2", "Food pantry"),
]
LOCATIONS = [("@location/1", "physical", "42.03"), ("@location/2", "virtual", "")]
OFFERS = [
    ("@services/11", "@service_group/11", "@location/1"),
    ("@services/12", "@service_group/12", "@location/2"),
]
ADDRESSES = [("@location/1", "1 Main St", "Ames", "50010", "physical")]
PHONES = [("@organization/1", "", "@location/1", "", "515-555-0101")]
EXPECTED = {
    1: {
        "organization": [*HOUSES, ("@organization/4", f"{SUNSET} organization")],
        "service": [*SERVICES, ("@service_group/14", "@organization/1", f"{SUNSET} service")],
        "location": LOCATIONS,
        "service_at_location": [*OFFERS, ("@services/14", "@service_group/14", "@location/1")],
        "address": ADDRESSES,
        "phone": [*PHONES, ("@organization/1", "", "@location/1", "", "515-555-0105")],
    },
    2: {
        "organization": HOUSES,
        "service": SERVICES,
        "location": LOCATIONS,
        "service_at_location": OFFERS,
        "address": ADDRESSES,
        "phone": PHONES,
    },
}
GOES = [SUNSET, "515-555-0105"]
