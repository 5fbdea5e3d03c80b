"""A source of a tenant as one subsettable multi-asset: load, audit, commit, table by table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagster_ingest import naming, tracing
from dagster_ingest.assets import keys
from dagster_ingest.assets.demand import demand
from dagster_ingest.assets.drift import drift_check, drift_result
from dagster_ingest.assets.enhance_leaving import clear
from dagster_ingest.assets.history import last_materialized
from dagster_ingest.assets.metadata import published_metadata, record_metadata, verdict_metadata
from dagster_ingest.assets.patience import Patience
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.pools import source_pool
from dagster_ingest.assets.replay import REPLAY, Replays, quarantine_metadata
from dagster_ingest.assets.review import (
    Place,
    approval_of,
    approve_as_configured,
    config_schema,
    refused,
    review_check,
    review_result,
)
from dagster_ingest.assets.specs import contract_attributes, source_reference
from dagster_ingest.errors import IngestError, Unavailable
from dagster_ingest.land.tags import tagged
from dagster_ingest.observe.record import StepRecord
from dagster_ingest.redact import redact_error
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.resolved import SourceSpec, TableSpec

if TYPE_CHECKING:
    from dagster_ingest.extract.result import LoadResult
    from dagster_ingest.land.base import PartitionVersion
    from dagster_ingest.land.group import Group


def source_assets(
    platform: TenantPlatform, source: SourceSpec, partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    """All tables of a source. A blocked table fails its check and is not materialized."""
    tenant = platform.spec.name

    @dg.multi_asset(
        name=keys.op_name(tenant, f"load_{source.name}"),
        specs=[table_spec(platform, source, table) for table in source.tables],
        check_specs=[check for table in source.tables for check in table_checks(platform, table, partitions)],
        partitions_def=partitions,
        can_subset=True,
        pool=source_pool(source),
        config_schema={**REPLAY, **(config_schema(source) or {})},
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
        kinds={source.system, source.connector, platform.kind("raw")},
        metadata={
            "dagster/table_name": f"{platform.spec.name}.raw.{table.raw}",
            "dagster/column_schema": column_schema(contract),
            "contract": f"{contract.id} {contract.version}",
            **source_reference(platform.spec, table.line or source.line, contract),
        },
        **contract_attributes(platform.spec, contract),
    )


def table_checks(
    platform: TenantPlatform, table: TableSpec, partitions: dg.PartitionsDefinition
) -> tuple[dg.AssetCheckSpec, ...]:
    key = keys.asset_key(platform.spec.name, "raw", table.raw)
    asked = (review_check(key, table, partitions),) if table.contract.review else ()
    return contract_check(platform, table, partitions), drift_check(key, partitions), *asked


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
    """Load each selected table in order; one check result each, a materialization where it is due.

    Tables that passed are committed in groups, and told of when they are.
    """
    from dagster_ingest.extract import SourceLoad
    from dagster_ingest.extract.gathered import NothingToReplay
    from dagster_ingest.land.group import Group

    state = context.partition_key
    tags = platform.tags("raw", state, context.run.run_id)
    with tagged(**tags):
        for what in platform.landing.recover(state):
            context.log.warning(f"found of a run that was killed, or of another installation: {what}")
        for what in clear(platform, state):
            context.log.info(f"deleted, for it is not asked for any more: {what}")
    places = [Place(platform, source, table, state) for table in source.tables]
    places = [place for place in places if place.key in context.selected_asset_keys]
    unfit = approve_as_configured(context, places)
    replays = Replays(context)
    standing: list[tuple[Place, LoadResult]] = []
    patience = Patience(platform.spec.model.limits.retries)
    with Group(platform.landing) as group:
        queued: list[tuple[Place, LoadResult]] = []
        landing = platform.landing if replays.asked else group
        load = SourceLoad.of(platform.settings, platform.spec, source, state, landing)
        for place in places:
            table, key = place.table, place.key
            if table.raw in unfit:
                context.log.error(f"{key.to_user_string()} in {state} was not loaded: {unfit[table.raw]}")
                yield refused(place, unfit[table.raw])
                continue
            load_id = naming.new_load_id()
            try:
                ask = partial(load.replay if replays.asked else load.run, table, load_id)
                with tagged(**tags, table=table.raw, load_id=load_id), load_span(table, load_id) as span:
                    result = patience.of(ask, context.log.warning)
                    told_load(span, result)
            except NothingToReplay as error:
                replays.refuse(key, error)
                continue
            except Exception as error:  # one table's failure leaves its siblings alone
                yield failed(context, place, load_id, error)
                continue
            queued.append((place, result))
            if group.full:
                yield from settled(context, group, tags, queued, standing)
                queued = []
        yield from settled(context, group, tags, queued, standing)
    yield from needed_again(context, platform, standing)
    replays.end()


def load_span(table: TableSpec, load_id: str) -> tracing.Work:
    return tracing.span(f"load {table.raw}", layer="raw", table=table.raw, load_id=load_id)


def told_load(span: tracing.Work, result: LoadResult) -> None:
    """A refused delivery fails its span, though nothing was raised."""
    verdict = result.verdict
    span.set(
        outcome=result.outcome,
        rows_read=verdict.rows_read,
        rows_accepted=verdict.rows_accepted,
        rows_quarantined=verdict.rows_rejected,
    )
    if result.outcome == "blocked":
        span.fail("Blocked", verdict.reason)


def settled(
    context: dg.AssetExecutionContext,
    group: Group,
    tags: dict[str, str],
    queued: list[tuple[Place, LoadResult]],
    standing: list[tuple[Place, LoadResult]],
) -> Iterator[Any]:
    """Commit the group and tell what came of its tables. Those whose rows are on record go to `standing`."""
    wall, cpu = time.perf_counter(), time.process_time()
    with tagged(**tags), tracing.span("commit", layer="raw", tables=len(queued)):
        outcomes = group.commit()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sharing = Counter(map(id, outcomes.values()))
    for place, result in queued:
        outcome = outcomes.get(result.load_id)
        if isinstance(outcome, Exception):
            yield failed(context, place, result.load_id, outcome)
            continue
        if outcome is not None:
            result = replace(
                result,
                receipt=outcome.among(sharing[id(outcome)]),
                seconds=result.seconds + wall / len(outcomes),
                cpu_seconds=result.cpu_seconds + cpu / len(outcomes),
            )
        yield from verdicts(context, place, result)
        if result.outcome in ("committed", "unchanged"):
            if recorded_version(context, place.key) != committed(result).data_version:
                yield materialization(place, result)
            else:
                standing.append((place, result))


def failed(
    context: dg.AssetExecutionContext, place: Place, load_id: str, error: Exception
) -> dg.AssetCheckResult:
    redact_error(error)
    context.log.error(f"{place.key.to_user_string()} in {place.state} was not loaded", exc_info=error)
    return failed_check(place.key, load_id, error)


def verdicts(
    context: dg.AssetExecutionContext, place: Place, result: LoadResult
) -> Iterator[dg.AssetCheckResult]:
    """Every check of a table that was looked at. All before its output: the executor waits for them."""
    yield check_result(place, result)
    for check in (drift_result(context, place.key, result), review_result(context, place, result)):
        if check is not None:
            yield check
    name = f"{place.key.to_user_string()} in {place.state}"
    if result.outcome == "waiting" and result.review is not None:
        context.log.warning(f"{name} waits for review: {result.review.why}")
    elif result.outcome == "blocked":
        context.log.error(f"{name} is blocked: {result.verdict.reason}")


def committed(result: LoadResult) -> PartitionVersion:
    """What the partition holds after a load that was not blocked."""
    assert result.version is not None
    return result.version


def read_anew(result: LoadResult) -> bool:
    """Whether a delivery was read; else its counts are those of a verdict before."""
    review = result.review
    again = review is not None and (review.again or review.status != "waiting")
    return result.outcome != "unchanged" and not again


def recorded_version(context, key: dg.AssetKey) -> str | None:
    """The data version of the newest materialization of this partition."""
    event = last_materialized(context.instance, key, context.partition_key)
    return event.data_version if event else None


def needed_again(
    context, platform: TenantPlatform, standing: list[tuple[Place, LoadResult]]
) -> Iterator[dg.MaterializeResult]:
    """Tables whose rows are those on record: told again only where a step of this run waits for them."""
    if not standing:
        return
    due = demand(context, platform, platform.versions(context.partition_key))
    for place, result in standing:
        if due.needed(("raw", place.table.raw)):
            yield materialization(place, result)
        else:
            context.log.info(
                f"{place.table.raw} is unchanged in {context.partition_key}; nothing downstream runs"
            )


def materialization(place: Place, result: LoadResult) -> dg.MaterializeResult:
    version = committed(result)
    return dg.MaterializeResult(
        asset_key=place.key,
        data_version=dg.DataVersion(version.data_version),
        metadata={
            **record_metadata(step_record(place.platform, place.state, place.table, result)),
            **published_metadata(result.receipt, version.load_id),
            **approval_of(place, version.load_id),
            **({"replayed_rows": result.replayed} if result.replayed is not None else {}),
        },
    )


def check_result(place: Place, result: LoadResult) -> dg.AssetCheckResult:
    verdict = result.verdict
    return dg.AssetCheckResult(
        asset_key=place.key,
        check_name=keys.CONTRACT_CHECK,
        passed=verdict.outcome == "commit" or result.review is not None,  # a person's no is not its rules'
        description=verdict.reason,
        metadata={
            **verdict_metadata(verdict),
            **quarantine_metadata(place, result),
            "unchanged": not read_anew(result),
            "load_id": result.load_id,
            "fingerprint": result.fingerprint or "",
            "files": list(result.files),
            **(
                {"arrived_at": dg.MetadataValue.timestamp(result.arrived)}
                if result.arrived is not None
                else {}
            ),
            "contract": result.contract_version,
            # A load that is refused, or finds nothing new, costs as well and materializes nothing.
            "seconds": round(result.seconds, 3),
            "cpu_seconds": round(result.cpu_seconds, 3),
            "bytes_read": result.bytes if read_anew(result) else 0,
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
        rows_deleted=result.deleted,
        bytes=result.version.bytes,
        seconds=round(result.seconds, 3),
        cpu_seconds=round(result.cpu_seconds, 3),
        unchanged=result.outcome == "unchanged",
        source=", ".join(result.files),
        bytes_read=result.bytes if read_anew(result) else 0,
        bytes_written=result.version.bytes if result.outcome == "committed" else 0,
        bytes_stored=result.version.bytes,
    ).told(result.receipt)
