"""Readers by name. Drivers are imported when a reader is made."""

from __future__ import annotations

import json

from dagster_ingest.extras import needs
from dagster_ingest.publish.base import Reader
from dagster_ingest.settings import Settings
from dagster_ingest.spec.models import (
    HsdsPackageTarget,
    MongoTarget,
    OpenSearchTarget,
    PostgresTarget,
    Target,
)

_TITLES = {
    "hsds_package": "HSDS tables as CSV with a data package descriptor, and nested JSON by service",
    "postgres": "HSDS tables and a search view in PostgreSQL",
    "opensearch": "What search applications ask, in OpenSearch or Elasticsearch: an index for each locale",
    "mongodb": "What search applications show, in MongoDB: a document with all locales for each record",
}
_NOT_DONE = "nothing was published and no connection was opened"


def describe(name: str) -> str:
    return _TITLES[name]


# What says how a publish is done, and not what is shown or where.
_MANNER = {"mode", "coalesce", "max_delete_share", "keep_previous", "shards", "replicas", "api_key"}


def facing(target: Target) -> str:
    """What a reader shows and where, beside the rows: its target, and the form of its documents.

    Another text means that each state has to be published again, although no row has changed.
    """
    asked = target.model_dump(mode="json", exclude=_MANNER, exclude_defaults=True)
    return json.dumps([asked, _form(target)], sort_keys=True)


def redirects(target: Target) -> bool:
    """Whether the reader shows where an old id leads."""
    return isinstance(target, MongoTarget)


def _form(target: Target) -> str:
    if isinstance(target, OpenSearchTarget):
        from dagster_ingest.publish.opensearch.mappings import signed_format

        return signed_format()
    if isinstance(target, MongoTarget):
        from dagster_ingest.publish.documents.about import FORMAT

        return str(FORMAT)
    if isinstance(target, PostgresTarget):
        from dagster_ingest.publish.postgres.tables import FORMAT as TABLES

        return str(TABLES)
    return ""


def make(target: Target, settings: Settings) -> Reader:
    """The reader for a target. Raises SpecError if a secret it names is not set."""
    if isinstance(target, HsdsPackageTarget):
        from dagster_ingest.publish.hsds_package import HsdsPackageReader

        return HsdsPackageReader(
            settings.published,
            max_delete_share=target.max_delete_share,
            keep_previous=target.keep_previous,
        )
    if isinstance(target, PostgresTarget):
        from dagster_ingest.publish.postgres import PostgresReader

        return PostgresReader.of(target)
    if isinstance(target, OpenSearchTarget):
        from dagster_ingest.publish.opensearch import OpenSearchReader

        needs("opensearchpy", "opensearch", "the reader opensearch", not_done=_NOT_DONE)
        return OpenSearchReader(target, memory=settings.work / "readers")
    if isinstance(target, MongoTarget):
        from dagster_ingest.publish.mongodb import MongoReader

        needs("pymongo", "mongodb", "the reader mongodb", not_done=_NOT_DONE)
        return MongoReader(target, memory=settings.work / "readers")
    raise AssertionError(target)
