"""Which outputs the running step has to yield: the run's selection against store and event log."""

from __future__ import annotations

from functools import cache

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.history import last_materialized
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.transform.versions import Demand


def demand(context: dg.AssetExecutionContext, platform: TenantPlatform, versions) -> Demand:
    """The demand on this run's outputs, seen from the versions given."""
    state, tenant = context.partition_key, platform.spec.name

    @cache
    def recorded(name: tuple[str, str]) -> str | None:
        key = keys.asset_key(tenant, *name)
        event = last_materialized(context.instance, key, state)
        return event.data_version if event else None

    return Demand(platform.graph, selection(context, platform), platform.variables, versions, recorded)


def selection(context: dg.AssetExecutionContext, platform: TenantPlatform) -> set[tuple[str, str]]:
    """(layer, table) of every asset of the tenant that this run is to materialize."""
    layer = context.job_def.asset_layer
    chosen = layer.executable_asset_keys if layer else context.selected_asset_keys
    return {keys.table_of(key) for key in chosen if key.path[0] == platform.spec.name}
