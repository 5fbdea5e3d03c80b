"""All questions about a tenant's records, by the form that they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dagster_ingest.testing.search import forms, places, questions
from dagster_ingest.testing.search.answers import Question
from dagster_ingest.testing.search.facts import Fact

FORMS: dict[str, Callable[[Sequence[Fact]], Iterator[Question]]] = {
    "keyword": questions.keywords,
    "taxonomy prefix": questions.prefixes,
    "tree of codes": questions.trees,
    "facets": questions.facets,
    "counts": questions.counts,
    "age": questions.ages,
    "order": questions.by_id,
    "order by name": questions.by_name,
    "order by distance": places.by_distance,
    "pages": questions.pages,
    "more like this": questions.alike,
    "served": places.served,
    "areas in a boundary": places.areas_within,
    "places in a boundary": places.places_within,
    "near": places.near,
    "all at once": lambda known: _together(known, located=False),
    "all at once, located": lambda known: _together(known, located=True),
}


def _together(known: Sequence[Fact], *, located: bool) -> Iterator[Question]:
    """Words, a facet, an age, a place, an order and counts in one request, as an application asks it."""
    whole = (f for f in known if f.area is not None and f.facets and questions.fits(f, 30))
    one = next(whole, None)
    if one is None:
        return
    text = " ".join(questions.plain(one.texts["service.name"]))
    spot = one.area.representative_point()
    key, values = min(one.facets.items())
    value, says = min(values), questions.says(text)
    filters = [*forms.facets({key: [value]}), *forms.age(30)]
    if located:
        filters.append(forms.serving(spot.y, spot.x))
    found = [
        f.id
        for f in known
        if says(f)
        and value in f.facets.get(key, set())
        and questions.fits(f, 30)
        and (not located or (f.area is not None and f.area.contains(spot)))
    ]
    body = forms.request(forms.keyword(text), filters, sort=forms.order(), aggs=forms.counts(f"facets.{key}"))
    yield Question(text, body, found[: forms.PAGE], total=len(found), absent=("service_area",))
