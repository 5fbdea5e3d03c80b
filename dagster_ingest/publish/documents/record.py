"""A published service at a location with everything that belongs to it, read in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.documents.places import Area, area
from dagster_ingest.publish.documents.tables import Groups, Reads, Row, Tables, in_order
from dagster_ingest.publish.documents.words import ENTITY as TRANSLATION
from dagster_ingest.publish.documents.words import Words

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

BATCH = 2_000  # records held at once
RECORDS = "search_record"
KEY = "service_at_location_id"
_LEVELS = ("service_at_location_id", "service_id", "location_id", "organization_id")


@dataclass(frozen=True, slots=True)
class Record:
    """row: of `search_record`. terms: rows of taxonomy_term, `taxonomy` being the name of theirs.

    reads  what it was made of; a document that asks `words` adds to it
    tally  what was left out
    """

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
    reads: Reads
    tally: Counter[str]

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


def record_ids(tables: Tables) -> pl.Series:
    """Ids of the records that are published, without reading what belongs to them."""
    return published(tables, Counter())[KEY]


def service_count(partition: StagePartition) -> int:
    """Services with a published record."""
    frame = published(Tables(partition), Counter())
    return frame["service_id"].n_unique() if "service_id" in frame.columns else 0


def records(partition: StagePartition, tally: Counter[str] | None = None) -> Iterator[list[Record]]:
    """Batches in order of id. `tally` counts what was left out: records, areas, points."""
    tables, counts = Tables(partition), Counter() if tally is None else tally
    yield from batches(tables, published(tables, counts), counts)


def batches(
    tables: Tables, frame: pl.DataFrame, counts: Counter[str], *, without: pl.Series | None = None
) -> Iterator[list[Record]]:
    """Records of `frame` in order of id. without: ids of those that are not made."""
    if without is not None:
        frame = frame.filter(~frame[KEY].is_in(without.implode()))
    for part in in_order(frame, KEY).iter_slices(BATCH):
        batch = _batch(tables, part.to_dicts())
        for record in batch:
            counts.update(record.tally)
        counts["records"] += len(batch)
        yield batch


def made_again(tables: Tables, frame: pl.DataFrame, ids: Collection[str]) -> Iterator[Record]:
    """Some records of `frame`, for a comparison: they are counted nowhere."""
    for batch in batches(tables, frame.filter(frame[KEY].is_in(list(ids))), Counter()):
        yield from batch


def ids_of_one_row(frame: pl.DataFrame) -> pl.Series:
    """Ids of records that no second row of `frame` has as well."""
    return frame[KEY].filter(frame[KEY].is_unique())


def published(tables: Tables, counts: Counter[str]) -> pl.DataFrame:
    """Search records at a location and of an organization; both are active where the stage has them.

    What is left out is counted; a row is left out by what stands in it alone.
    """
    partition = tables.partition
    if RECORDS not in partition.entities:
        raise PublishError(
            f"the stage has no {RECORDS}",
            where=f"{partition.tenant}/{partition.state}",
            not_done="nothing was published",
            fix="build dbt_stage's search_record for this state",
        )
    frame = tables.frame(RECORDS)
    if frame.is_empty():
        return pl.DataFrame(schema={KEY: pl.String})
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
    return frame


def _batch(tables: Tables, rows: list[Row]) -> list[Record]:
    keys = {level: {row[level] for row in rows if row.get(level)} for level in _LEVELS}
    some = {
        (entity, level): tables.groups(entity, level, keys[level])
        for entity in ("phone", "contact", "schedule", "service_area", "language")
        for level in _LEVELS
    }
    for entity, level in (("required_document", "service_id"), ("address", "location_id")):
        some[entity, level] = tables.groups(entity, level, keys[level])
    linked = keys["service_id"] | keys[KEY]
    some["attribute", "link_id"] = attributes = tables.groups("attribute", "link_id", linked)
    terms = tables.groups("taxonomy_term", "id", {a["taxonomy_term_id"] for a in attributes.ahead()})
    taxonomies = tables.groups("taxonomy", "id", {term["taxonomy_id"] for term in terms.ahead()})
    contacts = {c["id"] for (entity, _), by in some.items() if entity == "contact" for c in by.ahead()}
    more = {
        ("phone", "contact_id"): tables.groups("phone", "contact_id", contacts),
        ("taxonomy_term", "id"): terms,
        ("taxonomy", "id"): taxonomies,
    }
    translated = tables.number(TRANSLATION, "id") is not None
    said = tables.groups(TRANSLATION, "id", _ids(rows, some | more) if translated else ())
    number = tables.number(RECORDS, KEY)
    assert number is not None
    return [_record(some | more, said, {(number, row[KEY])}, row) for row in rows]


def _record(some: dict[tuple[str, str], Groups], said: Groups, reads: Reads, row: Row) -> Record:
    def of(entity: str, *levels: str) -> list[Row]:
        return [c for level in levels for c in some[entity, level].read(reads, row.get(level))]

    own = [a for key in ("service_id", KEY) for a in some["attribute", "link_id"].read(reads, row[key])]
    found = {a["taxonomy_term_id"] for a in own if a["taxonomy_term_id"] and a["value"] is None}
    terms = [term for key in found if (term := _term(some, reads, key))]
    contacts = of("contact", *_LEVELS)
    areas = of("service_area", "service_id", KEY)
    where, tally = area(areas), Counter[str]()
    if where.unreadable:
        tally["areas_unreadable"] += where.unreadable
    if where.geometry is None:
        tally["records_without_area"] += 1
    phones = some["phone", "contact_id"]
    return Record(
        row=row,
        phones=[p for p in of("phone", *_LEVELS) if p["contact_id"] is None],
        contacts=contacts,
        contact_phones={c["id"]: phones.read(reads, c["id"]) for c in contacts},
        schedules=of("schedule", *_LEVELS[:3]),
        languages=of("language", "service_id", "location_id"),
        documents=of("required_document", "service_id"),
        addresses=of("address", "location_id"),
        terms=sorted(terms, key=lambda t: (t["code"] or "", t["id"])),
        values=[a for a in own if a["value"] is not None and a["label"]],
        area=where,
        areas=areas,
        words=Words.of(said, reads),
        reads=reads,
        tally=tally,
    )


def _term(some: dict[tuple[str, str], Groups], reads: Reads, key: str) -> Row | None:
    rows = some["taxonomy_term", "id"].read(reads, key)
    if not rows:
        return None
    taxonomies = some["taxonomy", "id"].read(reads, rows[-1]["taxonomy_id"])
    return {**rows[-1], "taxonomy": taxonomies[-1]["name"] if taxonomies else rows[-1]["taxonomy"]}


def _ids(rows: list[Row], some: dict[tuple[str, str], Groups]) -> set[str]:
    """Of all records whose texts a document of this batch may hold."""
    ids = {row[level] for row in rows for level in _LEVELS if row.get(level)}
    return ids | {child["id"] for by in some.values() for child in by.ahead()}
