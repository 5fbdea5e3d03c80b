"""Places to GeoJSON: (lon, lat), valid, outer rings counter-clockwise, as RFC 7946 has it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dagster_ingest.enhance.areas.atlas import atlas, shape, state_shape
from dagster_ingest.enhance.areas.place import Place, of_id
from dagster_ingest.enhance.names import STATES
from dagster_ingest.enhance.zips import Zip, city_of, radius, zip_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

GRID = 1e-4  # degrees, about ten metres: a tenth of what the data tells
_KM = 111.32  # of a degree of latitude


def outline(places: Iterable[Place | str]) -> dict[str, Any] | None:
    """Polygon or MultiPolygon that covers all places, given as such or by id; None of none."""
    found = frozenset(place if isinstance(place, str) else place.id for place in places)
    drawn = _outline(found) if found else None
    return json.loads(drawn) if drawn else None


def merged(outlines: Iterable[str | None]) -> str | None:
    """GeoJSON texts as one, where a service has several areas."""
    import shapely

    texts = {text for text in outlines if text}
    if len(texts) < 2:
        return next(iter(texts), None)
    return geojson(shapely.union_all([shapely.from_geojson(text) for text in sorted(texts)]))


def geojson(geometry: BaseGeometry) -> str | None:
    """The areas of a geometry, made valid; None if it has none."""
    import shapely

    snapped = shapely.set_precision(shapely.make_valid(geometry), GRID)
    polygons = [part for part in shapely.get_parts(snapped, return_index=False) if part.area > 0]
    if not polygons:
        return None
    areas = shapely.union_all(polygons, grid_size=GRID)
    mapped = shapely.geometry.mapping(shapely.orient_polygons(areas, exterior_cw=False))
    if mapped["type"] not in ("Polygon", "MultiPolygon"):
        return None
    return json.dumps({"type": mapped["type"], "coordinates": _rounded(mapped["coordinates"])})


@lru_cache(maxsize=5000)
def _outline(ids: frozenset[str]) -> str | None:
    import shapely

    places = [of_id(each) for each in sorted(ids)]
    if any(place.kind == "country" for place in places):
        return geojson(_generous(shapely.union_all([state_shape(code) for code in STATES]), 0.1))
    whole = {place.state for place in places if place.kind == "state"}
    return geojson(
        shapely.union_all(
            [_shape(place.id) for place in places if place.kind == "state" or _state_of(place) not in whole]
        )
    )


def _state_of(place: Place) -> str:
    found = zip_of(place.code) if place.kind == "zip" else None
    return found.state if found else place.state


@lru_cache(maxsize=5000)
def _shape(place_id: str) -> BaseGeometry:
    import shapely

    place = of_id(place_id)
    if place.kind == "state":
        # A coast of a thousand islands, with no neighbour but the sea and another country.
        return _generous(state_shape("AK"), 0.05) if place.code == "AK" else state_shape(place.code)
    if place.kind == "county":
        found = shape(place.code)
        if not found.is_empty:
            return found
        county = atlas().counties[place.code]
        return shapely.union_all([_circle(each) for each in city_of(county.name, county.state)])
    if place.kind == "zip":
        code = zip_of(place.code)
        return _circle(code) if code else shapely.Polygon()
    return shapely.union_all([_circle(each) for each in city_of(place.code[3:], place.state)])


def _generous(geometry: BaseGeometry, degrees: float) -> BaseGeometry:
    """Fewer points, and everything that was in it still in it."""
    return geometry.buffer(degrees, quad_segs=1).simplify(degrees * 0.9)


def _circle(found: Zip) -> BaseGeometry:
    """Around the middle of a ZIP code, up to the border of its state."""
    import shapely
    from shapely.affinity import scale

    degrees = radius(found) / _KM
    circle = shapely.Point(found.lon, found.lat).buffer(degrees, quad_segs=8)
    round_on_the_ground = scale(circle, xfact=1 / math.cos(math.radians(found.lat)))
    if found.state not in STATES:
        return round_on_the_ground
    within = round_on_the_ground.intersection(state_shape(found.state))
    # The outline of a coast is coarse: a middle off it keeps its whole circle.
    return within if within.contains(shapely.Point(found.lon, found.lat)) else round_on_the_ground


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates[0], (int, float)):
        return [round(float(coordinates[0]), 4), round(float(coordinates[1]), 4)]
    return [_rounded(part) for part in coordinates]
