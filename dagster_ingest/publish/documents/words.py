"""Texts in other languages, where the stage has them.

An entity `translation` beside the standard ones holds them: `id` of the record, `field`, `locale`, `text`.
Where there is none the source's own text stands in its place, so no document lacks a locale.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from dagster_ingest.publish.documents.tables import Groups, Reads

ENTITY = "translation"


class Texts(Protocol):
    """(id of the record, field, locale) to text."""

    def get(self, key: tuple[str, str, str], default: Any, /) -> Any: ...


class Words:
    """The translations of some records."""

    def __init__(self, texts: Texts | Mapping[tuple[str, str, str], str]) -> None:
        self._texts = texts

    @classmethod
    def of(cls, groups: Groups, reads: Reads) -> Words:
        """Those of a document, which writes down whose it reads. groups: of `translation`, by id."""
        return cls({} if groups.is_empty else _Read(groups, reads))

    def say(self, locale: str, record: str | None, field: str, source: Any) -> Any:
        """The text in `locale`, else the source's. A field that is empty in the source has none."""
        if record is None or source is None:
            return source
        return self._texts.get((record, field, locale), source)


class _Read:
    def __init__(self, groups: Groups, reads: Reads) -> None:
        self._groups, self._reads = groups, reads
        self._known: dict[str, dict[tuple[str, str], str]] = {}

    def get(self, key: tuple[str, str, str], default: Any, /) -> Any:
        record, field, locale = key
        if record not in self._known:
            rows = self._groups.read(self._reads, record)
            self._known[record] = {(r["field"], r["locale"]): r["text"] for r in rows if r["text"]}
        return self._known[record].get((field, locale), default)
