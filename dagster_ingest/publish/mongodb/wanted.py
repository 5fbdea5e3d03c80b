"""Which documents a stage partition puts into the store, and which of them are as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from dagster_ingest.publish.documents import About, digest, resource_document
from dagster_ingest.publish.documents.memory import Memory, Unit
from dagster_ingest.publish.documents.record import batches, ids_of_one_row, made_again, published
from dagster_ingest.publish.documents.tables import Tables

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

_KIND = "resource"
Document = tuple[str, str, Any, dict[str, Any] | None]
"""Key, digest, the record's id in the source; None for the document itself where it need not be made."""
Fits = Callable[[str, str], bool]
"""Whether the store shows this digest already under this key, and nothing is to be written."""


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
    stand: dict[str, Unit] = {}
    if memory is not None:

        def made(some: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
            for record in made_again(tables, frame, some):
                yield record.id, _unit(resource_document(record, about)).told

        known, once = memory.recall(tables), ids_of_one_row(frame)
        stand = memory.standing(known, _KIND, once, lambda key, unit: fits(key, unit.told[0]), made)
        stand = {} if memory.audit else stand
    tally["records"] += len(stand)
    for key, unit in stand.items():
        tally.update(unit.tally)
        yield key, unit.told[0], _original(unit), None
    for batch in batches(tables, frame, tally, without=stand):
        for record in batch:
            document = resource_document(record, about)
            unit = _unit(document, record.tally)
            if memory is not None and _original(unit) == document.get("originalId"):
                memory.note(_KIND, record.id, unit, record.reads)
            yield record.id, unit.told[0], document.get("originalId"), document


def _unit(document: dict[str, Any], tally: Counter[str] | None = None) -> Unit:
    """The digest, and the id in the source, which redirects are found by."""
    original = document.get("originalId")
    return Unit((digest(document), *([original] if isinstance(original, str) else [])), tally or {})


def _original(unit: Unit) -> str | None:
    return unit.told[1] if len(unit.told) > 1 else None
