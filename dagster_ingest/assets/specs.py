"""What every asset of a tenant carries: owners, tags, group, where its YAML stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.spec.resolved import TenantSpec


def tenant_attributes(spec: TenantSpec, layer: str) -> dict[str, Any]:
    """Group, owners and tags as keyword arguments of an AssetSpec."""
    return {
        "group_name": keys.group(spec.name, layer),
        "owners": list(spec.model.owners),
        "tags": {
            "tenant": spec.name,
            "layer": layer,
            **{f"cost/{name}": value for name, value in spec.model.cost.items()},
        },
    }


def source_reference(spec: TenantSpec, line: int | None) -> dict[str, Any]:
    """Code reference to the line of the tenant file that asked for the asset."""
    reference = dg.LocalFileCodeReference(
        file_path=str(spec.file), line_number=line or 1, label="tenant spec"
    )
    return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference])}


def freshness_policy(spec: TenantSpec) -> dg.FreshnessPolicy:
    """The tenant's SLA as Dagster knows it: for the asset as a whole, over all its partitions."""
    sla = spec.model.freshness
    return dg.FreshnessPolicy.time_window(
        fail_window=duration(sla.fail), warn_window=duration(sla.warn) if sla.warn else None
    )


def duration(text: str) -> timedelta:
    """`90m`, `36h`, `2d`."""
    unit = {"m": "minutes", "h": "hours", "d": "days"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})
