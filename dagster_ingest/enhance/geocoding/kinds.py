"""What geocoding speaks of: precision, what a provider found, an implausible point."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

Precision = Literal["source", "street", "zip", "city", "county", "none"]
PRECISIONS: tuple[Precision, ...] = ("source", "street", "zip", "city", "county", "none")


class Point(NamedTuple):
    """Degrees."""

    lat: float
    lon: float


class Found(NamedTuple):
    """detail: how the provider came by it, in its own words: rooftop, interpolated ..."""

    point: Point
    detail: str


class Kept(NamedTuple):
    """An answer in the cache; found None: the provider had nothing. at: UTC, without a zone."""

    found: Found | None
    at: datetime


class Finding(NamedTuple):
    """A point that cannot be right. fault: zero, range, swapped, sign, state or far.
    by: `source` or a provider. used: whether it stands on the row all the same."""

    id: str
    by: str
    fault: str
    point: Point
    used: bool
