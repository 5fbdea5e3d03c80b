"""Requests about where records are and whom they serve."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

from dagster_ingest.testing.search import forms
from dagster_ingest.testing.search.answers import Question
from dagster_ingest.testing.search.facts import Fact
from dagster_ingest.testing.search.forms import MOST, request
from dagster_ingest.testing.search.questions import chosen

_EARTH = 6371.0087714 / 1.609344  # miles, the radius that Lucene reckons with
NOWHERE = (0.0, -150.0)  # in the Pacific
_CLEAR = 1e-3  # degrees that a point asked for keeps from any border, since servers round


def served(known: Sequence[Fact]) -> Iterator[Question]:
    import shapely

    areas = [fact.area for fact in known if fact.area is not None]
    inner = [(p.y, p.x) for p in (area.representative_point() for area in areas)]
    pins = [fact.point for fact in known if fact.point]
    for number, (lat, lon) in enumerate(islice(_clear(areas, [*inner, *pins]), 8)):
        spot = shapely.Point(lon, lat)
        yield chosen(
            f"at {lat:.3f} {lon:.3f} ({number})",
            [f for f in known if f.area is not None and f.area.contains(spot)],
            filters=[forms.serving(lat, lon)],
        )
    yield chosen("in the middle of the sea", [], filters=[forms.serving(*NOWHERE)])


def areas_within(known: Sequence[Fact]) -> Iterator[Question]:
    """Records whose service area reaches into a boundary."""
    for box, shape in _boxes(known):
        yield chosen(
            "around a pin",
            [f for f in known if f.area is not None and f.area.intersects(shape)],
            filters=[forms.within(box)],
        )


def places_within(known: Sequence[Fact]) -> Iterator[Question]:
    """Records whose pin lies in a boundary."""
    import shapely

    for box, shape in _boxes(known):
        yield chosen(
            "around a pin",
            [f for f in known if f.point is not None and shape.contains(shapely.Point(f.point[::-1]))],
            filters=[forms.within(box, "location.point")],
        )


def _boxes(known: Sequence[Fact]) -> Iterator[tuple[tuple[float, float, float, float], Any]]:
    import shapely

    pins = [fact.point for fact in known if fact.point]
    for lat, lon in pins[len(pins) // 2 :][:1]:
        box = (lon - 0.2113, lat - 0.1517, lon + 0.2291, lat + 0.1613)
        yield box, shapely.box(*box)


def _clear(areas: Sequence[Any], spots: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Spots that lie near no border, each once, spread over all of them."""
    import shapely

    borders = shapely.union_all([area.boundary for area in areas]) if areas else None
    step = max(1, len(spots) // 16)
    for lat, lon in dict.fromkeys(spots[::step]):
        if borders is None or borders.distance(shapely.Point(lon, lat)) > _CLEAR:
            yield lat, lon


def near(known: Sequence[Fact]) -> Iterator[Question]:
    pins = [fact.point for fact in known if fact.point]
    for lat, lon in pins[:: max(1, len(pins) // 2)]:
        far = sorted({round(miles((lat, lon), point), 2) for point in pins})
        gaps = [(b - a, (a + b) / 2) for a, b in pairwise(far)]
        for radius in [round(middle, 3) for gap, middle in gaps if gap > 0.2][:2] or [5.0]:
            close = {f.id for f in known if f.point and miles((lat, lon), f.point) <= radius}
            yield chosen(
                f"{radius} miles, or without a pin",
                [f for f in known if f.point is None or f.id in close],
                filters=[forms.near(lat, lon, radius)],
            )
            yield chosen(
                f"{radius} miles",
                [f for f in known if f.id in close],
                filters=[forms.near(lat, lon, radius, or_anywhere=False)],
            )


def miles(one: tuple[float, float], other: tuple[float, float]) -> float:
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * _EARTH * math.asin(math.sqrt(half))


def by_distance(known: Sequence[Fact]) -> Iterator[Question]:
    """Nearest first; what has no pin comes last."""
    for spot in [fact.point for fact in known if fact.point][:1]:
        far = {f.id: miles(spot, f.point) if f.point else math.inf for f in known}
        body = request(size=MOST, sort=forms.order(spot=spot))
        yield Question("from a pin", body, frozenset(far), rising=far)
