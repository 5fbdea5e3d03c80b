"""Terms as they are suggested while somebody types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagster_ingest.publish.documents.digest import compact
from dagster_ingest.publish.documents.tables import Tables
from dagster_ingest.publish.documents.words import ENTITY, Words

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition


def term_documents(
    partition: StagePartition, locale: str, *, tables: Tables | None = None
) -> Iterator[dict[str, Any]]:
    """One for each published term that has a code, in order of id."""
    tables = tables or Tables(partition)
    terms = tables.by_id("taxonomy_term")
    words = Words.of(tables.groups(ENTITY, "id", terms), set())
    for key, term in terms.items():
        if term["code"]:
            name = words.say(locale, key, "name", term["name"])
            yield compact({"id": key, "code": term["code"], "name": name, "type": "taxonomy"})
