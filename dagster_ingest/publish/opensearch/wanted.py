"""Which indices a tenant has, and which documents a stage partition puts into them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagster_ingest import naming
from dagster_ingest.publish.documents import (
    About,
    organization_documents,
    records,
    search_document,
    term_documents,
)
from dagster_ingest.publish.opensearch.mappings import ORGANIZATIONS, RESOURCES, TAXONOMIES

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

# After the tenant: a collection, which has no hyphen, and the load id that `new_index` gives.
_INDEX = re.compile(
    rf"(?:(?:{RESOURCES}|{TAXONOMIES})_[a-z0-9_]+|{ORGANIZATIONS})--[0-9]{{8}}t[0-9]{{6}}-[0-9a-f]{{6}}"
)

Document = tuple[str, str, dict[str, Any]]


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


def documents(partition: StagePartition, about: About, tally: Counter[str]) -> Iterator[Document]:
    """(collection, key, document) of all a partition shows. The same rows give the same order."""
    for batch in records(partition, tally):
        for code, locale in about.languages.items():
            for record in batch:
                yield f"{RESOURCES}_{code}", record.id, search_document(record, about, locale)
    for code, locale in about.languages.items():
        for term in term_documents(partition, locale):
            yield f"{TAXONOMIES}_{code}", term["id"], term
    for organization in organization_documents(partition, about):
        yield ORGANIZATIONS, organization["organization_id"], organization
