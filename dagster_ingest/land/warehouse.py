"""The landing of a tenant in the warehouse that is in force. Opens nothing yet."""

from __future__ import annotations

from collections.abc import Callable

from dagster_ingest.land.backing import Backing
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.secrets import secrets_of
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.warehouse import (
    DuckDBWarehouse,
    IcebergWarehouse,
    SnowflakeWarehouse,
    Warehouse,
    warehouse_of,
)


def landing_of(settings: Settings, spec: TenantSpec) -> DuckDBLanding:
    """Raises SpecError where the target is wrong."""
    target = warehouse_of(settings)
    if isinstance(target, DuckDBWarehouse):
        return DuckDBLanding(settings.warehouse, spec.name, keep=target.keep)
    return DuckDBLanding(settings.warehouse, spec.name, backing=_backing(target, settings, spec))


def _backing(target: Warehouse, settings: Settings, spec: TenantSpec) -> Backing:
    secrets: Callable[[str], str] = secrets_of(settings, spec.name)
    folder = settings.warehouse / spec.name
    if isinstance(target, SnowflakeWarehouse):
        from dagster_ingest.land.snowflake import SnowflakeBacking

        return SnowflakeBacking(target, spec, secrets, folder)
    assert isinstance(target, IcebergWarehouse)
    from dagster_ingest.land.iceberg import IcebergBacking

    return IcebergBacking(target, spec, secrets, folder)
