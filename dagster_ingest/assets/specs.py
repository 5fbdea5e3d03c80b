"""What every asset of a tenant carries: owners, tags, group, where its YAML stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.moments import shortest_gap
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.sla import Deadline
from dagster_ingest.spec.texts import OWNER

if TYPE_CHECKING:
    from dagster_ingest.assets.platform import TenantPlatform

_OWNER = re.compile(OWNER)
_TAG = re.compile(r"[A-Za-z0-9_.-]{1,63}")


def tenant_attributes(spec: TenantSpec, layer: str) -> dict[str, Any]:
    """Group, owners and tags as keyword arguments of an AssetSpec."""
    return {
        "group_name": keys.group(spec.name, layer),
        "owners": list(spec.model.owners),
        "tags": {
            "tenant": spec.name,
            "layer": layer,
            **{f"cost/{name}": value for name, value in spec.model.cost.tags.items()},
        },
    }


def contract_attributes(spec: TenantSpec, contract: Contract) -> dict[str, Any]:
    """Owners and tags of a raw table: the tenant's, then those of its contract that Dagster can take."""
    found = tenant_attributes(spec, "raw")
    found["owners"] += [o for o in contract.owners if _OWNER.fullmatch(o) and o not in found["owners"]]
    found["tags"] |= {f"contract/{tag}": "" for tag in contract.tags if _TAG.fullmatch(tag)}
    return found


def source_reference(spec: TenantSpec, line: int | None, contract: Contract | None = None) -> dict[str, Any]:
    """Code references: the line of the tenant file that asked for the asset, its contract, its patch."""
    places = [(str(spec.file), line or 1, "tenant spec")]
    if contract is not None:
        places += [(path, 1, label) for path, label in _files(contract) if path is not None]
    references = dg.CodeReferencesMetadataValue(
        code_references=[
            dg.LocalFileCodeReference(file_path=path, line_number=number, label=label)
            for path, number, label in places
        ]
    )
    return {"dagster/code_references": references}


def model_reference(platform: TenantPlatform, model: Mapping[str, Any], layer: str) -> dict[str, Any]:
    """Code reference: the file of a dbt model."""
    folder = platform.settings.dbt_elt if layer == "elt" else platform.settings.dbt_stage
    place = dg.LocalFileCodeReference(file_path=str(folder / model["original_file_path"]), label="model")
    return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[place])}


def _files(contract: Contract) -> tuple[tuple[str | None, str], ...]:
    return (contract.file, "contract"), (contract.patch, "contract patch")


def freshness_policy(spec: TenantSpec) -> dg.FreshnessPolicy:
    """The tenant's SLA as Dagster knows it: for the asset as a whole, over all its partitions."""
    sla = spec.model.freshness
    if isinstance(sla, Deadline):
        gap = timedelta(seconds=shortest_gap(sla.by.cron, sla.by.timezone))
        counted = duration(sla.within) if sla.within else gap
        return dg.FreshnessPolicy.cron(sla.by.cron, min(counted, gap), sla.by.timezone)
    return dg.FreshnessPolicy.time_window(
        fail_window=duration(sla.fail), warn_window=duration(sla.warn) if sla.warn else None
    )


def duration(text: str) -> timedelta:
    """`90m`, `36h`, `2d`."""
    unit = {"m": "minutes", "h": "hours", "d": "days"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})
