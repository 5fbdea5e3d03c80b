"""The document of a search index: one record in one language."""

from __future__ import annotations

from typing import Any

from dagster_ingest.publish.documents.about import ENGLISH, About
from dagster_ingest.publish.documents.digest import compact
from dagster_ingest.publish.documents.facets import facets, key_of
from dagster_ingest.publish.documents.places import point
from dagster_ingest.publish.documents.record import Record

_SERVICE = {
    "name": "service_name",
    "alternate_name": "service_alternate_name",
    "description": "service_description",
    "alert": "alert",
    "application_process": "application_process",
}
_FIELDS = {
    "service_name": "name",
    "service_alternate_name": "alternate_name",
    "service_description": "description",
}
_ADDRESS = ("address_1", "address_2", "city", "postal_code", "country")


def search_document(record: Record, about: About, locale: str) -> dict[str, Any]:
    """Members without a value are absent. `locale` is one of `about.locales`, as spelled there."""
    row, say = record.row, record.words.say
    service = {
        field: say(locale, row["service_id"], field, row.get(column)) for field, column in _SERVICE.items()
    }
    service["eligibility"] = say(locale, row["service_id"], "eligibility_description", row.get("eligibility"))
    return compact(
        {
            "id": record.id,
            "service_at_location_id": record.id,
            "tenant_id": about.tenant_id,
            "name": say(locale, record.id, "display_name", row["display_name"]),
            "description": service["description"],
            "phone": row.get("phone"),
            "url": row.get("url"),
            "email": row.get("email"),
            "schedule": say(locale, record.id, "schedule", row.get("schedule")),
            "service": service,
            "location": _location(record, locale),
            "organization": _named(record, locale, "organization"),
            "taxonomies": [_term(record, term, locale) for term in record.terms if term["code"]],
            "service_area": record.area.geometry,
            **_facets(record, about, locale),
            "attribute_values": _values(record, locale),
            "minimum_age": row.get("minimum_age"),
            "maximum_age": row.get("maximum_age"),
            "attribution": about.attribution,
        }
    )


def _named(record: Record, locale: str, entity: str) -> dict[str, Any]:
    """The names and the description of a location or an organization."""
    row, key = record.row, record.row.get(f"{entity}_id")
    return {
        field: record.words.say(locale, key, field, row.get(f"{entity}_{field}"))
        for field in ("name", "alternate_name", "description")
    }


def _location(record: Record, locale: str) -> dict[str, Any]:
    row = record.row
    address = {field: row.get(field) for field in _ADDRESS} | {"state": row.get("state_province")}
    return {**_named(record, locale, "location"), "point": point(row), "physical_address": address}


def _term(record: Record, term: dict[str, Any], locale: str) -> dict[str, Any]:
    texts = {f: record.words.say(locale, term["id"], f, term[f]) for f in ("name", "description")}
    return {"code": term["code"], **texts}


def _facets(record: Record, about: About, locale: str) -> dict[str, Any]:
    """Values by facet in the locale and in English, and how each facet is called in every locale."""
    english = about.languages[ENGLISH]
    named: dict[str, dict[str, str]] = {}
    for code, each in about.languages.items():
        for facet in facets(record, each):
            named.setdefault(facet.key, {})[code] = facet.taxonomy_name
    return {
        "facets": _by_key(record, locale),
        "facets_en": _by_key(record, english),
        "taxonomy_names": named,
    }


def _by_key(record: Record, locale: str) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for facet in facets(record, locale):
        found.setdefault(facet.key, {})[facet.name] = None
    return {key: list(names) for key, names in found.items()}


def _values(record: Record, locale: str) -> dict[str, Any]:
    """Custom attributes under the label that the tenant gave to their column."""
    say = record.words.say
    return {
        key_of(each["label"]): {
            "value": say(locale, each["id"], "value", each["value"]),
            "label": say(locale, each["id"], "label", each["label"]),
        }
        for each in record.values
    }
