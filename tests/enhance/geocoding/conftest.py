"""A town whose geocoders are on loopback, a clock that stands, and rows of locations."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dagster_ingest import pace
from dagster_ingest.clock import Timing
from dagster_ingest.enhance.geocoding import Budget, Cache, Geocoded, geocode
from dagster_ingest.spec.enhance import Geocoding
from dagster_ingest.testing.fake.geocoders import KEY, Spot, Town
from dagster_ingest.testing.http import FakeServer
from tests.enhance.hosts import Clock

SPOTS = {
    "101 MAIN ST": Spot(41.6001, -93.6091),
    "202 OAK AVE": Spot(41.5902, -93.6202),
    "303 COARSE RD": Spot(41.6, -93.6, "coarse"),
    "404 FAR AWAY LN": Spot(40.5, -95.9),  # in Iowa's box, a long way from 50309
    "505 WRONG STATE ST": Spot(33.0, -85.0),
}


@dataclass
class World:
    server: FakeServer
    town: Town
    folder: Path
    clock: Clock = field(default_factory=Clock)
    budget: Budget | None = None

    def settings(self, *providers: str, budget: dict[str, Any] | None = None, **more: Any) -> Geocoding:
        """Providers with their own settings, which `more` overlays."""
        own: dict[str, dict[str, Any]] = {
            "nominatim": {"contact": "data@prairie.example"},
            "google": {"key": {"secret": "GEO_KEY"}},
            "mapbox": {"key": {"secret": "GEO_KEY"}},
        }
        listed = [{"provider": n, "url": self.server.url, **own.get(n, {}), **more} for n in providers]
        return Geocoding.model_validate({"providers": listed, "budget": budget or {}})

    def run(
        self,
        rows: pl.DataFrame,
        settings: Geocoding,
        previous: pl.DataFrame | None = None,
        timing: Timing | None = None,
    ) -> Geocoded:
        self.budget = Budget(settings.budget)
        with Cache(self.folder / "geocode.sqlite") as cache:
            secret = {"GEO_KEY": KEY}.__getitem__
            timing = timing or self.clock.timing
            return geocode(
                rows, settings, cache, self.budget, secret=secret, previous=previous, timing=timing
            )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    pace.forget()
    with FakeServer() as server:
        town = Town(SPOTS)
        town.serve(server)
        yield World(server, town, tmp_path)


@pytest.fixture
def place() -> Callable[..., dict[str, Any]]:
    return location


def location(id: str, street: str | None = "101 Main Street", **more: Any) -> dict[str, Any]:
    """A row as `location_rows` makes them."""
    row = {
        "id": id, "location_type": "physical", "description": None, "latitude": None, "longitude": None,
        "address_1": street, "address_2": None, "city": "Des Moines", "region": "Polk",
        "state_province": "IA", "postal_code": "50309", "country": "US", "_state": "IA",
    }  # fmt: skip
    return row | more


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    kinds = {"latitude": pl.Float64, "longitude": pl.Float64}
    return pl.DataFrame(rows, schema={name: kinds.get(name, pl.String) for name in location("x")})
