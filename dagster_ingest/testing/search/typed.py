"""Requests while somebody types: terms of taxonomies, and organizations by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dagster_ingest.testing.search import forms
from dagster_ingest.testing.search.answers import Question
from dagster_ingest.testing.search.facts import folded, words


def suggestions(terms: Mapping[str, tuple[str, str]]) -> Iterator[Question]:
    """terms: code and name by id, all that one tenant publishes in one language."""
    if not terms:
        return
    code, name = sorted(terms.values())[len(terms) // 2]
    asked = _typed(name) | {"a code": code, "a code's beginning": code[:4]}
    for told, text in asked.items():
        found = frozenset(key for key, texts in terms.items() if any(_begins(text, each) for each in texts))
        yield Question(told, forms.request(forms.suggestion(text), size=forms.MOST), found)


def organizations(names: Mapping[str, str], tenant_id: str) -> Iterator[Question]:
    """names: by id, all organizations of one tenant that have a published record."""
    name = sorted(names.values())[len(names) // 2]
    for told, text in (_typed(name) | {"in capitals": name.upper(), "nobody": "zyzzyva"}).items():
        found = frozenset(key for key, each in names.items() if _begins(text, each))
        query = forms.organization(text, tenant_id)
        yield Question(told, forms.request(query, size=forms.MOST), found)


def _typed(name: str) -> dict[str, str]:
    """A name, and what stands in the field before it is finished."""
    first = name.split()[0]
    return {
        "a name": name,
        "half of its first word": first[: len(first) // 2 + 1],
        "all but a letter": name[:-1],
    }


def _begins(text: str, name: str) -> bool:
    """All words are there, the last one perhaps not to its end."""
    *whole, last = [folded(word) for word in words(text)]
    held = [folded(word) for word in words(name)]
    return set(whole) <= set(held) and any(word.startswith(last) for word in held)
