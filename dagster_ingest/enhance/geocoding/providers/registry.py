"""Geocoders by name; each is imported when it is made."""

from __future__ import annotations

from dagster_ingest.enhance.geocoding.providers.base import Around, Provider
from dagster_ingest.spec.enhance import (
    CensusGeocoder,
    Geocoder,
    GoogleGeocoder,
    MapboxGeocoder,
    NominatimGeocoder,
    PeliasGeocoder,
)


def make(settings: Geocoder, around: Around) -> Provider:
    """Raises SpecError where nobody keeps the secret it names."""
    if isinstance(settings, CensusGeocoder):
        from dagster_ingest.enhance.geocoding.providers.census import Census

        return Census(settings, around)
    if isinstance(settings, MapboxGeocoder):
        from dagster_ingest.enhance.geocoding.providers.mapbox import Mapbox

        return Mapbox(settings, around)
    from dagster_ingest.enhance.geocoding.providers import through_geopy

    if isinstance(settings, NominatimGeocoder):
        return through_geopy.nominatim(settings, around)
    if isinstance(settings, PeliasGeocoder):
        return through_geopy.pelias(settings, around)
    if isinstance(settings, GoogleGeocoder):
        return through_geopy.google(settings, around)
    raise AssertionError(settings)
