"""Which indices a tenant has, and which documents a stage partition puts into them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagster_ingest import naming
from dagster_ingest.publish.documents import About, digest, search_document, term_documents
from dagster_ingest.publish.documents.memory import Memory, Unit
from dagster_ingest.publish.documents.organizations import made, organization_ids
from dagster_ingest.publish.documents.record import Record, batches, ids_of_one_row, made_again, published
from dagster_ingest.publish.documents.tables import Tables
from dagster_ingest.publish.opensearch.mappings import ORGANIZATIONS, RESOURCES, TAXONOMIES

if TYPE_CHECKING:
    from polars import DataFrame

    from dagster_ingest.publish.base import StagePartition

# After the tenant: a collection, which has no hyphen, and the load id that `new_index` gives.
_INDEX = re.compile(
    rf"(?:(?:{RESOURCES}|{TAXONOMIES})_[a-z0-9_]+|{ORGANIZATIONS})--[0-9]{{8}}t[0-9]{{6}}-[0-9a-f]{{6}}"
)

Document = tuple[str, str, str, dict[str, Any] | None]
"""Collection, key, digest; None for the document itself where it need not be made."""
Fits = Callable[[str, str, str], bool]
"""Whether a store shows this digest already, in this collection under this key."""


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
    partition: StagePartition,
    about: About,
    tally: Counter[str],
    memory: Memory | None = None,
    fits: Fits = lambda *_: False,
) -> Iterator[Document]:
    """All that a partition shows. memory: knows which of those that fit are as they were."""
    tables = Tables(partition)
    frame = published(tables, partition, tally)
    organizations = organization_ids(tables)
    stand: dict[str, dict[str, Unit]] = {RESOURCES: {}, ORGANIZATIONS: {}}
    if memory is not None:
        keys = {RESOURCES: ids_of_one_row(frame), ORGANIZATIONS: organizations}
        stand = _standing(memory, tables, about, keys, frame, fits)
    yield from _stood(about, stand, tally)
    for batch in batches(tables, frame, tally, without=stand[RESOURCES]):
        for record in batch:
            made_now = _searched(about, record)
            told = tuple(digest(document) for _, document in made_now)
            if memory is not None:
                memory.note(RESOURCES, record.id, Unit(told, record.tally), record.reads)
            for (name, document), one in zip(made_now, told, strict=True):
                yield name, record.id, one, document
    for code, locale in about.languages.items():
        for term in term_documents(partition, locale, tables=tables):
            yield f"{TAXONOMIES}_{code}", term["id"], digest(term), term
    left = [key for key in organizations if key not in stand[ORGANIZATIONS]]
    for reads, organization in made(tables, about, left):
        key, one = organization["organization_id"], digest(organization)
        if memory is not None:
            memory.note(ORGANIZATIONS, key, Unit((one,), {}), reads)
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


def _standing(
    memory: Memory, tables: Tables, about: About, keys: dict[str, list[str]], frame: DataFrame, fits: Fits
) -> dict[str, dict[str, Unit]]:
    """By kind and key, units of which nothing has to be made or written."""
    known = memory.recall(tables)

    def record(some: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for each in made_again(tables, frame, some):
            yield each.id, tuple(digest(document) for _, document in _searched(about, each))

    def organization(some: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for _, document in made(tables, about, sorted(some)):
            yield document["organization_id"], (digest(document),)

    names = {RESOURCES: _indices(about), ORGANIZATIONS: [ORGANIZATIONS]}
    found = {}
    for kind, make in ((RESOURCES, record), (ORGANIZATIONS, organization)):

        def fit(key: str, unit: Unit, kind: str = kind) -> bool:
            return all(fits(name, key, one) for name, one in zip(names[kind], unit.told, strict=True))

        found[kind] = memory.standing(known, kind, keys[kind], fit, make)
    return {kind: {} for kind in found} if memory.audit else found


def _stood(about: About, stand: dict[str, dict[str, Unit]], tally: Counter[str]) -> Iterator[Document]:
    names = _indices(about)
    tally["records"] += len(stand[RESOURCES])
    for key, unit in stand[RESOURCES].items():
        if unit.tally:
            tally.update(unit.tally)
        for name, one in zip(names, unit.told, strict=True):
            yield name, key, one, None
    for key, unit in stand[ORGANIZATIONS].items():
        yield ORGANIZATIONS, key, unit.told[0], None
