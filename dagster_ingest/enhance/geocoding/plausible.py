"""Whether a point can be where it is said to be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from dagster_ingest.enhance.areas.atlas import state_boxes
from dagster_ingest.enhance.geocoding.kinds import Finding, Point
from dagster_ingest.enhance.names import STATES
from dagster_ingest.enhance.zips import distance, zip_of

MARGIN = 0.1  # degrees around a state: outlines are coarse, and piers reach out
FARTHEST = 80.0  # kilometres from the middle of the address's ZIP code


def fault(point: Point, state: str) -> str | None:
    """zero, range, swapped (lon, lat), sign (a longitude without its minus), state (outside of it), or None.

    state: two letters; of any other the whole country is meant
    """
    lat, lon = point
    if not (math.isfinite(lat) and math.isfinite(lon)):
        return "range"
    if abs(lat) < 0.01 or abs(lon) < 0.01:
        return "zero"
    if _inside(lat, lon, state):
        return None
    if _inside(lon, lat, state):
        return "swapped"
    if _inside(lat, -lon, state):
        return "sign"
    return "range" if abs(lat) > 90 or abs(lon) > 180 else "state"


def findings(rows: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Points of rows (id, latitude, longitude, _state; provider if there is one) that cannot be right."""
    found = []
    for row in rows:
        if row["latitude"] is None or row["longitude"] is None:
            continue
        point = Point(row["latitude"], row["longitude"])
        if wrong := fault(point, row["_state"]):
            found.append(Finding(row["id"], row.get("provider") or "source", wrong, point, True))
    return tuple(found)


def far_from_zip(point: Point, zip_code: str, state: str) -> bool:
    """Whether a point lies a long way off the ZIP code of its address. Alaska's are too large to tell."""
    found = zip_of(zip_code)
    if found is None or found.state != state or state == "AK":
        return False
    return distance((found.lat, found.lon), point) > FARTHEST


def _inside(lat: float, lon: float, state: str) -> bool:
    states = (state,) if state in STATES else tuple(STATES)
    return any(
        south - MARGIN <= lat <= north + MARGIN and west - MARGIN <= lon <= east + MARGIN
        for code in states
        for west, south, east, north in state_boxes(code)
    )
