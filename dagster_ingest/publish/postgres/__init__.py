"""The postgres reader: HSDS tables and a flat search table in a schema of the tenant's own."""

from dagster_ingest.publish.postgres.reader import PostgresReader

__all__ = ["PostgresReader"]
