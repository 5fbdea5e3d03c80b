"""What a run of translation tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dagster_ingest.enhance.report import Outcome, troubled
from dagster_ingest.spec.translation_files import Override


@dataclass(frozen=True, slots=True)
class ProviderReport(Outcome):
    """calls, characters: sent, failed attempts included. answered, failed: texts, each once a locale."""

    calls: int
    characters: int
    answered: int
    failed: int


@dataclass(frozen=True, slots=True)
class TranslationReport:
    """Counts are of rows: a text of a record in a locale.

    by_origin     human, source, machine
    from_cache    of earlier runs, among the machine's
    kept          earlier texts that stay, out of `from_cache`'s reach: their provider could not be asked
    waiting       by locale: not translated, for a provider is down or the budget is spent. Readers show
                  the source's text.
    refused       the translation lost a link, a number or a tag, or made one up; the source's text stands
    unchanged     nothing in them to translate: numbers, links, terms that are kept
    stale         overrides of a text that has changed since; they are used all the same
    unused        overrides of texts that the stage does not have
    rebuilt       the cache was damaged and begins anew
    """

    rows: int
    by_origin: dict[str, int]
    from_cache: int
    kept: int
    waiting: dict[str, int]
    refused: int
    unchanged: int
    stale: tuple[Override, ...]
    unused: tuple[Override, ...]
    money: float
    providers: dict[str, ProviderReport]
    purged: int
    rebuilt: bool

    @property
    def troubled(self) -> dict[str, str]:
        return troubled(self.providers)

    def summary(self) -> dict[str, Any]:
        """Numbers and states as plain values, for the metadata of a run."""
        return {
            "rows": self.rows,
            "by_origin": self.by_origin,
            "from_cache": self.from_cache,
            "kept": self.kept,
            "waiting": sum(self.waiting.values()),
            "waiting_by_locale": self.waiting,
            "refused": self.refused,
            "unchanged": self.unchanged,
            "stale_overrides": len(self.stale),
            "unused_overrides": len(self.unused),
            "money": round(self.money, 6),
            "calls": {name: told.calls for name, told in self.providers.items()},
            "characters": {name: told.characters for name, told in self.providers.items()},
            "providers": {name: told.state for name, told in self.providers.items()},
            "purged": self.purged,
        }
