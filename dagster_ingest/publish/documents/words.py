"""Texts in other languages, where the stage has them.

An entity `translation` beside the standard ones holds them: `id` of the record, `field`, `locale`, `text`.
Where there is none the source's own text stands in its place, so no document lacks a locale.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dagster_ingest.publish.documents.tables import Tables

ENTITY = "translation"


class Words:
    """The translations of some records."""

    def __init__(self, texts: dict[tuple[str, str, str], str]) -> None:
        self._texts = texts

    @classmethod
    def of(cls, tables: Tables, ids: Iterable[str]) -> Words:
        found = tables.children(ENTITY, "id", ids)
        return cls(
            {
                (row["id"], row["field"], row["locale"]): row["text"]
                for rows in found.values()
                for row in rows
                if row["text"]
            }
        )

    def say(self, locale: str, record: str | None, field: str, source: Any) -> Any:
        """The text in `locale`, else the source's. A field that is empty in the source has none."""
        if record is None or source is None:
            return source
        return self._texts.get((record, field, locale), source)
