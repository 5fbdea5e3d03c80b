"""Readers by name. Drivers are imported when a reader is made."""

from __future__ import annotations

from dagster_ingest.publish.address import needs
from dagster_ingest.publish.base import Reader
from dagster_ingest.settings import Settings
from dagster_ingest.spec.models import (
    HsdsPackageTarget,
    MongoTarget,
    OpenSearchTarget,
    PostgresTarget,
    Target,
)
from dagster_ingest.spec.resolved import TenantSpec

_TITLES = {
    "hsds_package": "HSDS tables as CSV with a data package descriptor, and nested JSON by service",
    "postgres": "HSDS tables and a search view in PostgreSQL",
    "opensearch": "What search applications ask, in OpenSearch or Elasticsearch: an index for each locale",
    "mongodb": "What search applications show, in MongoDB: a document with all locales for each record",
}


def describe(name: str) -> str:
    return _TITLES[name]


def make(target: Target, settings: Settings, spec: TenantSpec) -> Reader:
    """The reader for one target of a tenant. Raises SpecError if a secret it names is not set."""
    if isinstance(target, HsdsPackageTarget):
        from dagster_ingest.publish.hsds_package import HsdsPackageReader

        return HsdsPackageReader(settings.published)
    if isinstance(target, PostgresTarget):
        from dagster_ingest.publish.postgres import PostgresReader

        return PostgresReader.of(target)
    if isinstance(target, OpenSearchTarget):
        from dagster_ingest.publish.opensearch import OpenSearchReader

        needs("opensearch", "opensearchpy")
        return OpenSearchReader(target)
    if isinstance(target, MongoTarget):
        from dagster_ingest.publish.mongodb import MongoReader

        needs("mongodb", "pymongo")
        return MongoReader(target)
    raise AssertionError(target)
