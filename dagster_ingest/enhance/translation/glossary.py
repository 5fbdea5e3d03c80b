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
    """The terms for one target locale, by their words. Of two that fit, the one of more words counts."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._by_words: dict[tuple[str, ...], list[tuple[int, Term]]] = {}
        lengths: dict[str, set[int]] = {}
        for term in terms:
            words = tuple(_WORD.findall(term.text.casefold()))
            if words:
                start = next(_WORD.finditer(term.text)).start()
                self._by_words.setdefault(words, []).append((start, term))
                lengths.setdefault(words[0], set()).add(len(words))
        # By first word, the numbers of words that terms have, the most first.
        self._lengths = {word: sorted(found, reverse=True) for word, found in lengths.items()}

    def find(self, text: str) -> Iterator[Spot]:
        if not self._lengths:
            return
        spans = [(match.start(), match[0].casefold()) for match in _WORD.finditer(text)]
        done = 0
        for at, (start, first) in enumerate(spans):
            if start < done or first not in self._lengths:
                continue
            spot = self._at(text, spans, at, done)
            if spot is not None:
                yield spot
                done = spot.end

    def _at(self, text: str, spans: list[tuple[int, str]], at: int, done: int) -> Spot | None:
        start, first = spans[at]
        for length in self._lengths[first]:
            words = tuple(word for _, word in spans[at : at + length])
            for offset, term in self._by_words.get(words, ()):
                begin = start - offset
                end = begin + len(term.text)
                if begin >= done and _fits(text, begin, end, term):
                    return Spot(begin, end, _said(text[begin:end], term))
        return None


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
