"""What a stage partition says of each published record. None of the documents' code is used here."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

Row = dict[str, Any]
# A word as the standard analyzer cuts it: signs inside join letters with letters, digits with digits.
_WORD = re.compile(r"\w+(?:(?:(?<=[^\W\d_])[.'’:·](?=[^\W\d_])|(?<=\d)[.,;'’](?=\d))\w+)*")


@dataclass(frozen=True, slots=True)
class Fact:
    """A record in one language.

    texts   by field of the index
    terms   code, name and description of each taxonomy term
    facets  values by facet's key, in the language and in English
    point   latitude and longitude of the pin; area: a shapely geometry
    """

    id: str
    original_id: str | None
    texts: dict[str, str]
    terms: tuple[tuple[str, str, str], ...]
    facets: dict[str, set[str]]
    facets_en: dict[str, set[str]]
    ages: tuple[float | None, float | None]
    point: tuple[float, float] | None
    area: Any

    @property
    def codes(self) -> set[str]:
        return {code for code, _, _ in self.terms}


class Stage:
    """Rows of a partition, by what they belong to."""

    def __init__(self, partition: StagePartition) -> None:
        self.partition = partition
        self.said = {
            (row["id"], row["field"], row["locale"]): row["text"] for row in self.rows("translation")
        }

    def rows(self, entity: str) -> list[Row]:
        return self.partition.table(entity).to_pylist() if entity in self.partition.entities else []

    def by(self, entity: str, column: str) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in self.rows(entity):
            if row.get(column):
                found[row[column]].append(row)
        return found

    def say(self, locale: str, key: str | None, field: str, source: Any) -> str:
        return (source and self.said.get((key, field, locale))) or source or ""


def published(partition: StagePartition) -> list[Row]:
    """The search records at a location and of an organization."""
    rows = Stage(partition).rows("search_record")
    return [row for row in rows if row["service_at_location_id"] and row["organization_id"]]


def facts(partition: StagePartition, locale: str) -> list[Fact]:
    """In order of id."""
    english = next((each for each in partition.locales if each.split("-")[0].lower() == "en"), "en")
    return sorted(_facts(Stage(partition), locale, english), key=lambda fact: fact.id)


def _facts(stage: Stage, locale: str, english: str) -> Iterator[Fact]:
    areas = [stage.by("service_area", key) for key in ("service_id", "service_at_location_id")]
    links = stage.by("attribute", "link_id")
    spoken = [stage.by("language", key) for key in ("service_id", "location_id")]
    terms = {row["id"]: row for row in stage.rows("taxonomy_term")}
    taxonomies = {row["id"]: row["name"] for row in stage.rows("taxonomy")}
    for row in published(stage.partition):
        keys = (row["service_id"], row["service_at_location_id"])
        linked = {
            a["taxonomy_term_id"]
            for key in keys
            for a in links[key]
            if a["taxonomy_term_id"] and a["value"] is None
        }
        own = [terms[each] for each in sorted(linked) if each in terms]
        tongues = [
            *spoken[0].get(row["service_id"], []),
            *spoken[1].get(row["location_id"], []),
        ]
        extents = [a["extent"] for by, key in zip(areas, keys, strict=True) for a in by.get(key, [])]
        yield Fact(
            id=row["service_at_location_id"],
            original_id=row["original_id"],
            texts=_texts(stage, row, locale),
            terms=tuple(
                (t["code"], *(stage.say(locale, t["id"], f, t[f]) for f in ("name", "description")))
                for t in own
                if t["code"]
            ),
            facets=_facets(stage, own, tongues, taxonomies, locale),
            facets_en=_facets(stage, own, tongues, taxonomies, english),
            ages=(row["minimum_age"], row["maximum_age"]),
            point=_point(row),
            area=_area(extents),
        )


def _texts(stage: Stage, row: Row, locale: str) -> dict[str, str]:
    found = {"name": stage.say(locale, row["service_at_location_id"], "display_name", row["display_name"])}
    for of in ("service", "location", "organization"):
        for text in ("name", "alternate_name", "description"):
            said = stage.say(locale, row[f"{of}_id"], text, row.get(f"{of}_{text}"))
            found[f"{of}.{text}"] = said
    return {**found, "description": found["service.description"]}


def _facets(stage: Stage, terms: list[Row], tongues: list[Row], taxonomies: dict[str, str], locale: str):
    found: dict[str, set[str]] = defaultdict(set)
    for term in terms:
        taxonomy = taxonomies.get(term["taxonomy_id"]) or term["taxonomy"]
        name = stage.say(locale, term["id"], "name", term["name"])
        if taxonomy and name:
            found[re.sub("[^a-z0-9]+", "_", taxonomy.lower()).strip("_")].add(name)
    for tongue in tongues:
        if tongue["name"]:
            found["languages"].add(stage.say(locale, tongue["id"], "name", tongue["name"]))
    return dict(found)


def _point(row: Row) -> tuple[float, float] | None:
    shown = row["location_type"] == "physical" and row["address_1"]
    return (row["latitude"], row["longitude"]) if shown and row["latitude"] is not None else None


def _area(extents: Iterable[str | None]) -> Any:
    import shapely

    shapes = [
        shapely.make_valid(shapely.from_geojson(json.dumps(json.loads(each))))
        for each in extents
        if each and each.lstrip().startswith("{")
    ]
    return shapely.union_all(shapes) if shapes else None


def words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text or "")]


def folded(text: str) -> bytes:
    """As keywords are compared: small letters without marks, by their bytes."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return plain.encode()
