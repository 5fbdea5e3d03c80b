"""Counties and states with their outlines, from the data that the package ships (deploy/areas)."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from dagster_ingest.enhance.names import BY_FIPS, STATES, key

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

# Independent cities, which are counties of their own: their codes begin at 510, in these states.
_CITIES = {"24", "29", "32", "51"}
# Cities that are the whole of their counties, by the county's code, and the one of five.
_WHOLE = {
    ("CA", "sanfrancisco"): ("06075",),
    ("CO", "broomfield"): ("08014",),
    ("CO", "denver"): ("08031",),
    ("DC", "washington"): ("11001",),
    ("LA", "neworleans"): ("22071",),
    ("NY", "newyork"): ("36005", "36047", "36061", "36081", "36085"),
    ("NY", "newyorkcity"): ("36005", "36047", "36061", "36081", "36085"),
    ("PA", "philadelphia"): ("42101",),
}
# Names that counties had, or have since the data was made.
_OTHER_NAMES = {
    ("AK", "chugach"): "02261",
    ("AK", "copperriver"): "02261",
    ("AK", "wadehampton"): "02158",
    ("FL", "dade"): "12086",
    ("SD", "shannon"): "46102",
}


class County(NamedTuple):
    """fips: five digits. is_city: an independent city."""

    fips: str
    name: str
    state: str
    is_city: bool


class Atlas(NamedTuple):
    """arcs: lines as [(lon, lat)]. shapes: FIPS code to its geometry in the topology."""

    arcs: list[list[tuple[float, float]]]
    shapes: dict[str, dict[str, Any]]
    counties: dict[str, County]
    by_name: dict[tuple[str, str], list[County]]


@cache
def atlas() -> Atlas:
    packed = files("dagster_ingest.enhance.areas").joinpath("data/us.topojson.gz").read_bytes()
    topology = json.loads(gzip.decompress(packed))
    counties: dict[str, County] = {}
    shapes = {shape["id"]: shape for shape in topology["objects"]["states"]["geometries"]}
    by_name: defaultdict[tuple[str, str], list[County]] = defaultdict(list)
    for shape in topology["objects"]["counties"]["geometries"]:
        fips = shape["id"]
        state = BY_FIPS[fips[:2]]
        is_city = fips[:2] in _CITIES and fips[2:] >= "510"
        county = counties[fips] = County(fips, shape["properties"]["name"], state, is_city)
        shapes[fips] = shape
        by_name[state, key(county.name)].append(county)
    for place, fips in _OTHER_NAMES.items():
        by_name.setdefault(place, [counties[fips]])
    return Atlas(_lines(topology), shapes, counties, dict(by_name))


def counties_named(name: str, state: str) -> list[County]:
    """Both St. Louis of Missouri, for one: the county and the city."""
    return atlas().by_name.get((state, key(name)), [])


def counties_of_city(name: str, state: str) -> tuple[str, ...]:
    """FIPS codes of which a city is the whole; empty for most cities."""
    whole = _WHOLE.get((state, key(name)))
    if whole:
        return whole
    return tuple(county.fips for county in counties_named(name, state) if county.is_city)


@lru_cache(maxsize=4000)
def shape(fips: str) -> BaseGeometry:
    """Polygon or multi-polygon of a county (five digits) or a state (two), in degrees, (lon, lat); empty for
    Falls Church, Virginia, which is smaller than the grid of the data."""
    import shapely

    found = atlas().shapes[fips]
    polygons = [found["arcs"]] if found["type"] == "Polygon" else found["arcs"]
    # The grid of the data lets a tiny ring collapse into a line: a rock in the sea, a pond.
    rings = [[_ring(arcs) for arcs in polygon] for polygon in polygons]
    made = [
        shapely.Polygon(outer, [hole for hole in holes if len(hole) > 3])
        for outer, *holes in rings
        if len(outer) > 3
    ]
    return shapely.union_all([shapely.make_valid(polygon) for polygon in made])


def state_shape(state: str) -> BaseGeometry:
    return shape(STATES[state][0])


@cache
def state_boxes(state: str) -> tuple[tuple[float, float, float, float], ...]:
    """(west, south, east, north) of a state; two for Alaska, which crosses the date line."""
    import shapely

    whole = state_shape(state)
    halves = [shapely.box(-180, -90, 0, 90), shapely.box(0, -90, 180, 90)]
    return tuple(part.bounds for half in halves if not (part := whole.intersection(half)).is_empty)


def _ring(indexes: list[int]) -> list[tuple[float, float]]:
    """The points of a ring; ~i is arc i backwards. Arcs share their end points."""
    points: list[tuple[float, float]] = []
    for index in indexes:
        arc = atlas().arcs[index] if index >= 0 else atlas().arcs[~index][::-1]
        points += arc[1:] if points else arc
    return points


def _lines(topology: dict[str, Any]) -> list[list[tuple[float, float]]]:
    """Arcs are stored as whole numbers, each point as its difference to the one before."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    lines = []
    for arc in topology["arcs"]:
        steps = accumulate(arc, lambda at, step: [at[0] + step[0], at[1] + step[1]])
        lines.append([(x * sx + tx, y * sy + ty) for x, y in steps])
    return lines
