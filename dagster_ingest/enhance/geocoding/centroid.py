"""The middle of an address's ZIP code, city or county, from tables in the package. Nothing is sent."""

from __future__ import annotations

from typing import NamedTuple

from dagster_ingest.enhance.areas.atlas import shape
from dagster_ingest.enhance.areas.gazetteer import look_up
from dagster_ingest.enhance.geocoding.address import Address
from dagster_ingest.enhance.geocoding.kinds import Point, Precision
from dagster_ingest.enhance.names import STATES
from dagster_ingest.enhance.zips import city_of, middle, zip_of

PROVIDER = "zipcodes"  # of ZIP codes and cities
OUTLINES = "us-atlas"  # of counties


class Centroid(NamedTuple):
    point: Point
    precision: Precision
    provider: str


def centroid(address: Address) -> Centroid | None:
    """None where the address names nothing in its state. A ZIP code of another state is not believed."""
    if address.state not in STATES:
        return None
    found = zip_of(address.zip)
    if found is not None and found.state == address.state:
        return Centroid(_rounded(found.lat, found.lon), "zip", PROVIDER)
    if zips := city_of(address.city, address.state):
        return Centroid(_rounded(*middle(zips)), "city", PROVIDER)
    counties = look_up(address.county, address.state, "county").places if address.county else ()
    if counties:
        inside = _middle_of(counties[0].code)
        return Centroid(inside, "county", OUTLINES)
    return None


def _middle_of(fips: str) -> Point:
    """The centroid, or a point within where a county is bent around it."""
    outline = shape(fips)
    spot = outline.centroid if outline.contains(outline.centroid) else outline.representative_point()
    return _rounded(spot.y, spot.x)


def _rounded(lat: float, lon: float) -> Point:
    return Point(round(lat, 4), round(lon, 4))
