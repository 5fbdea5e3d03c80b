"""The two dbt projects as assets of a tenant: one step for each cohort of models."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator

from dagster_ingest import tracing
from dagster_ingest.assets import column_lineage, keys
from dagster_ingest.assets.demand import demand
from dagster_ingest.assets.metadata import record_metadata
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.pools import warehouse_pool
from dagster_ingest.assets.specs import model_reference, tenant_attributes
from dagster_ingest.land.tags import tagged
from dagster_ingest.observe.record import StepRecord
from dagster_ingest.transform.graph import PROJECT_LAYER, Cohort, Node
from dagster_ingest.transform.materialize import Built, materialize


class TenantTranslator(DagsterDbtTranslator):
    """dbt resources of one project as assets of one tenant. Override to add attributes."""

    def __init__(self, platform: TenantPlatform, layer: str) -> None:
        super().__init__()
        self.platform = platform
        self.layer = layer

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        props = dbt_resource_props
        if props["resource_type"] == "source":
            layer = "elt" if props["source_name"] == "elt" else "raw"
            name = props["name"] if layer == "elt" else f"{props['source_name']}_{props['name']}"
            return keys.asset_key(self.platform.spec.name, layer, name)
        return keys.asset_key(self.platform.spec.name, self.layer, props.get("alias") or props["name"])

    def spec(self, manifest: Mapping[str, Any], node: Node) -> dg.AssetSpec:
        """The asset of `node`: dbt's description, columns and code; the tenant's owners and tags."""
        tenant = self.platform.spec.name
        assert node.unique_id is not None  # it is a model, not a raw table
        base = self.get_asset_spec(manifest, node.unique_id, None)
        return dg.AssetSpec(
            key=base.key,
            deps=[keys.asset_key(tenant, *parent) for parent in node.parents],
            description=base.description,
            metadata={
                # without the integration's own: they hold the whole manifest for each asset
                **{name: v for name, v in base.metadata.items() if not name.startswith("dagster_dbt/")},
                "dagster/table_name": f"{tenant}.{node.layer}.{node.table}",
                **model_reference(self.platform, manifest["nodes"][node.unique_id], self.layer),
                **column_lineage.model_metadata(self.platform, node.name),
            },
            skippable=True,
            code_version=node.code[:16],
            kinds={"dbt", self.platform.kind(node.layer)},
            **tenant_attributes(self.platform.spec, self.layer),
        )


def cohort_assets(
    platform: TenantPlatform, cohort: Cohort, manifest: Mapping[str, Any], partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    """One step: the cohort's models, their tests as blocking checks."""
    translator = TenantTranslator(platform, cohort.layer)
    tests = {uid: manifest["nodes"][uid] for node in cohort.models for uid in node.tests}

    @dg.multi_asset(
        name=keys.op_name(platform.spec.name, cohort.name),
        specs=[translator.spec(manifest, node) for node in cohort.models],
        check_specs=[
            check_spec(platform, node, tests[uid], partitions) for node in cohort.models for uid in node.tests
        ],
        partitions_def=partitions,
        can_subset=True,
        pool=warehouse_pool(platform),
    )
    def build(context):
        yield from run_cohort(context, platform, cohort, tests)

    return build


def check_spec(
    platform: TenantPlatform, node: Node, test: Mapping[str, Any], partitions
) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        check_name(test),
        asset=keys.asset_key(platform.spec.name, *node.name),
        description=test.get("description") or test["name"],
        blocking=_severity(test) == dg.AssetCheckSeverity.ERROR,
        partitions_def=partitions,
    )


def run_cohort(
    context: dg.AssetExecutionContext,
    platform: TenantPlatform,
    cohort: Cohort,
    tests: Mapping[str, Mapping[str, Any]],
) -> Iterator[Any]:
    """Build what is behind, report its tests, yield what the run needs; raise if a model failed."""
    state = context.partition_key
    selected = {keys.table_of(key) for key in context.selected_asset_keys}
    cpu = time.process_time()
    with tagged(**platform.tags(cohort.layer, state, context.run.run_id)), _span(cohort, state):
        built = materialize(platform, cohort, selected, state)
    cpu = time.process_time() - cpu
    for uid, result in built.tests.items():
        yield check_result(platform, built.tested[uid], tests[uid], result)
    versions = platform.versions(state)
    due = demand(context, platform, versions)
    for node in cohort.models:
        if node.name in selected and node.name not in built.failed and due.needed(node.name):
            if node.name not in built.models:
                yield from standing_verdicts(platform, node, tests, versions[node.name])
            yield materialization(platform, state, node, versions[node.name], built, cpu)
    if built.failed:
        raise dg.Failure(
            description=built.explain(),
            metadata={"failed": sorted(".".join(name) for name in built.failed)},
            allow_retries=False,
        )


def _span(cohort: Cohort, state: str) -> tracing.Work:
    return tracing.span(f"build {cohort.name}", layer=cohort.layer, state=state)


def materialization(platform: TenantPlatform, state: str, node: Node, version, built: Built, cpu: float):
    """cpu: seconds of the whole cohort, of which each model is said to have taken its part of the time."""
    result = built.models.get(node.name)
    mine, whole = built.seconds(node.name), built.seconds()
    record = StepRecord(
        tenant=platform.spec.name,
        state=state,
        layer=node.layer,
        table=node.table,
        load_id=version.load_id,
        data_version=version.data_version,
        rows_written=version.rows,
        seconds=round(mine, 3),
        cpu_seconds=round(cpu * mine / whole, 3) if whole else 0.0,
        unchanged=result is None,
        queries=built.queries(node.name),
    )
    return dg.MaterializeResult(
        asset_key=keys.asset_key(platform.spec.name, *node.name),
        data_version=dg.DataVersion(version.data_version),
        metadata=record_metadata(record),
    )


def check_result(
    platform: TenantPlatform, node: Node, test: Mapping[str, Any], result
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=keys.asset_key(platform.spec.name, *node.name),
        check_name=check_name(test),
        passed=result.ok,
        severity=_severity(test),
        description=result.message,
        metadata={
            "failing_rows": result.failures or 0,
            "seconds": round(result.seconds, 3),
            **(
                {"sql": dg.MetadataValue.md(f"```sql\n{result.compiled}\n```")}
                if result.compiled and not result.ok
                else {}
            ),
        },
    )


def standing_verdicts(platform: TenantPlatform, node: Node, tests, version) -> Iterator[dg.AssetCheckResult]:
    """The tests of a model that was up to date: a version is recorded only after they passed on it.

    They must be told again: with `require_upstream_step_success: false` a step waits for ever for a
    blocking check of an input that is yielded without it.
    """
    for uid in node.tests:
        yield dg.AssetCheckResult(
            asset_key=keys.asset_key(platform.spec.name, *node.name),
            check_name=check_name(tests[uid]),
            passed=True,
            description=f"passed on these rows at load {version.load_id}",
            metadata={"unchanged": True},
        )


def check_name(test: Mapping[str, Any]) -> str:
    return keys.test_check(test["name"])


def _severity(test: Mapping[str, Any]) -> dg.AssetCheckSeverity:
    level = (test.get("config", {}).get("severity") or "error").lower()
    return dg.AssetCheckSeverity.ERROR if level == "error" else dg.AssetCheckSeverity.WARN


__all__ = ["PROJECT_LAYER", "TenantTranslator", "cohort_assets"]
