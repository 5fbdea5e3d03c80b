"""Enhanced assets: what a tenant's stage tables gain before they are published, a step for each table.

A provider that is down fails nothing: values of before stay and a check warns. An error of our own
fails the check `enhanced`, in that state alone, and the readers wait.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagster_ingest import naming, tracing
from dagster_ingest.assets import keys
from dagster_ingest.assets.demand import demand
from dagster_ingest.assets.enhance_parts import LAYER, Made, Part, Work, parts_of
from dagster_ingest.assets.metadata import record_metadata
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.specs import source_reference, tenant_attributes
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.land.tags import tagged
from dagster_ingest.observe.record import StepRecord
from dagster_ingest.redact import redact_error
from dagster_ingest.transform.versions import due, inputs_digest

if TYPE_CHECKING:
    import polars as pl


def enhanced_assets(
    platform: TenantPlatform, partitions: dg.PartitionsDefinition
) -> list[dg.AssetsDefinition]:
    return [part_asset(platform, part, partitions) for part in parts_of(platform.spec)]


def part_asset(
    platform: TenantPlatform, part: Part, partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    tenant = platform.spec.name
    key, node = keys.asset_key(tenant, *part.node_name), platform.graph.nodes[part.node_name]
    spec = dg.AssetSpec(
        key=key,
        deps=[keys.asset_key(tenant, *parent) for parent in node.parents],
        description=part.description,
        skippable=True,
        kinds={"duckdb", part.name},  # in the tenant's file, whatever the warehouse is
        code_version=node.code[:16],
        metadata={
            "dagster/table_name": f"{tenant}.{LAYER}.{part.table}",
            **source_reference(platform.spec, platform.spec.enhance_line),
        },
        **tenant_attributes(platform.spec, LAYER),
    )
    ended = dg.AssetCheckSpec(
        keys.ENHANCED_CHECK,
        asset=key,
        description="The step came to its end. A provider that is down does not keep it from that",
        blocking=True,
        partitions_def=partitions,
    )
    told = [
        dg.AssetCheckSpec(name, asset=key, description=words, partitions_def=partitions)
        for name, words in part.checks.items()
    ]

    @dg.multi_asset(
        name=keys.op_name(tenant, f"enhance_{part.name}"),
        specs=[spec],
        check_specs=[ended, *told],
        partitions_def=partitions,
        can_subset=True,
    )
    def enhance(context):
        yield from run_part(context, platform, part)

    return enhance


def run_part(context: dg.AssetExecutionContext, platform: TenantPlatform, part: Part) -> Iterator[Any]:
    """Bring a table up to date, if it is not; yield its verdicts and what the run needs."""
    state, key = context.partition_key, keys.asset_key(platform.spec.name, *part.node_name)
    versions = platform.versions(state)
    asked = demand(context, platform, versions)
    node = platform.graph.nodes[part.node_name]
    if not due(node, platform.variables, versions) and not asked.is_unsettled(node.name):
        context.log.info(f"{key.to_user_string()} is up to date in {state}")
        if asked.needed(node.name):
            yield _result(key, _record(platform, part, state, versions[node.name], unchanged=True), {})
        return
    try:
        tags = platform.tags(LAYER, state, context.run.run_id)
        with (
            tagged(**tags, table=part.table),
            tracing.span(f"enhance {part.table}", layer=LAYER, table=part.table),
        ):
            made, record = make(platform, part, state)
    except Exception as error:  # of this table alone; whatever else hangs on the stage goes on
        redact_error(error)
        context.log.error(f"{key.to_user_string()} in {state} was not made", exc_info=error)
        yield from _asked(context, key, keys.ENHANCED_CHECK, False, f"{type(error).__name__}: {error}", {})
        return
    rows = f"{record.rows_written} rows"
    yield from _verdicts(context, key, made, rows)
    yield _result(key, record, made.metadata)


def make(platform: TenantPlatform, part: Part, state: str) -> tuple[Made, StepRecord]:
    """The table as it ought to be, written. Providers are asked while nobody waits for the file."""
    from dagster_ingest.secrets import secrets_of

    started, cpu = time.monotonic(), time.process_time()
    inputs, tables, previous = _read(platform, part, state)
    secrets = secrets_of(platform.settings, platform.spec.name)
    made = part.make(Work(platform.spec, state, tables, previous, platform.settings.work, secrets))
    version = PartitionVersion(
        layer=LAYER,
        table=part.table,
        state=state,
        load_id=naming.new_load_id(),
        data_version="",  # the landing says
        inputs=inputs,
        rows=0,
        bytes=0,
        committed_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        cursor=json.dumps({"waiting": made.waiting, "until": made.until}),
    )
    version = platform.landing.enhance(made.frame.to_arrow(), version, volatile=part.volatile)
    record = _record(platform, part, state, version)
    return made, replace(
        record,
        rows_read=sum(table.height for table in tables.values()),
        seconds=round(time.monotonic() - started, 3),
        cpu_seconds=round(time.process_time() - cpu, 3),
        calls=made.calls,
        characters=made.characters,
        money=round(made.money, 6),
    )


def _read(
    platform: TenantPlatform, part: Part, state: str
) -> tuple[str, dict[str, pl.DataFrame], pl.DataFrame | None]:
    """Digest of the inputs, the stage tables that it is of, and the rows that there are."""
    import polars as pl

    landing, node = platform.landing, platform.graph.nodes[part.node_name]
    with landing.shared():
        versions = platform.versions(state)
        arrow = {table: landing.read(layer, table, state) for layer, table in node.parents}
        have = landing.read(LAYER, part.table, state) if node.name in versions else None
    tables = {
        name: pl.DataFrame(pl.from_arrow(table)).with_columns(pl.lit(state).alias("_state"))
        for name, table in arrow.items()
    }
    previous = pl.DataFrame(pl.from_arrow(have)) if have is not None else None
    return inputs_digest(node, platform.variables, versions), tables, previous


def _verdicts(context, key: dg.AssetKey, made: Made, rows: str) -> Iterator[dg.AssetCheckResult]:
    yield from _asked(context, key, keys.ENHANCED_CHECK, True, rows, {})
    for name, told in made.checks.items():
        yield from _asked(context, key, name, told.passed, told.words, told.metadata)


def _asked(context, key: dg.AssetKey, name: str, *verdict) -> Iterator[dg.AssetCheckResult]:
    """A verdict that this run asks for."""
    if dg.AssetCheckKey(key, name) in context.selected_asset_check_keys:
        yield _verdict(context, key, name, *verdict)


def _verdict(context, key: dg.AssetKey, name: str, passed: bool, words: str, metadata) -> dg.AssetCheckResult:
    severe = name == keys.ENHANCED_CHECK
    if not passed and not severe:
        context.log.warning(f"{key.to_user_string()} in {context.partition_key}, {name}: {words}")
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        description=words,
        metadata=dict(metadata),
    )


def _record(
    platform: TenantPlatform, part: Part, state: str, version: PartitionVersion, *, unchanged: bool = False
) -> StepRecord:
    return StepRecord(
        tenant=platform.spec.name,
        state=state,
        layer=LAYER,
        table=part.table,
        load_id=version.load_id,
        data_version=version.data_version,
        rows_written=version.rows,
        unchanged=unchanged,
    )


def _result(key: dg.AssetKey, record: StepRecord, metadata) -> dg.MaterializeResult:
    return dg.MaterializeResult(
        asset_key=key,
        data_version=dg.DataVersion(record.data_version or ""),
        metadata={**metadata, **record_metadata(record)},
    )
