"""Published assets: one for each reader of a tenant, partitioned by state. They never touch a writer."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagster_ingest import naming, tracing
from dagster_ingest.assets import column_lineage, keys, overlay
from dagster_ingest.assets.gate import Gate, gate
from dagster_ingest.assets.history import last_materialized
from dagster_ingest.assets.metadata import record_metadata
from dagster_ingest.assets.patience import Patience
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.pools import warehouse_pool
from dagster_ingest.assets.specs import freshness_policy, source_reference, tenant_attributes
from dagster_ingest.errors import Unavailable
from dagster_ingest.land.tags import tagged
from dagster_ingest.observe.record import StepRecord
from dagster_ingest.publish import registry
from dagster_ingest.publish.base import Publication, StagePartition
from dagster_ingest.publish.shown import services
from dagster_ingest.spec.models import Target
from dagster_ingest.transform.versions import whole_version

if TYPE_CHECKING:
    import pyarrow as pa

_CONFIG = {
    "bulk": dg.Field(
        bool,
        default_value=False,
        is_required=False,
        description="Build everything anew instead of writing what differs, even where it is shown already.",
    )
}


def reader_assets(
    platform: TenantPlatform, target: Target, partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    tenant = platform.spec.name
    spec = dg.AssetSpec(
        key=keys.asset_key(tenant, "published", target.reader),
        deps=inputs(platform),
        description=registry.describe(target.reader),
        skippable=True,
        kinds={target.reader},
        freshness_policy=freshness_policy(platform.spec),
        metadata={
            **source_reference(platform.spec, None),
            **column_lineage.published_metadata(platform, target.reader),
        },
        **tenant_attributes(platform.spec, "published"),
    )

    @dg.multi_asset(
        name=keys.op_name(tenant, f"publish_{target.reader}"),
        specs=[spec],
        partitions_def=partitions,
        pool=warehouse_pool(platform),
        config_schema=_CONFIG,
    )
    def publish(context):
        yield from run_reader(context, platform, target, bulk=context.op_execution_context.op_config["bulk"])

    return publish


def inputs(platform: TenantPlatform) -> list[dg.AssetKey]:
    """What readers are made from: the tables of stage and what is enhanced from them."""
    nodes = [*platform.graph.layer("stage"), *platform.graph.layer("enhanced")]
    return [keys.asset_key(platform.spec.name, *node.name) for node in nodes]


def run_reader(
    context: dg.AssetExecutionContext, platform: TenantPlatform, target: Target, *, bulk: bool = False
) -> Iterator[Any]:
    """Publish the state's stage partition if it is whole and the store does not show it yet.

    bulk  build everything anew, even where the store shows it
    """
    state, key = context.partition_key, keys.asset_key(platform.spec.name, "published", target.reader)
    tags = platform.tags("published", state, context.run.run_id)
    with tagged(**tags):
        passage = gate(context.instance, platform, state)
    if not passage.open:
        raise dg.Failure(
            f"{key.to_user_string()} for {state} was not published: {passage.reason()}. "
            "The store still shows the last good publication.",
            allow_retries=False,
        )
    reader = registry.make(target, platform.settings)
    started, cpu = time.monotonic(), time.process_time()
    with (
        tagged(**tags),
        tracing.span(f"publish {target.reader}", layer="published", table=target.reader) as span,
    ):
        partition = stage_partition(platform, state, passage, target)
        ask = partial(reader.apply, partition, bulk=True) if bulk else partial(reader.publish, partition)
        publication = Patience(platform.spec.model.limits.retries).of(ask, context.log.warning)
        span.set(rows_written=publication.written, rows_deleted=publication.deleted, bytes=publication.bytes)
    event = last_materialized(context.instance, key, state)
    if not publication.changed and event is not None and event.data_version == publication.version:
        context.log.info(f"{key.to_user_string()} shows {publication.version} for {state} already")
        return
    yield dg.MaterializeResult(
        asset_key=key,
        data_version=dg.DataVersion(publication.version),
        metadata={
            **record_metadata(_record(platform, state, target, publication, started, cpu)),
            "rows": dict(publication.rows),
            "services_published": services(target.reader, partition),
            **dict(publication.details),
        },
    )


def stage_partition(platform: TenantPlatform, state: str, passage: Gate, target: Target) -> StagePartition:
    """The partition that the gate let through, read as a whole: no writer can come in between."""
    landing = platform.landing
    read = [node.name for layer in ("stage", "enhanced") for node in platform.graph.layer(layer)]
    with landing.shared():
        versions = platform.versions(state)
        if whole_version(platform.graph, versions) != passage.version:
            raise Unavailable(
                f"the partition of {state} changed while it was being published",
                where=platform.spec.name,
                not_done="nothing was published; the store still shows the last good publication",
                fix="publish again",
            )
        found: dict[str, dict[str, pa.Table]] = {"stage": {}, "enhanced": {}}
        for layer, table in read:
            found[layer][table] = landing.read(layer, table, state)
    tables = overlay.overlaid(found["stage"], found["enhanced"])
    return StagePartition(
        tenant=platform.spec.name,
        display_name=platform.spec.model.display_name,
        state=state,
        version=published_version(platform, passage, target),
        locales=tuple(platform.spec.model.locales),
        entities=tuple(tables),
        table=tables.__getitem__,
        redirects=platform.spec.redirects if registry.redirects(target) else {},
        versions=overlay.versions({n: versions[n].data_version for n in read}, tables),
    )


def published_version(platform: TenantPlatform, passage: Gate, target: Target) -> str:
    """The version that a reader gives to the stage partition; it also covers what the spec asks of it."""
    words = json.dumps([passage.version, facing(platform, target)])
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def facing(platform: TenantPlatform, target: Target) -> str:
    """Digest of all that changes what a reader shows, or where, and does not stand in the stage."""
    model = platform.spec.model
    led = platform.spec.redirects if registry.redirects(target) else {}
    words = json.dumps(
        [model.display_name, list(model.locales), registry.facing(target), led], sort_keys=True
    )
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _record(platform, state, target: Target, publication: Publication, started, cpu) -> StepRecord:
    return StepRecord(
        tenant=platform.spec.name,
        state=state,
        layer="published",
        table=target.reader,
        load_id=naming.new_load_id(),
        data_version=publication.version,
        rows_written=publication.written,
        rows_deleted=publication.deleted,
        bytes=publication.bytes,
        bytes_written=publication.bytes if publication.changed else 0,
        seconds=round(time.monotonic() - started, 3),
        cpu_seconds=round(time.process_time() - cpu, 3),
        unchanged=not publication.changed,
    )
