"""Nested columns of WellSky: copies of the flat rows with other keys, written as Python literals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster_ingest.testing.sample.canaries import Mode
from dagster_ingest.testing.sample.plan import Family
from dagster_ingest.testing.sample.words import FAMILY, GIVEN, TITLES

if TYPE_CHECKING:
    from dagster_ingest.testing.sample.wellsky import _Maker

Row = dict[str, Any]
_KEYS = {"ISACTIVE": "isActive", "ISPRIMARY": "isPrimary"}
_LOCATION = (
    "ID", "ORGANIZATION_ID", "NAME", "ALTERNATE_NAME", "DESCRIPTION", "LATITUDE", "LONGITUDE",
    "WEBSITE_ADDRESS", "ISACTIVE", "OPERATIONAL", "DATE_ADDED", "DATE_UPDATED", "AIRS_DESIGNATION_ID",
    "PROVIDER_MAINTAINING_ID", "PROVIDER_MAINTAINING_NAME", "PROJECT_TYPE",
)  # fmt: skip


def contact(f: Family, maker: _Maker, index: int, mode: Mode, cls: str, *, hide: bool, active: bool) -> Row:
    mark = f.marker
    mark.table, column = "organization", "CONTACTS"
    return {
        "id": f.base * 10 + index,
        "organization_id": f.base,
        "location_id": None,
        "service_id": None,
        "service_at_location_id": None,
        "name": mark.text(mode, cls, column, f"{f.pick(GIVEN)} {f.pick(FAMILY)}"),
        "title": mark.text(mode, cls, column, f.pick(TITLES)),
        "email": mark.email(mode, cls, column, f"{f.pick(GIVEN).lower()}@example.org"),
        "phone_number": mark.phone(mode, cls, column, f.phone()),
        "description": mark.text(mode, cls, column, "Knows the program"),
        "website_address": None,
        "hide_from_provider_profile": hide,
        "receives_email": True,
        "isActive": active,
        "date_added": maker.added,
        "date_updated": maker.updated,
        "isPrimary": index == 0,
    }


def fill(f: Family, made: dict[str, list[Row]], contacts: list[Row], posts: list[list[Row]]) -> None:
    """Add the nested columns to organizations and locations."""
    services = [_service(row) for row in made["services"]]
    places = [
        {_KEYS.get(k, k.lower()): row[k] for k in _LOCATION} | {"serviceAreas": []}
        for row in made["location"]
    ]
    made["organization"][0] |= {
        "CONTACTS": repr(contacts),
        "SERVICES": repr(services),
        "LOCATIONS": repr(places),
    }
    for row, post in zip(made["location"], posts, strict=True):
        at = row["ID"]
        row |= {
            "SERVICES": repr([s for s in services if s["location_id"] == at]),
            "POSTAL_ADDRESS": repr([_lower(p) for p in post]),
            "PHYSICAL_ADDRESS": repr([_lower(a) for a in made["physicaladdress"] if a["LOCATION_ID"] == at]),
            "PHONES": repr([_lower(p) for p in made["locationphone"] if p["LOCATION_ID"] == at]),
            "CONTACTS": repr([c | {"location_id": at} for c in contacts[1:]]),
            "SERVICEAREAS": "[]",
        }


def _lower(row: Row) -> Row:
    return {_KEYS.get(key, key.lower()): value for key, value in row.items()}


def _service(row: Row) -> Row:
    copy = _lower({k: v for k, v in row.items() if k != "SERVICE_AREAS"})
    return copy | {"service_area": None, "serviceAreas": []}
