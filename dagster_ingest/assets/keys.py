"""Names of the platform as Dagster keys, and back."""

from __future__ import annotations

import dagster as dg

from dagster_ingest import naming

CONTRACT_CHECK = "contract"
DRIFT_CHECK = "drift"
REVIEW_CHECK = "review"
ENHANCED_CHECK = "enhanced"
PLATFORM = "platform"
"""The repository, and the first part of the keys, of what is no tenant's."""
COST_JOB = "platform__cost__daily"  # not the name of its op: a repository wants them apart


def asset_key(tenant: str, layer: str, table: str) -> dg.AssetKey:
    return dg.AssetKey(naming.asset_key(tenant, layer, table))


def table_of(key: dg.AssetKey) -> tuple[str, str]:
    """(layer, table) of a tenant's asset."""
    return (key.path[1], key.path[2])


def group(tenant: str, layer: str) -> str:
    return f"{tenant}/{layer}"


def op_name(tenant: str, step: str) -> str:
    return f"{tenant}__{step}"


def test_check(test: str) -> str:
    """A dbt test's name as a check name: letters, digits, underscores."""
    return "".join(sign if sign.isalnum() else "_" for sign in test)


def writers_job(tenant: str) -> str:
    return f"{tenant}__writers"


def readers_job(tenant: str) -> str:
    return f"{tenant}__readers"
