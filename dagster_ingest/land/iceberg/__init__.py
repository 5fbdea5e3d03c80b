"""Raw tables of a tenant as Iceberg tables: the namespace is the tenant, a partition is a state."""

from dagster_ingest.land.iceberg.backing import IcebergBacking

__all__ = ["IcebergBacking"]
