"""Points and areas of a record, as maps read them: longitude first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

GEOJSON = "geojson"


@dataclass(frozen=True, slots=True)
class Area:
    """geometry: a GeoJSON Polygon or MultiPolygon, or None. unreadable: extents that gave none."""

    geometry: dict[str, Any] | None
    names: tuple[str, ...]
    unreadable: int = 0


def point(row: Mapping[str, Any]) -> dict[str, float] | None:
    """`lat` and `lon` of a search record.

    None for a virtual place and for one whose street address is not published: a pin would give it away,
    however it was found.
    """
    lat, lon = row.get("latitude"), row.get("longitude")
    if row.get("location_type") != "physical" or not row.get("address_1"):
        return None
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180) or lat == lon == 0:
        return None
    return {"lat": lat, "lon": lon}


def area(rows: Sequence[Mapping[str, Any]]) -> Area:
    """Of a record's rows of service_area: one shape that covers them all."""
    extents = tuple(dict.fromkeys(row["extent"] for row in rows if _is_shape(row)))
    shape, unreadable = _union(extents) if extents else (None, 0)
    names = tuple(dict.fromkeys(text for row in rows if (text := row["name"] or row["description"])))
    return Area(json.loads(shape) if shape else None, names, unreadable)


def _is_shape(row: Mapping[str, Any]) -> bool:
    extent, kind = str(row.get("extent") or ""), row.get("extent_type")
    return bool(extent) and (kind.lower() == GEOJSON if kind else extent.lstrip().startswith("{"))


@lru_cache(maxsize=4096)
def _union(extents: tuple[str, ...]) -> tuple[str | None, int]:
    """GeoJSON of the union of polygons, and how many of the extents are none."""
    import shapely

    shapes = [shape for extent in extents for shape in _polygons(extent)]
    unreadable = sum(not _polygons(extent) for extent in extents)
    if not shapes:
        return None, unreadable
    merged = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
    return shapely.to_geojson(shapely.orient_polygons(merged)), unreadable


@lru_cache(maxsize=4096)
def _polygons(extent: str) -> tuple[Any, ...]:
    """The polygons of a GeoJSON text; none where it is not GeoJSON or not of this earth."""
    import shapely

    try:
        found = shapely.from_geojson(_bare(extent))
    except (shapely.errors.GEOSException, ValueError, TypeError, KeyError):
        return ()
    parts = [p for p in shapely.get_parts([found]) if p.geom_type in ("Polygon", "MultiPolygon")]
    parts = [p if p.is_valid else shapely.make_valid(p) for p in parts]
    west, south, east, north = shapely.total_bounds(parts) if parts else (0, 0, 0, 0)
    on_earth = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    flat = [p for p in shapely.get_parts(parts) if p.geom_type == "Polygon" and not p.is_empty]
    return tuple(flat) if on_earth else ()


def _bare(extent: str) -> str:
    """The geometry itself where it comes as a feature or a collection of features."""
    document = json.loads(extent)
    if document["type"] == "Feature":
        return json.dumps(document["geometry"])
    if document["type"] == "FeatureCollection":
        shapes = [feature["geometry"] for feature in document["features"]]
        return json.dumps({"type": "GeometryCollection", "geometries": shapes})
    return extent
