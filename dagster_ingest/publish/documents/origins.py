"""Which fields of a document hold a stage column. A field of many members is named as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from dagster_ingest.publish.documents.resource import TEXTS

Origins = Mapping[tuple[str, str], tuple[str, ...]]
"""(stage table, column) to fields, such as `service.name` or `translations.fees`."""

_FACETS = ("facets", "facets_en")
_PLACE = {"address_1": "address_1", "city": "city", "state_province": "state", "postal_code": "postal_code"}
_NAMED = ("name", "alternate_name", "description")

SEARCH: Origins = {
    ("search_record", "service_at_location_id"): ("id", "service_at_location_id"),
    ("search_record", "display_name"): ("name",),
    **{("search_record", name): (name,) for name in ("phone", "url", "email", "schedule")},
    ("search_record", "minimum_age"): ("minimum_age",),
    ("search_record", "maximum_age"): ("maximum_age",),
    ("search_record", "service_name"): ("service.name",),
    ("search_record", "service_alternate_name"): ("service.alternate_name",),
    ("search_record", "service_description"): ("description", "service.description"),
    ("search_record", "alert"): ("service.alert",),
    ("search_record", "application_process"): ("service.application_process",),
    ("search_record", "eligibility"): ("service.eligibility",),
    **{
        ("search_record", f"{entity}_{name}"): (f"{entity}.{name}",)
        for entity in ("location", "organization")
        for name in _NAMED
    },
    **{
        ("search_record", column): (f"location.physical_address.{field}",)
        for column, field in {**_PLACE, "address_2": "address_2", "country": "country"}.items()
    },
    ("search_record", "latitude"): ("location.point",),
    ("search_record", "longitude"): ("location.point",),
    ("service_area", "extent"): ("service_area",),
    ("taxonomy", "name"): (*_FACETS, "taxonomy_names"),
    ("taxonomy_term", "code"): ("taxonomies.code",),
    ("taxonomy_term", "name"): ("taxonomies.name", *_FACETS),
    ("taxonomy_term", "description"): ("taxonomies.description",),
    ("language", "name"): _FACETS,
    ("attribute", "label"): ("attribute_values",),
    ("attribute", "value"): ("attribute_values",),
}

TERMS: Origins = {("taxonomy_term", name): (name,) for name in ("id", "code", "name")}

ORGANIZATIONS: Origins = {
    ("organization", "id"): ("organization_id",),
    **{("organization", name): (name,) for name in ("name", "alternate_name", "email", "website")},
    ("phone", "number"): ("phone",),
    **{("search_record", column): (f"location.{field}",) for column, field in _PLACE.items()},
}

_SPOKEN_FACETS = "translations.facets"


@cache
def resources() -> Origins:
    """Of the document store."""
    found: dict[tuple[str, str], list[str]] = {}
    for table, column, field in _resource_fields():
        found.setdefault((table, column), []).append(field)
    return {column: tuple(fields) for column, fields in found.items()}


def _resource_fields() -> Iterator[tuple[str, str, str]]:
    for member, (_, _, column) in TEXTS.items():
        yield "search_record", column, f"translations.{member}"
    for column, field in _RECORD.items():
        yield "search_record", column, field
    yield "search_record", "service_at_location_id", "_id"
    yield "search_record", "phone", "phone"
    for place in ("phoneNumbers", "translations.phoneNumbers", "translations.contacts"):
        for column in ("number", "extension", "type", "description"):
            yield "phone", column, f"{place}{_PHONE[place]}.{'number' if column == 'extension' else column}"
    for column, field in _ADDRESS.items():
        yield "address", column, f"addresses.{field}"
    for column in ("name", "description"):
        for field in ("serviceArea.description", "serviceAreaName", "translations.serviceAreaDescription"):
            yield "service_area", column, field
    yield "service_area", "extent", "serviceArea"
    for column in ("id", "name", "title", "email"):
        yield "contact", column, f"translations.contacts.{column}"
    for table, column, fields in _SPOKEN:
        for field in fields:
            yield table, column, field


_PHONE = {"phoneNumbers": "", "translations.phoneNumbers": "", "translations.contacts": ".phones"}
_RECORD = {
    "service_at_location_id": "serviceAtLocationId",
    "original_id": "originalId",
    "display_name": "displayName",
    "phone": "displayPhoneNumber",
    "url": "website",
    "organization_url": "organizationUrl",
    "email": "email",
    "latitude": "location",
    "longitude": "location",
    "location_name": "locationName",
    "organization_name": "organizationName",
    "assured_date": "lastAssuredDate",
    "last_modified": "updatedAt",
}
_ADDRESS = {
    "address_1": "address_1",
    "address_2": "address_2",
    "city": "city",
    "state_province": "stateProvince",
    "postal_code": "postalCode",
    "country": "country",
    "address_type": "type",
}
_SPOKEN = (
    ("schedule", "description", ("translations.hoursDescription",)),
    ("required_document", "document", ("translations.requiredDocuments",)),
    ("language", "name", ("languages", "translations.languages", _SPOKEN_FACETS)),
    ("language", "code", (_SPOKEN_FACETS,)),
    ("taxonomy", "name", (_SPOKEN_FACETS,)),
    ("taxonomy_term", "code", ("translations.taxonomies.code", _SPOKEN_FACETS)),
    ("taxonomy_term", "name", ("translations.taxonomies.name", _SPOKEN_FACETS)),
    ("attribute", "label", ("translations.attributeValues",)),
    ("attribute", "value", ("translations.attributeValues",)),
)
