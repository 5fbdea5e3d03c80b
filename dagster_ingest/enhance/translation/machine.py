"""Texts that a machine translates: what the cache and the last result have, then the providers in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from dagster_ingest.enhance.translation.asking import Asked, ask
from dagster_ingest.enhance.translation.cache import REFUSED, Cache, Kept
from dagster_ingest.enhance.translation.glossary import glossary_of
from dagster_ingest.enhance.translation.providers.base import Around, Provider
from dagster_ingest.enhance.translation.providers.registry import make
from dagster_ingest.enhance.translation.report import ProviderReport
from dagster_ingest.enhance.translation.wanted import Got, Pair, Wanted, wanted
from dagster_ingest.spec.translation import Translation, Translator
from dagster_ingest.spec.translation_files import TranslationFiles, source_hash

if TYPE_CHECKING:
    import polars as pl

MACHINE = "machine"


class Earlier(NamedTuple):
    """A machine's text in the last result."""

    words: str
    provider: str
    glossary: str | None
    at: datetime | None


@dataclass(slots=True)
class Done:
    """By text and pair. got: translations. refused: no answer could be used. unchanged: nothing to
    translate. fresh: of `got`, what was answered in this run; kept: earlier texts whose provider could not
    be asked."""

    got: dict[tuple[str, Pair], Got] = field(default_factory=dict)
    refused: set[tuple[str, Pair]] = field(default_factory=set)
    unchanged: set[tuple[str, Pair]] = field(default_factory=set)
    fresh: set[tuple[str, Pair]] = field(default_factory=set)
    kept: set[tuple[str, Pair]] = field(default_factory=set)
    reports: dict[str, ProviderReport] = field(default_factory=dict)
    purged: int = 0


class Machine:
    def __init__(
        self,
        settings: Translation,
        files: TranslationFiles,
        names: Sequence[str],
        cache: Cache,
        around: Around,
        now: datetime,
        previous: pl.DataFrame | None,
    ) -> None:
        self._settings, self._files, self._names = settings, files, names
        self._cache, self._around, self._now = cache, around, now
        self._earlier = _earlier(previous)
        self._done = Done()

    def translate(self, texts: Iterable[tuple[str, Pair]]) -> Done:
        """texts: each once, in the order in which they are to be asked for."""
        open_: dict[Pair, list[Wanted]] = {}
        for each in self._shielded(texts):
            place = (each.text, each.pair)
            if each.shielded.settled:
                words, terms = each.shielded.plain, each.shielded.glossary
                self._done.got[place] = Got(words, "human", "glossary", terms, None)
            elif each.shielded.markup is None:
                self._done.unchanged.add(place)
            else:
                open_.setdefault(each.pair, []).append(each)
        self._done.purged = self._cache.hold(each.key for some in open_.values() for each in some)
        for chosen in self._settings.providers:
            provider = make(chosen, self._around)
            try:
                self._ask(provider, chosen, open_)
            finally:
                provider.close()
        self._keep(open_)
        return self._done

    def _shielded(self, texts: Iterable[tuple[str, Pair]]) -> Iterable[Wanted]:
        glossaries = {}
        for text, pair in texts:
            if pair.target not in glossaries:
                glossaries[pair.target] = glossary_of(self._files, pair.target, self._names)
            yield wanted(text, pair, glossaries[pair.target])

    def _ask(self, provider: Provider, chosen: Translator, open_: dict[Pair, list[Wanted]]) -> None:
        asked = Asked()
        budget = self._around.budget
        before = budget.calls[provider.name], budget.characters[provider.name]
        for pair, texts in open_.items():
            if chosen.locales and pair.target not in chosen.locales:
                continue
            found = self._known(provider, pair, texts)
            last = set() if _speaks(found) else set(found)  # of a pair that it may refuse altogether
            rest = [each for each in texts if each.key not in found or each.key in last]
            rest.sort(key=lambda each: each.key in last)
            if not asked.over:
                answers = ask(provider, pair, rest, self._cache, budget, self._now, asked)
                self._done.fresh |= {(each.text, pair) for each in rest if each.key in answers}
                found |= answers
            self._take(provider, texts, found if _speaks(found) else {})
            open_[pair] = [each for each in texts if (each.text, pair) not in self._done.got]
        # A language that it lacks is told by `problem`; it is down if it translates none.
        speaks = asked.state == "down" and not asked.over and asked.answered
        self._done.reports[provider.name] = ProviderReport(
            "ok" if speaks else asked.state,
            asked.problem,
            budget.calls[provider.name] - before[0],
            budget.characters[provider.name] - before[1],
            asked.answered,
            asked.failed,
        )

    def _known(self, provider: Provider, pair: Pair, texts: Sequence[Wanted]) -> dict[str, Kept]:
        """From the cache, and into it what it has lost and the last result has."""
        edition = provider.edition(*pair)
        found = self._cache.get(provider.name, edition, (each.key for each in texts))
        elsewhere = self._cache.others(provider.name, edition, (each.key for each in texts))
        lost: dict[str, Kept] = {}
        for each in texts:
            earlier = self._earlier.get((source_hash(each.text), each.pair))
            if (
                each.key not in found
                and each.key not in elsewhere
                and earlier is not None
                and (earlier.provider, earlier.glossary) == (label(provider), each.shielded.glossary)
                and earlier.at is not None
            ):
                lost[each.key] = Kept(earlier.words, earlier.at)
        self._cache.put(provider.name, edition, lost)
        oldest = self._now - timedelta(days=self._settings.refused_days)
        return lost | {key: kept for key, kept in found.items() if kept.text or kept.at > oldest}

    def _take(self, provider: Provider, texts: Sequence[Wanted], found: dict[str, Kept]) -> None:
        for each in texts:
            place, kept = (each.text, each.pair), found.get(each.key)
            if kept is None:
                continue
            if not kept.text:
                self._done.refused.add(place)
                continue
            self._done.refused.discard(place)
            self._done.got[place] = Got(kept.text, MACHINE, label(provider), each.shielded.glossary, kept.at)

    def _keep(self, open_: dict[Pair, list[Wanted]]) -> None:
        """An earlier text stays while its source's does, of a provider that is still wanted."""
        names = {chosen.provider for chosen in self._settings.providers}
        for texts in open_.values():
            for each in texts:
                place = (each.text, each.pair)
                earlier = self._earlier.get((source_hash(each.text), each.pair))
                if (
                    earlier is None
                    or earlier.provider.split("/")[0] not in names
                    or place in self._done.refused
                ):
                    continue
                self._done.got[place] = Got(
                    earlier.words, MACHINE, earlier.provider, earlier.glossary, earlier.at
                )
                self._done.kept.add(place)


def _speaks(found: Mapping[str, Kept]) -> bool:
    """Whether there is an answer among them: the provider takes the pair, and refuses single texts of it."""
    return any(kept.text != REFUSED for kept in found.values())


def label(provider: Provider) -> str:
    return f"{provider.name}/{provider.version}"


def _earlier(previous: pl.DataFrame | None) -> dict[tuple[str, Pair], Earlier]:
    """Machine texts of the last result, by the hash of their source's text and locales."""
    if previous is None:
        return {}
    columns = ("source_hash", "source_locale", "locale", "text", "provider", "glossary", "at")
    if not {"origin", *columns} <= set(previous.columns):
        return {}
    rows = previous.filter(previous["origin"] == MACHINE).select(columns).iter_rows()
    return {
        (made_of, Pair(source, target)): Earlier(words, provider, glossary, at)
        for made_of, source, target, words, provider, glossary, at in rows
    }
