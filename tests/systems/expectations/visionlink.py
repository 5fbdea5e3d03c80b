"""VisionLink: agency 1 as it should be, 2 all private, 3 hidden, 4 and a service go on day two."""

from __future__ import annotations

import json

from tests.dbt_elt.rule_cases import register
from tests.systems.expectations.canary import Canaries, table

SOURCE = "settings: {path: visionlink}"
CANARIES, SUNSET = Canaries("visionlink"), "sunset-visionlink"
STREET = "AgencyAddressus_AgencyAddressus_"
ACTIVE = {
    "Agency_Status": "active",
    "AgencyOption_Status": '["Active"]',
    "Agency_EditStamp": "2026-03-01 10:00:00",
}
OFFERED = {
    "Service_Status": "active",
    "ServiceOption_Status": '["Active"]',
    "Service_EditStamp": "2026-03-01 10:00:00",
}


def registered(of: str) -> dict[str, str]:
    """A canary in each column of the register that starts like this; names of terms stand in JSON."""
    columns = sorted(c for c in register("visionlink") if c.startswith(of))
    made = {c: CANARIES.of(c, of) for c in columns if c != "ServiceTaxonomy_ModuleServicepost"}
    if len(made) < len(columns):
        term = {"taxonomy_code": "BD-1800.2000", "taxonomy_name": CANARIES.text("a term's name")}
        made["ServiceTaxonomy_ModuleServicepost"] = json.dumps([term])
    return made


def agencies(day: int) -> list[dict[str, str]]:
    street = {
        f"{STREET}address_1": "1 Main St",
        f"{STREET}city": "Ames",
        f"{STREET}state": "IA",
        f"{STREET}zip": "50010",
    }
    place = {f"{STREET}latitude": "42.03", f"{STREET}longitude": "-93.62"}
    template = {
        "Agency_Id": "Unchangeable",
        "AgencySystem_Name": "*REQUIRED* text",
        "Agency_Status": "EXPORT ONLY",
    }
    return [
        template,
        {
            "Agency_Id": "1",
            "AgencySystem_Name": "Harbor House",
            "AgencySystem_HotlinePhoneNumber": "515-555-0101",
            **street,
            **place,
            **ACTIVE,
        },
        {"Agency_Id": "2", "AgencySystem_Name": "Quiet house", **ACTIVE, **registered("Agency")},
        {
            "Agency_Id": "3",
            "AgencySystem_Name": CANARIES.text("suspended agency"),
            **street,
            **ACTIVE,
            "AgencyOption_Status": '["Suspended"]',
        },
        {
            "Agency_Id": "4",
            "AgencySystem_Name": f"{SUNSET} agency",
            **ACTIVE,
            "Agency_Status": "deleted" if day == 2 else "active",
        },
    ]


def services(day: int) -> list[dict[str, str]]:
    at = {"ServiceSite_ServiceSite": '[{"Site_Id": 7}]'}
    held = [
        {
            "Service_Id": "Unchangeable",
            "Agency_Id": "*REQUIRED* text",
            "ServiceSystem_Name": "*REQUIRED* text",
        },
        {
            "Service_Id": "11",
            "Agency_Id": "1",
            "ServiceSystem_Name": "Food pantry",
            "ServiceSystem_PhoneMain": "515-555-0102",
            **at,
            **OFFERED,
        },
        {
            "Service_Id": "12",
            "Agency_Id": "2",
            "ServiceSystem_Name": "Quiet service",
            **at,
            **OFFERED,
            **registered("Service"),
        },
        {
            "Service_Id": "13",
            "Agency_Id": "3",
            "ServiceSystem_Name": CANARIES.text("service of a hidden agency"),
            **OFFERED,
        },
        {
            "Service_Id": "14",
            "Agency_Id": "1",
            "ServiceSystem_Name": CANARIES.text("disabled service"),
            **OFFERED,
            "Service_Status": "disabled",
        },
        {"Service_Id": "15", "Agency_Id": "1", "ServiceSystem_Name": f"{SUNSET} service", **at, **OFFERED},
    ]
    return held[: 5 if day == 2 else 6]


def files(day: int) -> dict[str, str]:
    return {
        f"visionlink/agency_2026-03-0{day}.csv": table(agencies(day)),
        f"visionlink/service_2026-03-0{day}.csv": table(services(day)),
    }


AGENCIES = [("@agency/1", "Harbor House"), ("@agency/2", "Quiet house")]
SERVICES = [("@service/11", "@agency/1", "Food pantry"), ("@service/12", "@agency/2", "Quiet service")]
LOCATIONS = [("@location_of_agency/1", "physical", "42.03"), ("@location_of_agency/2", "virtual", "")]
OFFERS = [
    ("@service_at_agency/11", "@service/11", "@location_of_agency/1"),
    ("@service_at_agency/12", "@service/12", "@location_of_agency/2"),
]
ADDRESSES = [("@location_of_agency/1", "1 Main St", "Ames", "50010", "physical")]
PHONES = [("", "@service/11", "", "", "515-555-0102"), ("@agency/1", "", "", "", "515-555-0101")]
EXPECTED = {
    1: {
        "organization": [*AGENCIES, ("@agency/4", f"{SUNSET} agency")],
        "service": [*SERVICES, ("@service/15", "@agency/1", f"{SUNSET} service")],
        "location": [*LOCATIONS, ("@location_of_agency/4", "virtual", "")],
        "service_at_location": [*OFFERS, ("@service_at_agency/15", "@service/15", "@location_of_agency/1")],
        "address": ADDRESSES,
        "phone": PHONES,
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
GOES = [SUNSET]
