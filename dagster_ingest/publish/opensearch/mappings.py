"""Mappings and settings of the indices. They are strict: a field that is not here is refused."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from dagster_ingest.publish.documents.about import FORMAT

RESOURCES, TAXONOMIES, ORGANIZATIONS = "resources", "taxonomies_v2", "organizations"

_KEYWORD = {"type": "keyword"}
_TEXT = {"type": "text", "analyzer": "standard"}
_RAW = {**_TEXT, "fields": {"raw": {"type": "keyword", "normalizer": "folded", "ignore_above": 8191}}}
_ID = {"type": "keyword", "fields": {"raw": {"type": "keyword"}}}
_LONG = {"type": "keyword", "ignore_above": 8191}
_SUGGESTED = {"type": "search_as_you_type", "analyzer": "names", "fields": {"raw": _LONG}}
_OPEN: dict[str, Any] = {"type": "object", "dynamic": True}
_FOLDED = ["lowercase", "asciifolding"]
_ANALYSIS = {
    "normalizer": {"folded": {"type": "custom", "filter": _FOLDED}},
    "analyzer": {"names": {"type": "custom", "tokenizer": "standard", "filter": _FOLDED}},
}
# Objects whose members' names are the tenant's, and how many names stand before the text.
_OPEN_DEPTH = {"facets": 1, "facets_en": 1, "taxonomy_names": 2, "attribute_values": 2}


def index_body(kind: str, *, shards: int) -> dict[str, Any]:
    """What an index of this kind is created with. While it is filled it has no copies and no refresh."""
    return {
        "settings": {
            "index": {
                "number_of_shards": shards,
                "number_of_replicas": 0,
                "refresh_interval": "-1",
                "mapping.total_fields.limit": 2000,
            },
            "analysis": _ANALYSIS,
        },
        "mappings": {
            **_MAPPINGS[kind](),
            "_meta": {"dagster_ingest": {"kind": kind, "format": format_of(kind)}},
        },
    }


@cache
def format_of(kind: str) -> str:
    """Digest of a mapping and of how it takes texts apart: an index of another is built anew."""
    made = json.dumps([_MAPPINGS[kind](), _ANALYSIS], sort_keys=True)
    return hashlib.sha256(made.encode()).hexdigest()[:16]


def signed_format() -> str:
    """What documents and mappings look like now; a state that was signed with another is published again."""
    return "-".join([str(FORMAT), *(format_of(kind) for kind in sorted(_MAPPINGS))])


def shown_settings(replicas: int) -> dict[str, Any]:
    """What an index is given when it is full."""
    return {"index": {"number_of_replicas": replicas, "refresh_interval": "1s"}}


def _strict(properties: dict[str, Any], templates: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    ours = {"properties": {"hash": {"type": "keyword"}, "states": {"type": "keyword"}}}
    found = {"dynamic": "strict", "date_detection": False, "properties": {**properties, "ingest": ours}}
    return {**found, "dynamic_templates": templates} if templates else found


def _object(**properties: Any) -> dict[str, Any]:
    return {"dynamic": "strict", "properties": properties}


def _texts(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, _TEXT)


def _resources() -> dict[str, Any]:
    address = _object(**_texts("address_1", "address_2", "city", "state", "country", "postal_code"))
    named = _texts("alternate_name", "description", "summary")
    return _strict(
        {
            "id": _KEYWORD,
            "service_at_location_id": _ID,
            "tenant_id": _KEYWORD,
            "name": _RAW,
            **_texts("description", "summary", "phone", "url", "email", "schedule", "attribution"),
            "service": _object(**_texts("name", "alert", "eligibility", "application_process"), **named),
            "location": _object(
                **_texts("name"), **named, point={"type": "geo_point"}, physical_address=address
            ),
            "organization": _object(name=_RAW, **named),
            "taxonomies": {
                "type": "nested",
                **_object(code={**_TEXT, "fields": {"raw": _KEYWORD}}, **_texts("name", "description")),
            },
            "service_area": {"type": "geo_shape"},
            **dict.fromkeys(_OPEN_DEPTH, _OPEN),
            "minimum_age": {"type": "float"},
            "maximum_age": {"type": "float"},
            "priority": {"type": "integer"},
            "pinned": {"type": "boolean"},
        },
        [
            {
                group: {
                    "path_match": f"{group}{'.*' * depth}",
                    "path_unmatch": f"{group}{'.*' * (depth + 1)}",
                    "match_mapping_type": "string",
                    "mapping": {**_TEXT, "fields": {"keyword": _LONG}},
                }
            }
            for group, depth in _OPEN_DEPTH.items()
        ],
    )


def _taxonomies() -> dict[str, Any]:
    code = {"type": "search_as_you_type", "fields": {"raw": _KEYWORD}}
    return _strict({"id": _KEYWORD, "code": code, "name": _SUGGESTED, "type": _KEYWORD})


def _organizations() -> dict[str, Any]:
    return _strict(
        {
            **dict.fromkeys(("organization_id", "tenant_id", "resource_writer_id"), _KEYWORD),
            "name": _SUGGESTED,
            **_texts("alternate_name", "email", "website", "phone"),
            "location": _object(**_texts("address_1", "city", "state", "postal_code")),
        }
    )


_MAPPINGS = {RESOURCES: _resources, TAXONOMIES: _taxonomies, ORGANIZATIONS: _organizations}
