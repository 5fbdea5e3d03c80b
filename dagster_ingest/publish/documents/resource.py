"""The document of a document store: one record with all its languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from dagster_ingest.publish.documents.about import About
from dagster_ingest.publish.documents.digest import compact
from dagster_ingest.publish.documents.facets import facets, key_of
from dagster_ingest.publish.documents.places import point
from dagster_ingest.publish.documents.record import Record
from dagster_ingest.publish.documents.tables import Row

# Member of a translation: whose text it is, the HSDS field, and the column of the search record.
TEXTS = {
    "displayName": ("service_at_location_id", "display_name", "display_name"),
    "serviceName": ("service_id", "name", "service_name"),
    "serviceDescription": ("service_id", "description", "service_description"),
    "organizationDescription": ("organization_id", "description", "organization_description"),
    "fees": ("service_id", "fees_description", "fees"),
    "hours": ("service_at_location_id", "schedule", "schedule"),
    "alert": ("service_id", "alert", "alert"),
    "eligibilities": ("service_id", "eligibility_description", "eligibility"),
    "applicationProcess": ("service_id", "application_process", "application_process"),
    "interpretationServices": ("service_id", "interpretation_services", "interpretation_services"),
    "accessibility": ("location_id", "accessibility", "accessibility"),
    "transportation": ("location_id", "transportation", "transportation"),
}


def resource_document(record: Record, about: About) -> dict[str, Any]:
    """Keyed by `_id`. Every locale has its entry in `translations`. Times are UTC and know it."""
    row, spot = record.row, point(record.row)
    return compact(
        {
            "_id": record.id,
            "serviceAtLocationId": record.id,
            "originalId": row.get("original_id"),
            "tenant_id": about.tenant_id,
            "displayName": row["display_name"],
            "displayPhoneNumber": row.get("phone"),
            "phone": row.get("phone"),
            "website": row.get("url"),
            "organizationUrl": row.get("organization_url"),
            "email": row.get("email"),
            "phoneNumbers": _phones(record.phones),
            "languages": _once(spoken["name"] for spoken in record.languages),
            "location": spot and {"type": "Point", "coordinates": [spot["lon"], spot["lat"]]},
            "locationName": row.get("location_name"),
            "serviceArea": {**(record.area.geometry or {}), "description": list(record.area.names)},
            "serviceAreaName": "; ".join(record.area.names),
            "organizationName": row.get("organization_name"),
            "addresses": [_address(rank, each) for rank, each in enumerate(_ordered(record.addresses), 1)],
            "attribution": about.attribution,
            "lastAssuredDate": _moment(row.get("assured_date")),
            "updatedAt": _moment(row.get("last_modified")),
            "translations": [_translation(record, *pair) for pair in about.languages.items()],
        }
    )


def _translation(record: Record, code: str, locale: str) -> dict[str, Any]:
    row, say = record.row, record.words.say
    texts = {
        member: say(locale, row.get(owner), field, row.get(column))
        for member, (owner, field, column) in TEXTS.items()
    }
    return {
        "locale": code,
        **texts,
        "hoursDescription": "; ".join(
            _once(say(locale, h["id"], "description", h["description"]) for h in record.schedules)
        ),
        "requiredDocuments": _once(say(locale, d["id"], "document", d["document"]) for d in record.documents),
        "languages": _once(say(locale, s["id"], "name", s["name"]) for s in record.languages),
        "serviceAreaDescription": "; ".join(record.area_names(locale)),
        "taxonomies": [
            {"code": t["code"], "name": say(locale, t["id"], "name", t["name"])} for t in record.terms
        ],
        "facets": [
            {
                "code": facet.key,
                "taxonomyName": facet.taxonomy_name,
                "taxonomyCode": facet.key,
                "termName": facet.name,
                "termCode": facet.code,
            }
            for facet in facets(record, locale)
        ],
        "attributeValues": {
            key_of(v["label"]): {
                "label": say(locale, v["id"], "label", v["label"]),
                "value": say(locale, v["id"], "value", v["value"]),
            }
            for v in record.values
        },
        "phoneNumbers": _phones(record.phones, partial(say, locale)),
        "contacts": [
            {
                "id": c["id"],
                "name": c["name"],
                "title": say(locale, c["id"], "title", c["title"]),
                "email": c["email"],
                "phones": _phones(record.contact_phones[c["id"]], partial(say, locale)),
                "priority": place,
            }
            for place, c in enumerate(record.contacts, 1)
        ],
    }


def _phones(
    rows: list[Row], say: Callable[[str, str, Any], Any] = lambda record, field, text: text
) -> list[dict[str, Any]]:
    return [
        {
            "number": _number(p),
            "rank": rank,
            "type": p["type"],
            "description": say(p["id"], "description", p["description"]),
        }
        for rank, p in enumerate(rows, 1)
    ]


def _number(phone: Row) -> str | None:
    extension = phone["extension"]
    return phone["number"] if extension is None else f"{phone['number']} x{extension:g}"


def _ordered(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row["address_type"] != "physical")


def _address(rank: int, row: Row) -> dict[str, Any]:
    return {
        "address_1": row["address_1"],
        "address_2": row["address_2"],
        "city": row["city"],
        "stateProvince": row["state_province"],
        "postalCode": row["postal_code"],
        "country": row["country"],
        "type": row["address_type"],
        "rank": rank,
    }


def _moment(value: Any) -> datetime | None:
    """A store of documents knows moments, in milliseconds, and no days."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.replace(microsecond=aware.microsecond // 1000 * 1000)
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else None


def _once(texts) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
