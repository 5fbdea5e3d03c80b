"""Stage rows as search applications need them: every entity, search records, areas, languages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dagster_ingest.testing.stage_sample import Rows, every_entity

_HALF = 0.25  # degrees from the middle of a service area to its border


def search_rows(
    services: int = 12,
    *,
    seed: int = 1,
    tenant: str = "prairie",
    state: str = "IA",
    languages: tuple[str, ...] = (),
) -> Rows:
    """Rows by entity, `search_record` among them. Each service area is a square around its place.

    `languages` get a translation of every service's name and description; the last service has none.
    """
    rows = every_entity(services, seed=seed, tenant=tenant, state=state)
    held = {entity: {row["id"]: row for row in some} for entity, some in rows.items()}
    places = {sal["service_id"]: held["location"][sal["location_id"]] for sal in rows["service_at_location"]}
    for area in rows["service_area"]:
        area |= {"extent": json.dumps(square(places[area["service_id"]])), "extent_type": "geojson"}
    rows["search_record"] = [search_record(rows, held, sal) for sal in rows["service_at_location"]]
    if languages:
        rows["translation"] = [
            {"id": service["id"], "field": field, "locale": locale, "text": f"{locale}: {service[field]}"}
            for locale in languages
            for service in rows["service"][:-1]
            for field in ("name", "description")
        ]
    return rows


def square(place: Mapping[str, Any]) -> dict[str, Any]:
    """A GeoJSON square around a location."""
    x, y = place["longitude"], place["latitude"]
    west, east, south, north = x - _HALF, x + _HALF, y - _HALF, y + _HALF
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def search_record(
    rows: Rows, held: Mapping[str, Mapping[str, Any]], sal: Mapping[str, Any]
) -> dict[str, Any]:
    """The flat row of a service at a location, in the columns of dbt_stage's model that documents read."""
    service, location = held["service"][sal["service_id"]], held["location"][sal["location_id"]]
    organization = held["organization"][service["organization_id"]]
    address = next(a for a in rows["address"] if a["location_id"] == location["id"])
    phones = [p["number"] for p in rows["phone"] if p.get("service_id") == service["id"]]
    return {
        "id": sal["id"],
        "original_id": f"source-{service['name']}",
        "service_at_location_id": sal["id"],
        "service_id": service["id"],
        "location_id": location["id"],
        "organization_id": organization["id"],
        "display_name": f"{service['name']} at {location['name']}",
        "phone": phones[0] if phones else None,
        "url": organization["website"],
        "email": organization["email"],
        "schedule": "Mon 08:00-16:30",
        "service_name": service["name"],
        "service_alternate_name": None,
        "service_description": service["description"],
        "alert": service.get("alert"),
        "eligibility": service.get("eligibility_description"),
        "minimum_age": service["minimum_age"],
        "maximum_age": service["maximum_age"],
        "location_name": location["name"],
        "location_type": location["location_type"],
        **{
            field: address.get(field)
            for field in ("address_1", "city", "state_province", "postal_code", "country")
        },
        "latitude": location["latitude"],
        "longitude": location["longitude"],
        "organization_name": organization["name"],
        "organization_description": organization["description"],
        "organization_url": organization["website"],
        "assured_date": service["assured_date"],
        "last_modified": service["last_modified"],
    }
