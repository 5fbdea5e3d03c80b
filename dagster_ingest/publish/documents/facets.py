"""What a result can be narrowed by: one facet for each taxonomy in use, one for languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dagster_ingest.publish.documents.record import Record

_LANGUAGES = "languages"


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of one facet. `key` names the facet in every language."""

    key: str
    taxonomy: str
    taxonomy_id: str | None
    taxonomy_name: str
    code: str | None
    name: str


def facets(record: Record, locale: str) -> Iterator[Facet]:
    """In the order of taxonomies' codes, languages last; names in `locale`."""
    for term in record.terms:
        if term["taxonomy"]:
            yield Facet(
                key=key_of(term["taxonomy"]),
                taxonomy=term["taxonomy"],
                taxonomy_id=term["taxonomy_id"],
                taxonomy_name=record.words.say(locale, term["taxonomy_id"], "name", term["taxonomy"]),
                code=term["code"],
                name=record.words.say(locale, term["id"], "name", term["name"]),
            )
    for spoken in record.languages:
        if spoken["name"]:
            name = record.words.say(locale, spoken["id"], "name", spoken["name"])
            yield Facet(_LANGUAGES, _LANGUAGES, None, "Languages", spoken["code"], name)


def key_of(text: str) -> str:
    """A name as a field: `Target Population` is `target_population`."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "other"
