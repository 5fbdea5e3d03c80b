"""Outlines that a source ships itself: HSDS `extent`, as GeoJSON or WKT."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dagster_ingest.enhance.areas.outline import geojson

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_WEST, _SOUTH, _EAST, _NORTH = -180.0, -15.0, 180.0, 72.0  # from American Samoa to Point Barrow


def outline_of_extent(text: str | None) -> str | None:
    """GeoJSON of an extent; None for one that is no area of the United States, such as (lat, lon) swapped."""
    if not text or len(text) > 5_000_000:
        return None
    read = _of_json(text) if text.lstrip().startswith("{") else _of_wkt(text)
    if read is None or read.is_empty:
        return None
    west, south, east, north = read.bounds
    plausible = west >= _WEST and east <= _EAST and south >= _SOUTH and north <= _NORTH
    # The country lies west of 64 degrees, but for the tail of Alaska and the islands of the Pacific.
    if not plausible or -64.0 < west < 144.0:
        return None
    return geojson(read)


def _of_json(text: str) -> BaseGeometry | None:
    import shapely
    from shapely.geometry import shape

    try:
        found: Any = json.loads(text)
        kind = found.get("type")
        parts = (
            [feature["geometry"] for feature in found["features"]]
            if kind == "FeatureCollection"
            else [found["geometry"] if kind == "Feature" else found]
        )
        return shapely.union_all([shapely.make_valid(shape(part)) for part in parts if part])
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError):
        return None


def _of_wkt(text: str) -> BaseGeometry | None:
    import shapely

    return shapely.from_wkt(text, on_invalid="ignore")
