"""What a tenant asks of the enhancements, part of the tenant file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from dagster_ingest.spec.http_service import HttpService, Part, PerSecond, Timeout, Url, once
from dagster_ingest.spec.secret import SecretField
from dagster_ingest.spec.texts import refused
from dagster_ingest.spec.translation import Translation

PUBLIC_NOMINATIM = "https://nominatim.openstreetmap.org"


class HttpGeocoder(HttpService):
    """What all geocoders over HTTP have in common."""

    per_second: PerSecond = 10
    timeout: Timeout = 20
    price_per_1000: float = Field(default=0, ge=0, le=1000)
    """What 1,000 lookups cost, in the currency of the budget."""
    refresh_days: int = Field(default=365, ge=1, le=3650)
    """A point is asked for again after so many days."""
    keep_days: int = Field(default=730, ge=1, le=3650)
    """A point is not used after so many days, not even while the provider is down."""
    misses_days: int = Field(default=30, ge=1, le=3650)
    """An address that the provider did not find is asked for again after so many days."""

    @model_validator(mode="after")
    def _keeps_until_refreshed(self) -> HttpGeocoder:
        if self.refresh_days > self.keep_days:
            problem = f"asks again after {self.refresh_days} days, when a point is kept for {self.keep_days}"
            raise refused(problem, fix="give `refresh_days` at most the days of `keep_days`")
        return self


class CensusGeocoder(HttpGeocoder):
    """The geocoder of the US Census Bureau: no key, no price, US street addresses, in batches."""

    provider: Literal["census"]
    url: Url = "https://geocoding.geo.census.gov"
    benchmark: str = Field(default="Public_AR_Current", pattern=r"^[A-Za-z0-9_]{1,60}$")
    """Which edition of its street data."""
    batch: int = Field(default=500, ge=1, le=10_000)
    """Addresses in one request."""
    per_second: float = Field(default=1, gt=0, le=1000)
    timeout: float = Field(default=300, gt=0, le=1800)


class NominatimGeocoder(HttpGeocoder):
    """Nominatim, OpenStreetMap's own or yours. Its points are OpenStreetMap's: say so where they show."""

    provider: Literal["nominatim"]
    contact: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", examples=["data@prairie.example"])
    """An address that its operators can write to; their policy asks for it."""
    url: Url = PUBLIC_NOMINATIM
    per_second: float = Field(default=1, gt=0, le=1000)

    @model_validator(mode="after")
    def _public_policy(self) -> NominatimGeocoder:
        if self.url.rstrip("/") == PUBLIC_NOMINATIM and (self.per_second > 1 or self.workers > 1):
            problem = "the public Nominatim allows one request a second, one at a time"
            raise refused(problem, fix="leave `per_second` and `workers` out, or set `url` to your own")
        return self


class PeliasGeocoder(HttpGeocoder):
    """Pelias, yours or a hosted one such as geocode.earth."""

    provider: Literal["pelias"]
    url: Url = Field(examples=["https://pelias.prairie.example", "https://api.geocode.earth"])
    key: SecretField | None = None
    """The secret that holds the key, if it wants one."""


class GoogleGeocoder(HttpGeocoder):
    """Google Maps Platform. Its terms let points be kept for 30 days, and shown on Google's maps only."""

    provider: Literal["google"]
    key: SecretField
    """The secret that holds the key."""
    url: Url = "https://maps.googleapis.com"
    workers: int = Field(default=4, ge=1, le=32)
    price_per_1000: float = Field(default=5, ge=0, le=1000)
    refresh_days: int = Field(default=25, ge=1, le=30)
    keep_days: int = Field(default=30, ge=1, le=30)
    misses_days: int = Field(default=25, ge=1, le=30)


class MapboxGeocoder(HttpGeocoder):
    """Mapbox, with `permanent`: points of its default mode may not be stored, and are never asked for."""

    provider: Literal["mapbox"]
    key: SecretField
    """The secret that holds the access token. Its account must be allowed permanent geocoding."""
    url: Url = "https://api.mapbox.com"
    batch: int = Field(default=100, ge=1, le=1000)
    """Addresses in one request."""
    per_second: float = Field(default=2, gt=0, le=1000)
    price_per_1000: float = Field(default=5, ge=0, le=1000)


Geocoder = Annotated[
    CensusGeocoder | NominatimGeocoder | PeliasGeocoder | GoogleGeocoder | MapboxGeocoder,
    Field(discriminator="provider"),
]


class GeocodingBudget(Part):
    """What one run of one state may spend. When it is spent, earlier values stay and the rest waits.
    A tenant of three states may spend it three times."""

    lookups: int = Field(default=20_000, ge=0, le=10_000_000)
    """Addresses sent to providers, attempts that failed included."""
    money: float = Field(default=20, ge=0, le=100_000, examples=[20])
    """By the providers' `price_per_1000`."""


class Geocoding(Part):
    """Coordinates for locations whose source gives none, or impossible ones."""

    enabled: bool = True
    providers: Annotated[list[Geocoder], AfterValidator(once)] = Field(
        default_factory=list, max_length=5, examples=[[{"provider": "census"}]]
    )
    """Geocoders over HTTP for street addresses, in this order. Left out: no address leaves the platform."""
    centroids: bool = True
    """Fall back to the middle of the ZIP code, the city or the county, from a table in the package."""
    budget: GeocodingBudget = Field(default_factory=GeocodingBudget)


class Areas(Part):
    """Outlines of service areas."""

    enabled: bool = True


class Enhance(Part):
    """What a record gains between stage and publishing."""

    geocoding: Geocoding = Field(default_factory=Geocoding)
    areas: Areas = Field(default_factory=Areas)
    translation: Translation = Field(default_factory=Translation)

    def asks_for(self, part: str) -> bool:
        """Whether the tenant file has the part, and has not disabled it: a part left out is not made."""
        return part in self.model_fields_set and getattr(self, part).enabled
