"""Which outputs the running step has to yield: the run's selection against store and event log."""

from __future__ import annotations

import json

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.history import data_versions, failed_last
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.clock import utc
from dagster_ingest.transform.versions import Demand


def demand(context: dg.AssetExecutionContext, platform: TenantPlatform, versions) -> Demand:
    """The demand on this run's outputs, seen from the versions given."""
    state, tenant = context.partition_key, platform.spec.name
    chosen = selection(context, platform)
    wanted = {keys.asset_key(tenant, *name): name for name in chosen if name in versions}
    told = data_versions(context.instance, list(wanted), state)
    recorded = {name: told.get(key) for key, name in wanted.items()}
    restless = unsettled(context.instance, platform, state, versions)
    return Demand(platform.graph, chosen, platform.variables, versions, recorded.get, restless)


def unsettled(
    instance: dg.DagsterInstance, platform: TenantPlatform, state: str, versions
) -> frozenset[tuple[str, str]]:
    """Enhanced tables with work to do although their inputs are the same: rows that wait for a provider,
    answers that are old by now, a step that failed."""
    tenant, today = platform.spec.name, utc().date().isoformat()
    found = set()
    for node in platform.graph.layer("enhanced"):
        left = json.loads(versions[node.name].cursor or "{}") if node.name in versions else {}
        check = dg.AssetCheckKey(keys.asset_key(tenant, *node.name), keys.ENHANCED_CHECK)
        failed = failed_last(instance, check, state)
        if failed or left.get("waiting") or (left.get("until") or today + "~") <= today:
            found.add(node.name)
    return frozenset(found)


def selection(context: dg.AssetExecutionContext, platform: TenantPlatform) -> set[tuple[str, str]]:
    """(layer, table) of every asset of the tenant that this run is to materialize."""
    layer = context.job_def.asset_layer
    chosen = layer.executable_asset_keys if layer else context.selected_asset_keys
    return {keys.table_of(key) for key in chosen if key.path[0] == platform.spec.name}
