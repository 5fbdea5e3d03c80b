"""Which documents a stage partition puts into the store, and which of them are as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from dagster_ingest.publish.documents import About, digest, resource_document
from dagster_ingest.publish.documents.memory import Kind, Memory, Told, tallied
from dagster_ingest.publish.documents.record import batches, ids_of_one_row, made_again, published
from dagster_ingest.publish.documents.tables import Tables

_KIND = "resource"
Document = tuple[str, str, str | None, dict[str, Any]]
"""Key, digest, the record's id in the source, document."""


@dataclass(frozen=True, slots=True)
class Documents:
    """All that a partition shows. stood: `key`, `hash` and `original` of those that need not be made."""

    stood: pl.DataFrame
    made: Iterator[Document]


def documents(
    tables: Tables, about: About, tally: Counter[str], memory: Memory, fits: pl.DataFrame
) -> Documents:
    """What is to be shown.

    memory  knows which documents are as they were
    fits    `key` and `hash` of what is shown already; a document is left out that stands there
    """
    frame = published(tables, tally)

    def made_now(some: set[str]) -> Iterator[tuple[str, Told]]:
        for record in made_again(tables, frame, some):
            yield record.id, _told(resource_document(record, about))

    kind = Kind(_KIND, ids_of_one_row(frame), [fits], made_now)
    stand = memory.standing(tables, [kind])[_KIND]
    tally["records"] += stand.height
    tally.update(tallied(stand["tally"]))
    told = pl.col("told").list
    stood = stand.select("key", hash=told.get(0), original=told.get(1, null_on_oob=True))

    def made() -> Iterator[Document]:
        for batch in batches(tables, frame, tally, without=stand["key"]):
            for record in batch:
                document = resource_document(record, about)
                said = _told(document)
                memory.note(_KIND, record.id, said, record.tally, record.reads)
                yield record.id, said[0], original_id(document), document

    return Documents(stood, made())


def _told(document: dict[str, Any]) -> Told:
    """The digest, and the id in the source, which redirects are found by."""
    original = original_id(document)
    return (digest(document), *([original] if original is not None else []))


def original_id(document: Mapping[str, Any]) -> str | None:
    """As text: a source may count its records."""
    found = document.get("originalId")
    return None if found is None else str(found)
