"""A published service at a location with everything that belongs to it, read in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.documents.places import Area, area
from dagster_ingest.publish.documents.tables import Row, Tables
from dagster_ingest.publish.documents.words import Words

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

BATCH = 2_000  # records held at once
RECORDS = "search_record"
_LEVELS = ("service_at_location_id", "service_id", "location_id", "organization_id")


@dataclass(frozen=True, slots=True)
class Record:
    """row: of `search_record`. terms: rows of taxonomy_term, `taxonomy` being the name of theirs."""

    row: Row
    phones: list[Row]
    contacts: list[Row]
    contact_phones: dict[str, list[Row]]
    schedules: list[Row]
    languages: list[Row]
    documents: list[Row]
    addresses: list[Row]
    terms: list[Row]
    values: list[Row]
    area: Area
    areas: list[Row]
    words: Words

    @property
    def id(self) -> str:
        return str(self.row["service_at_location_id"])

    def area_names(self, locale: str) -> list[str]:
        """What its service areas are called, as `area.names` in a language."""
        found = dict.fromkeys(
            self.words.say(locale, row["id"], field, row[field])
            for row in self.areas
            if row[field := "name" if row["name"] else "description"]
        )
        return list(found)


def record_ids(partition: StagePartition) -> list[str]:
    """Ids of the records that are published, in order, without reading what belongs to them."""
    return _published(Tables(partition), partition, Counter())["service_at_location_id"].to_list()


def service_count(partition: StagePartition) -> int:
    """Services with a published record."""
    frame = _published(Tables(partition), partition, Counter())
    return frame["service_id"].n_unique() if "service_id" in frame.columns else 0


def records(partition: StagePartition, tally: Counter[str] | None = None) -> Iterator[list[Record]]:
    """Batches in order of id. `tally` counts what was left out: records, areas, points."""
    tables, counts = Tables(partition), Counter() if tally is None else tally
    frame = _published(tables, partition, counts)
    for part in frame.iter_slices(BATCH):
        batch = _batch(tables, part.to_dicts(), counts)
        counts["records"] += len(batch)
        yield batch


def _published(tables: Tables, partition: StagePartition, counts: Counter[str]) -> pl.DataFrame:
    """Search records at a location and of an organization; both are active where the stage has them."""
    if RECORDS not in partition.entities:
        raise PublishError(
            f"the stage has no {RECORDS}",
            where=f"{partition.tenant}/{partition.state}",
            not_done="nothing was published",
            fix="build dbt_stage's search_record for this state",
        )
    frame = tables.frame(RECORDS)
    if frame.is_empty():
        return pl.DataFrame(schema={"service_at_location_id": pl.String})
    for column in ("service_at_location_id", "organization_id", "location_id"):
        if column not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(column))
    for column, name in (
        ("service_at_location_id", "records_without_location"),
        ("organization_id", "records_without_organization"),
    ):
        missing = frame[column].null_count()
        if missing:
            counts[name] += missing
        frame = frame.filter(pl.col(column).is_not_null())
    return frame.sort("service_at_location_id")


def _batch(tables: Tables, rows: list[Row], counts: Counter[str]) -> list[Record]:
    keys = {level: {row[level] for row in rows if row.get(level)} for level in _LEVELS}
    some = {
        (entity, level): tables.children(entity, level, keys[level])
        for entity in ("phone", "contact", "schedule", "service_area", "language")
        for level in _LEVELS
    }
    some["required_document", "service_id"] = tables.children(
        "required_document", "service_id", keys["service_id"]
    )
    some["address", "location_id"] = tables.children("address", "location_id", keys["location_id"])
    linked = keys["service_id"] | keys["service_at_location_id"]
    attributes = tables.children("attribute", "link_id", linked)
    terms = _terms(tables)
    contacts = {
        c["id"] for (entity, _), by in some.items() if entity == "contact" for r in by.values() for c in r
    }
    contact_phones = tables.children("phone", "contact_id", contacts)
    said = Words.of(tables, _ids(rows, some, terms, attributes))
    make = partial(_record, some, attributes, terms, contact_phones, said, counts)
    return [make(row) for row in rows]


def _record(some, attributes, terms, contact_phones, said: Words, counts: Counter[str], row: Row) -> Record:
    def of(entity: str, *levels: str) -> list[Row]:
        return [c for level in levels for c in some[entity, level].get(row.get(level), ())]

    own = [a for key in ("service_id", "service_at_location_id") for a in attributes.get(row[key], ())]
    found = {a["taxonomy_term_id"] for a in own if a["taxonomy_term_id"] and a["value"] is None}
    contacts = of("contact", *_LEVELS)
    areas = of("service_area", "service_id", "service_at_location_id")
    where = area(areas)
    if where.unreadable:
        counts["areas_unreadable"] += where.unreadable
    if where.geometry is None:
        counts["records_without_area"] += 1
    return Record(
        row=row,
        phones=[p for p in of("phone", *_LEVELS) if p["contact_id"] is None],
        contacts=contacts,
        contact_phones={c["id"]: contact_phones.get(c["id"], []) for c in contacts},
        schedules=of("schedule", *_LEVELS[:3]),
        languages=of("language", "service_id", "location_id"),
        documents=of("required_document", "service_id"),
        addresses=of("address", "location_id"),
        terms=sorted((terms[t] for t in found if t in terms), key=lambda t: (t["code"] or "", t["id"])),
        values=[a for a in own if a["value"] is not None and a["label"]],
        area=where,
        areas=areas,
        words=said,
    )


def _terms(tables: Tables) -> dict[str, Row]:
    names = {i: taxonomy["name"] for i, taxonomy in tables.by_id("taxonomy").items()}
    return {
        i: {**term, "taxonomy": names.get(term["taxonomy_id"], term["taxonomy"])}
        for i, term in tables.by_id("taxonomy_term").items()
    }


def _ids(rows: list[Row], some, terms: dict[str, Row], attributes: dict[str, list[Row]]) -> set[str]:
    """Of all records whose texts a document of this batch may hold."""
    ids = {row[level] for row in rows for level in _LEVELS if row.get(level)} | set(terms)
    ids |= {child["id"] for by in some.values() for children in by.values() for child in children}
    ids |= {term["taxonomy_id"] for term in terms.values() if term["taxonomy_id"]}
    return ids | {a["id"] for held in attributes.values() for a in held}
