"""Requests about the records of a sample, with the hits that a plain look at each record gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from dagster_ingest.testing.search import forms
from dagster_ingest.testing.search.answers import Question
from dagster_ingest.testing.search.facts import Fact, folded, words
from dagster_ingest.testing.search.forms import MOST, request

Test = Callable[[Fact], bool]


def chosen(
    name: str,
    found: Iterable[Fact],
    query: forms.Clause = forms.ALL,
    filters: Sequence[forms.Clause] = (),
) -> Question:
    """All that have to be found, on one page and without the outlines, which are large."""
    hits = frozenset(fact.id for fact in found)
    return Question(name, request(query, filters, size=MOST), hits, absent=("service_area",))


def keywords(known: Sequence[Fact]) -> Iterator[Question]:
    first, middle = known[0], known[len(known) // 2]
    name = " ".join(plain(first.texts["service.name"]))
    asked = {
        "a service's name": name,
        "in capitals": name.upper(),
        "words in another order": " ".join(reversed(plain(middle.texts["name"]))),
        "an organization's name": " ".join(plain(middle.texts["organization.name"])),
        "a word of a description": max(plain(middle.texts["service.description"]) or ["x"], key=len),
        "words of two fields": f"{plain(first.texts['service.name'])[0]} zyzzyva",
        "a word of nothing": "zyzzyva",
    }
    said = sorted({name for fact in known for code, name, _ in fact.terms if name != code and plain(name)})
    if said:
        asked["a term's name"] = " ".join(plain(said[0]))
    for told, text in asked.items():
        yield chosen(told, filter(says(text), known), forms.keyword(text))


def says(text: str) -> Test:
    wanted = set(words(text))

    def test(fact: Fact) -> bool:
        texts = [*fact.texts.values(), *(t for _, *both in fact.terms for t in both)]
        return any(wanted <= set(words(each)) for each in texts)

    return test


def plain(text: str) -> list[str]:
    return [word for word in text.split() if word.isascii() and word.isalnum()]


def prefixes(known: Sequence[Fact]) -> Iterator[Question]:
    common, other, _ = _codes(known)
    for told, asked in {
        "whole": common,
        "three signs": common[:3],
        "half": common[: len(common) // 2 + 1],
        "several": f"{common[:4]},{other}",
        "of nothing": "QQ-9",
    }.items():
        begins = tuple(each.lower() for each in asked.split(","))
        yield chosen(
            told,
            [f for f in known if any(code.lower().startswith(begins) for code in f.codes)],
            forms.taxonomy(asked),
        )


def trees(known: Sequence[Fact]) -> Iterator[Question]:
    common, other, third = _codes(known)
    given: dict[str, forms.Tree] = {
        "one": common,
        "either": {"OR": [common, other]},
        "both": {"AND": [common, other]},
        "none": {"AND": [common, "QQ-9999"]},
        "two deep": {"AND": [{"OR": [common, third]}, {"OR": [common, other]}]},
        "five deep": {
            "OR": [third, {"AND": [common, {"OR": [other, {"AND": [common, {"OR": [common, third]}]}]}]}]
        },
    }
    for told, node in given.items():
        yield chosen(told, [f for f in known if _holds(node, f.codes)], forms.tree(node))


def _codes(known: Sequence[Fact]) -> tuple[str, str, str]:
    """The code that stands most often, one in between, and a rare one."""
    ranked = [code for code, _ in Counter(sorted(c for f in known for c in f.codes)).most_common()]
    return ranked[0], ranked[len(ranked) // 2], ranked[-1]


def _holds(node: forms.Tree, codes: set[str]) -> bool:
    if isinstance(node, str):
        return node in codes
    [(word, below)] = node.items()
    return (all if word == "AND" else any)(_holds(each, codes) for each in below)


def facets(known: Sequence[Fact]) -> Iterator[Question]:
    """One filter for each value, all of which have to hold; in the language and in English."""
    for group in ("facets", "facets_en"):
        ranked = [pair for pair, _ in _values(known, group).most_common()]
        for pairs in (ranked[:1], ranked[:2], [ranked[0], ranked[-1]], ranked[:10]):
            asked: dict[str, list[str]] = {}
            for key, value in pairs:
                asked.setdefault(key, []).append(value)
            name = f"{group}: {len(pairs)} values, the last {pairs[-1][1]}"
            yield chosen(name, filter(_has(asked, group), known), filters=forms.facets(asked, group))


def _has(asked: dict[str, list[str]], group: str) -> Test:
    return lambda fact: all(set(some) <= getattr(fact, group).get(key, set()) for key, some in asked.items())


def counts(known: Sequence[Fact]) -> Iterator[Question]:
    for group in ("facets", "facets_en"):
        wanted: dict[str, Counter[str]] = {}
        for (key, value), count in _values(known, group).items():
            wanted.setdefault(f"{group}.{key}", Counter())[value] = count
        body = request(size=0, aggs=forms.counts(*wanted))
        yield Question(group, body, None, total=len(known), counts=wanted)


def _values(known: Sequence[Fact], group: str) -> Counter[tuple[str, str]]:
    held = (getattr(fact, group) for fact in known)
    return Counter((key, value) for each in held for key in sorted(each) for value in sorted(each[key]))


def ages(known: Sequence[Fact]) -> Iterator[Question]:
    for years in (0, 5, 17, 18, 40, 66):
        yield chosen(f"{years} years", [f for f in known if fits(f, years)], filters=forms.age(years))


def fits(fact: Fact, years: float) -> bool:
    least, most = fact.ages
    return (least is None or least <= years) and (most is None or years <= most)


def by_name(known: Sequence[Fact]) -> Iterator[Question]:
    for field, text in {"name.raw": "name", "organization.name.raw": "organization.name"}.items():
        for direction in ("asc", "desc"):
            ranked = _ranked({f.id: folded(f.texts[text]) for f in known}, direction)
            body = request(size=MOST, sort=forms.order(field, direction=direction))
            yield Question(f"{field} {direction}", body, ranked)


def by_id(known: Sequence[Fact]) -> Iterator[Question]:
    yield Question("up", request(size=MOST, sort=forms.order()), sorted(f.id for f in known))


def _ranked(keys: dict[str, bytes], direction: str) -> list[str]:
    """Ids; equal ones in the order of ids, whichever way the rest runs."""
    return sorted(sorted(keys), key=keys.__getitem__, reverse=direction == "desc")


def pages(known: Sequence[Fact]) -> Iterator[Question]:
    ids = sorted(fact.id for fact in known)
    for size in (10, 25):
        for page in range(1, len(ids) // size + 3):
            body = request(page=page, size=size, sort=forms.order())
            hits = ids[(page - 1) * size : page * size]
            yield Question(f"{page} of {size}", body, hits, total=len(ids))
    yield Question(f"one of {MOST}", request(size=MOST), frozenset(ids))


def alike(known: Sequence[Fact]) -> Iterator[Question]:
    fields = ("name", "service.description", "organization.name")
    for one in (known[0], known[-1]):
        said = {field: set(words(one.texts[field])) for field in fields}
        others = [f for f in known if f.id != one.id]
        shared = [f for f in others if any(said[field] & set(words(f.texts[field])) for field in fields)]
        yield chosen(one.id, shared, forms.like(one.id))
