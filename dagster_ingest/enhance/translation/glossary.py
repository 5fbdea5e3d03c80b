"""Terms that a translator is not to decide: the tenant's, and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dagster_ingest.spec.translation_files import TranslationFiles

_WORD = re.compile(r"\w+")


class Term(NamedTuple):
    """to: what stands for it in the target language; None: itself."""

    text: str
    to: str | None
    match_case: bool


class Spot(NamedTuple):
    """A term in a text, from `start` to before `end`, and what takes its place."""

    start: int
    end: int
    text: str


class Glossary:
    """The terms for one target locale, by their first word. Of two that fit, the longer one counts."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._by_word: dict[str, list[tuple[int, Term]]] = {}
        for term in terms:
            first = _WORD.search(term.text)
            if first is not None:
                self._by_word.setdefault(first[0].casefold(), []).append((first.start(), term))
        for found in self._by_word.values():
            found.sort(key=lambda each: -len(each[1].text))  # stable: at one length, the order given

    def find(self, text: str) -> Iterator[Spot]:
        done = 0
        for word in _WORD.finditer(text) if self._by_word else ():
            if word.start() < done:
                continue
            for offset, term in self._by_word.get(word[0].casefold(), ()):
                start = word.start() - offset
                end = start + len(term.text)
                if start >= done and _fits(text, start, end, term):
                    yield Spot(start, end, _said(text[start:end], term))
                    done = end
                    break


def glossary_of(files: TranslationFiles, locale: str, names: Iterable[str]) -> Glossary:
    """names: kept as they are, where nothing else is said."""
    terms = [Term(t.term, t.to[locale], t.match_case) for t in files.terms if locale in t.to]
    terms += [Term(text, None, True) for text in files.keep]
    terms += [Term(text, None, True) for text in names]
    return Glossary(terms)


def _fits(text: str, start: int, end: int, term: Term) -> bool:
    found = text[start:end]
    if found != term.text and (term.match_case or found.casefold() != term.text.casefold()):
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (_joins(before, found[0]) or _joins(found[-1], after))


def _joins(left: str, right: str) -> bool:
    """Whether two neighbours are within one word."""
    return bool(left) and bool(right) and (left + right).replace("_", "a").isalnum()


def _said(found: str, term: Term) -> str:
    """What takes its place; with a capital where the text has one and the term has none."""
    if term.to is None:
        return found
    if found[0].isupper() and not term.text[0].isupper():
        return term.to[0].upper() + term.to[1:]
    return term.to
