"""Coordinates of locations, with how precise they are and where from.

rows = location_rows(location, address)          # of the stage layer
with Cache(path) as cache:
    done = geocode(rows, settings, cache, Budget(settings.budget), secret=secrets)
"""

from dagster_ingest.enhance.geocoding.budget import Budget
from dagster_ingest.enhance.geocoding.cache import Cache
from dagster_ingest.enhance.geocoding.report import GeocodeReport
from dagster_ingest.enhance.geocoding.run import VOLATILE, Geocoded, geocode
from dagster_ingest.enhance.geocoding.subject import location_rows

__all__ = ["VOLATILE", "Budget", "Cache", "GeocodeReport", "Geocoded", "geocode", "location_rows"]
