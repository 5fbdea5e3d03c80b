"""What every reader has to hold, of all four."""

from __future__ import annotations

import pytest

from dagster_ingest.testing.readers import ReaderConformance
from dagster_ingest.testing.readers.stores import (
    MongoProvider,
    OpenSearchProvider,
    PackageProvider,
    PostgresProvider,
)


class TestHsdsPackage(ReaderConformance):
    provider = PackageProvider


@pytest.mark.postgres
class TestPostgres(ReaderConformance):
    provider = PostgresProvider


class TestOpenSearch(ReaderConformance):
    provider = OpenSearchProvider


@pytest.mark.mongodb
class TestMongo(ReaderConformance):
    provider = MongoProvider
