"""A source of a tenant as one subsettable multi-asset: load, audit, commit, table by table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagster_ingest import naming
from dagster_ingest.assets import keys
from dagster_ingest.assets.demand import demand
from dagster_ingest.assets.history import last_materialized
from dagster_ingest.assets.metadata import drift_metadata, record_metadata, verdict_metadata
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.specs import source_reference, tenant_attributes
from dagster_ingest.errors import IngestError, Unavailable
from dagster_ingest.observe.record import StepRecord
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.resolved import SourceSpec, TableSpec

if TYPE_CHECKING:
    from dagster_ingest.extract.result import LoadResult
    from dagster_ingest.land.base import PartitionVersion


def source_assets(
    platform: TenantPlatform, source: SourceSpec, partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    """All tables of a source. A blocked table fails its check and is not materialized."""
    tenant = platform.spec.name

    @dg.multi_asset(
        name=keys.op_name(tenant, f"load_{source.name}"),
        specs=[table_spec(platform, source, table) for table in source.tables],
        check_specs=[contract_check(platform, table, partitions) for table in source.tables],
        partitions_def=partitions,
        can_subset=True,
    )
    def load(context):
        yield from run_source(context, platform, source)

    return load


def table_spec(platform: TenantPlatform, source: SourceSpec, table: TableSpec) -> dg.AssetSpec:
    contract = table.contract
    return dg.AssetSpec(
        key=keys.asset_key(platform.spec.name, "raw", table.raw),
        description=contract.description or f"{source.system} {table.name}, verbatim",
        skippable=True,
        kinds={source.system, source.connector, "duckdb"},
        metadata={
            "dagster/table_name": f"{platform.spec.name}.raw.{table.raw}",
            "dagster/column_schema": column_schema(contract),
            "contract": f"{contract.id} {contract.version}",
            **source_reference(platform.spec, table.line or source.line),
        },
        **tenant_attributes(platform.spec, "raw"),
    )


def contract_check(
    platform: TenantPlatform, table: TableSpec, partitions: dg.PartitionsDefinition
) -> dg.AssetCheckSpec:
    contract = table.contract
    return dg.AssetCheckSpec(
        keys.CONTRACT_CHECK,
        asset=keys.asset_key(platform.spec.name, "raw", table.raw),
        description=f"Contract {contract.id} {contract.version}: {len(contract.rules)} rules",
        blocking=True,
        partitions_def=partitions,
    )


def column_schema(contract: Contract) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=c.field,
                type="varchar" if c.type == "string" else f"varchar ({c.type})",
                description=c.description,
                constraints=dg.TableColumnConstraints(
                    nullable=not c.required, unique=contract.keys == (c.field,)
                ),
                tags={"private": ""} if c.private else {},
            )
            for c in contract.columns
        ]
    )


def run_source(
    context: dg.AssetExecutionContext, platform: TenantPlatform, source: SourceSpec
) -> Iterator[Any]:
    """Load each selected table in order; one check result each, a materialization where it is due."""
    from dagster_ingest.extract import SourceLoad

    state, tenant = context.partition_key, platform.spec.name
    for name in platform.landing.recover():
        context.log.warning(f"removed what a killed load left behind: {name}")
    load = SourceLoad(platform.spec, source, state, platform.landing, platform.settings.drops)
    standing: list[tuple[TableSpec, LoadResult]] = []
    for table in source.tables:
        key = keys.asset_key(tenant, "raw", table.raw)
        if key not in context.selected_asset_keys:
            continue
        load_id = naming.new_load_id()
        try:
            result = load.run(table, load_id)
        except Exception as error:  # one table's failure leaves its siblings alone
            context.log.error(f"{key.to_user_string()} in {state} was not loaded", exc_info=error)
            yield failed_check(key, load_id, error)
            continue
        yield check_result(key, result)
        if result.outcome == "blocked":
            context.log.error(f"{key.to_user_string()} in {state} is blocked: {result.verdict.reason}")
        elif recorded_version(context, key) != committed(result).data_version:
            yield materialization(platform, state, table, result)
        else:
            standing.append((table, result))
    yield from needed_again(context, platform, standing)


def committed(result: LoadResult) -> PartitionVersion:
    """What the partition holds after a load that was not blocked."""
    assert result.version is not None
    return result.version


def recorded_version(context, key: dg.AssetKey) -> str | None:
    """The data version of the newest materialization of this partition."""
    event = last_materialized(context.instance, key, context.partition_key)
    return event.data_version if event else None


def needed_again(
    context, platform: TenantPlatform, standing: list[tuple[TableSpec, LoadResult]]
) -> Iterator[dg.MaterializeResult]:
    """Tables whose rows are those on record: told again only where a step of this run waits for them."""
    if not standing:
        return
    due = demand(context, platform, platform.versions(context.partition_key))
    for table, result in standing:
        if due.needed(("raw", table.raw)):
            yield materialization(platform, context.partition_key, table, result)
        else:
            context.log.info(f"{table.raw} is unchanged in {context.partition_key}; nothing downstream runs")


def materialization(
    platform: TenantPlatform, state: str, table: TableSpec, result: LoadResult
) -> dg.MaterializeResult:
    return dg.MaterializeResult(
        asset_key=keys.asset_key(platform.spec.name, "raw", table.raw),
        data_version=dg.DataVersion(committed(result).data_version),
        metadata=record_metadata(step_record(platform, state, table, result)),
    )


def check_result(key: dg.AssetKey, result) -> dg.AssetCheckResult:
    verdict = result.verdict
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=keys.CONTRACT_CHECK,
        passed=verdict.outcome == "commit",
        description=verdict.reason,
        metadata={
            **verdict_metadata(verdict),
            **drift_metadata(result.drift),
            "unchanged": result.outcome == "unchanged",
            "load_id": result.load_id,
            "files": list(result.files),
            "contract": result.contract_version,
            "checked_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        },
    )


def failed_check(key: dg.AssetKey, load_id: str, error: Exception) -> dg.AssetCheckResult:
    """The load did not get as far as a verdict: the source, the store or the software failed."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=keys.CONTRACT_CHECK,
        passed=False,
        description=f"not loaded: {error}" if isinstance(error, IngestError) else f"not loaded: {error!r}",
        metadata={
            "unchanged": False,
            "load_id": load_id,
            "retriable": isinstance(error, Unavailable),
            "error": type(error).__name__,
        },
    )


def step_record(platform: TenantPlatform, state: str, table: TableSpec, result) -> StepRecord:
    return StepRecord(
        tenant=platform.spec.name,
        state=state,
        layer="raw",
        table=table.raw,
        load_id=result.load_id,
        data_version=result.version.data_version,
        contract_version=result.contract_version,
        rows_read=result.verdict.rows_read,
        rows_accepted=result.verdict.rows_accepted,
        rows_quarantined=result.verdict.rows_rejected,
        rows_written=result.version.rows,
        bytes=result.version.bytes,
        seconds=round(result.seconds, 3),
        cpu_seconds=round(result.cpu_seconds, 3),
        unchanged=result.outcome == "unchanged",
        source=", ".join(result.files),
    )
