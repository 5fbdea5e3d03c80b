"""ZIP codes and what lies in them, from the table of the `zipcodes` package. Offline."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from dagster_ingest.enhance.names import key


class Zip(NamedTuple):
    """`lat`, `lon`: its middle, in degrees. area: whether mail is carried in it, unlike in one of boxes."""

    code: str
    city: str
    county: str
    state: str
    lat: float
    lon: float
    area: bool


class Table(NamedTuple):
    """by_city: (state, key of the city) to its codes. by_state: codes that are areas."""

    by_code: dict[str, Zip]
    by_city: dict[tuple[str, str], list[Zip]]
    by_state: dict[str, list[Zip]]


@cache
def table() -> Table:
    """The whole table. Costs about a second, once a process."""
    import zipcodes

    by_code: dict[str, Zip] = {}
    cities: defaultdict[tuple[str, str], list[Zip]] = defaultdict(list)
    other_names: defaultdict[tuple[str, str], list[Zip]] = defaultdict(list)
    states: defaultdict[str, list[Zip]] = defaultdict(list)
    for row in zipcodes.list_all():
        if row["zip_code_type"] == "MILITARY" or not row["active"]:
            continue
        area = row["zip_code_type"] == "STANDARD"
        found = Zip(
            row["zip_code"],
            row["city"],
            row["county"],
            row["state"],
            float(row["lat"]),
            float(row["long"]),
            area,
        )
        by_code[found.code] = found
        cities[found.state, key(found.city)].append(found)
        for name in row["acceptable_cities"]:
            other_names[found.state, key(name)].append(found)
        if area:
            states[found.state].append(found)
    for place, zips in other_names.items():
        cities.setdefault(place, zips)
    return Table(by_code, {place: _areas(zips) for place, zips in cities.items()}, dict(states))


def zip_of(code: str | None) -> Zip | None:
    """`50309` or `50309-1234`; None for a code that is none, or is not in use."""
    return table().by_code.get((code or "").strip()[:5])


def city_of(name: str | None, state: str) -> list[Zip]:
    """Codes of a city; those that are areas, if it has any."""
    return table().by_city.get((state, key(name)), []) if name else []


def middle(zips: Iterable[Zip]) -> tuple[float, float]:
    """(lat, lon) in the midst of several."""
    points = [(z.lat, z.lon) for z in zips]
    return sum(lat for lat, _ in points) / len(points), sum(lon for _, lon in points) / len(points)


def radius(found: Zip) -> float:
    """Kilometres around its middle that stand for its area: as far as its third neighbour, 2 to 40."""
    near = sorted(
        distance((found.lat, found.lon), (z.lat, z.lon))
        for z in table().by_state.get(found.state, [])
        if z.code != found.code and abs(z.lat - found.lat) < 1.5
    )
    return min(max(near[2] if len(near) > 2 else 40.0, 2.0), 40.0)


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two (lat, lon), on a sphere."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 12742.0176 * math.asin(min(1.0, math.sqrt(a)))


def _areas(zips: list[Zip]) -> list[Zip]:
    return [z for z in zips if z.area] or zips
