"""`platform/maintenance`: upkeep of every tenant's Iceberg tables, once a day. Other targets have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg

from dagster_ingest.assets.metadata import table_line
from dagster_ingest.errors import IngestError
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.warehouse import IcebergWarehouse, Warehouse

KEY = dg.AssetKey(["platform", "maintenance"])
JOB = "platform__maintenance__daily"  # not the name of its op: a repository wants them apart
_SHOWN = 100


def maintenance(settings: Settings, tenants: Sequence[TenantSpec], target: Warehouse) -> dg.Definitions:
    """The asset, its job and its daily schedule; nothing unless the target is Iceberg."""
    from dagster_ingest.assets.automation import EXECUTOR

    if not isinstance(target, IcebergWarehouse):
        return dg.Definitions()
    asset = maintenance_asset(settings, tenants, target)
    job = dg.define_asset_job(JOB, selection=dg.AssetSelection.assets(asset), executor_def=EXECUTOR)
    daily = dg.ScheduleDefinition(
        name="platform__maintenance__schedule", job=job, cron_schedule="40 8 * * *", execution_timezone="UTC"
    )
    return dg.Definitions(assets=[asset], jobs=[job], schedules=[daily])


def maintenance_asset(
    settings: Settings, tenants: Sequence[TenantSpec], target: IcebergWarehouse
) -> dg.AssetsDefinition:
    @dg.asset(
        key=KEY,
        description=f"Upkeep of the Iceberg tables: few files, the newest {target.keep} loads of each, "
        "nothing that nobody names.",
        group_name="platform",
        kinds={"iceberg"},
        owners=["team:platform"],
        tags={"layer": "platform"},
    )
    def upkeep(context) -> dg.MaterializeResult:
        return run_maintenance(context, settings, tenants, target)

    return upkeep


def run_maintenance(
    context: Any, settings: Settings, tenants: Sequence[TenantSpec], target: IcebergWarehouse
) -> dg.MaterializeResult:
    """One tenant after the other. What failed is told at the end, and fails the step."""
    rows: list[dict[str, Any]] = []
    failed: list[str] = []
    for spec in tenants:
        try:
            done = _of_tenant(settings, spec, target)
        except IngestError as error:
            failed.append(f"{spec.name}: {error}")
            continue
        rows += [{"tenant": spec.name, **row} for row in done]
        failed += [f"{spec.name} {row['table']}: {row['problem']}" for row in done if row["problem"]]
    shown = metadata(rows)
    if failed:
        context.log.error("\n".join(failed))
        raise dg.Failure(f"{len(failed)} tables or tenants were left as they are", metadata=shown)
    return dg.MaterializeResult(metadata=shown)


def metadata(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Sums that plot, and a table of what was done."""
    named = ("tenant", "table", "compacted", "expired", "removed", "bytes", "problem")
    busy = [row for row in rows if any(row[name] for name in named[2:])]
    lines = [table_line(*named), table_line(*["---"] * len(named))]
    lines += [table_line(*(str(row[name]) for name in named)) for row in busy[:_SHOWN]]
    return {
        "tables": len(rows),
        "snapshots_expired": sum(row["expired"] for row in rows),
        "files_removed": sum(row["removed"] for row in rows),
        "bytes_removed": sum(row["bytes"] for row in rows),
        "partitions_compacted": sum(len(row["compacted"].split(", ")) for row in rows if row["compacted"]),
        "done": dg.MetadataValue.md("\n".join(lines)),
    }


def _of_tenant(settings: Settings, spec: TenantSpec, target: IcebergWarehouse) -> list[dict[str, Any]]:
    from dagster_ingest.land.iceberg import IcebergBacking
    from dagster_ingest.land.iceberg.maintain import maintain
    from dagster_ingest.land.tags import tagged
    from dagster_ingest.secrets import secrets_of

    backing = IcebergBacking(target, spec, secrets_of(settings, spec.name), settings.warehouse / spec.name)
    try:
        with tagged(tenant=spec.name, layer="platform", table="maintenance"):
            backing.recover()
            return [kept.as_row() for kept in maintain(backing)]
    finally:
        backing.close()
