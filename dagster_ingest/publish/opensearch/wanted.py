"""Which indices a tenant has, and which documents a stage partition puts into them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import polars as pl

from dagster_ingest import naming
from dagster_ingest.publish.documents import About, digest, search_document, term_documents
from dagster_ingest.publish.documents.holding import EMPTY
from dagster_ingest.publish.documents.memory import Kind, Memory, Told, tallied
from dagster_ingest.publish.documents.organizations import made, organization_ids
from dagster_ingest.publish.documents.record import Record, batches, ids_of_one_row, made_again, published
from dagster_ingest.publish.documents.tables import Tables
from dagster_ingest.publish.opensearch.mappings import ORGANIZATIONS, RESOURCES, TAXONOMIES

# After the tenant: a collection, which has no hyphen, and the load id that `new_index` gives.
_INDEX = re.compile(
    rf"(?:(?:{RESOURCES}|{TAXONOMIES})_[a-z0-9_]+|{ORGANIZATIONS})--[0-9]{{8}}t[0-9]{{6}}-[0-9a-f]{{6}}"
)

Document = tuple[str, str, str, dict[str, Any]]
"""Collection, key, digest, document."""


@dataclass(frozen=True, slots=True)
class Documents:
    """All that a partition shows. stood: `key` and `hash` by collection, of those that need not be made."""

    stood: dict[str, pl.DataFrame]
    made: Iterator[Document]


@dataclass(frozen=True, slots=True)
class Collection:
    """name: of the index without its tenant, such as `resources_en`. aliases: under which it is asked."""

    name: str
    kind: str
    aliases: tuple[str, ...]


def collections(about: About) -> dict[str, Collection]:
    """By name: an index for each kind and locale, even where there is nothing to put into it."""
    tenant, found = about.tenant_id, []
    for code, locale in about.languages.items():
        resources, terms = f"{RESOURCES}_{code}", f"{TAXONOMIES}_{code}"
        # Suggestions are asked for with the locale as the browser sends it.
        raw = f"{TAXONOMIES}_{locale.lower()}"
        found.append(Collection(resources, RESOURCES, (f"{tenant}-{resources}",)))
        found.append(Collection(terms, TAXONOMIES, tuple({f"{tenant}-{n}": 0 for n in (terms, raw)})))
    found.append(Collection(ORGANIZATIONS, ORGANIZATIONS, (ORGANIZATIONS,)))
    return {each.name: each for each in found}


def new_index(about: About, collection: str) -> str:
    """The name of an index that is not there yet."""
    return f"{about.tenant_id}-{collection}--{naming.new_load_id().lower()}"


def is_index_of(tenant_id: str, index: str) -> bool:
    """Of this tenant and not of one whose id begins with the same words."""
    return index.startswith(f"{tenant_id}-") and _INDEX.fullmatch(index, len(tenant_id) + 1) is not None


def documents(
    tables: Tables,
    about: About,
    tally: Counter[str],
    memory: Memory,
    fits: Mapping[str, pl.DataFrame],
) -> Documents:
    """What is to be shown.

    memory  knows which documents are as they were
    fits    by collection, `key` and `hash` of what is shown already; a document is left out that stands there
    """
    frame = published(tables, tally)
    organizations = organization_ids(tables)
    stand = memory.standing(tables, _kinds(tables, about, frame, organizations, fits))
    without = {kind: units["key"] for kind, units in stand.items()}
    records = batches(tables, frame, tally, without=without[RESOURCES])
    left = organizations.filter(~organizations.is_in(without[ORGANIZATIONS].implode()))
    made = chain(
        _resources(records, about, memory), _terms(tables, about), _organizations(tables, about, left, memory)
    )
    return Documents(_stood(about, stand, tally), made)


def _resources(records: Iterable[list[Record]], about: About, memory: Memory) -> Iterator[Document]:
    for record in chain.from_iterable(records):
        made_now = _searched(about, record)
        told = tuple(digest(document) for _, document in made_now)
        memory.note(RESOURCES, record.id, told, record.tally, record.reads)
        for (name, document), one in zip(made_now, told, strict=True):
            yield name, record.id, one, document


def _terms(tables: Tables, about: About) -> Iterator[Document]:
    for code, locale in about.languages.items():
        for term in term_documents(tables.partition, locale, tables=tables):
            yield f"{TAXONOMIES}_{code}", term["id"], digest(term), term


def _organizations(tables: Tables, about: About, ids: pl.Series, memory: Memory) -> Iterator[Document]:
    for reads, organization in made(tables, about, ids):
        key, one = organization["organization_id"], digest(organization)
        memory.note(ORGANIZATIONS, key, (one,), {}, reads)
        yield ORGANIZATIONS, key, one, organization


def _searched(about: About, record: Record) -> list[tuple[str, dict[str, Any]]]:
    """An index for each language, and what it holds of the record."""
    return [
        (name, search_document(record, about, locale))
        for name, locale in zip(_indices(about), about.languages.values(), strict=True)
    ]


def _indices(about: About) -> list[str]:
    """Of records, in the order of the languages."""
    return [f"{RESOURCES}_{code}" for code in about.languages]


def _kinds(
    tables: Tables,
    about: About,
    frame: pl.DataFrame,
    organizations: pl.Series,
    fits: Mapping[str, pl.DataFrame],
) -> list[Kind]:
    """Records in all their languages, and organizations."""

    def record(some: set[str]) -> Iterator[tuple[str, Told]]:
        for each in made_again(tables, frame, some):
            yield each.id, tuple(digest(document) for _, document in _searched(about, each))

    def organization(some: set[str]) -> Iterator[tuple[str, Told]]:
        for _, document in made(tables, about, some):
            yield document["organization_id"], (digest(document),)

    shown = [fits.get(name, EMPTY) for name in (*_indices(about), ORGANIZATIONS)]
    return [
        Kind(RESOURCES, ids_of_one_row(frame), shown[:-1], record),
        Kind(ORGANIZATIONS, organizations, shown[-1:], organization),
    ]


def _stood(about: About, stand: Mapping[str, pl.DataFrame], tally: Counter[str]) -> dict[str, pl.DataFrame]:
    records, organizations = stand[RESOURCES], stand[ORGANIZATIONS]
    tally["records"] += records.height
    tally.update(tallied(records["tally"]))
    told = {name: (records, place) for place, name in enumerate(_indices(about))}
    told[ORGANIZATIONS] = (organizations, 0)
    return {
        name: units.select("key", hash=pl.col("told").list.get(place))
        for name, (units, place) in told.items()
    }
