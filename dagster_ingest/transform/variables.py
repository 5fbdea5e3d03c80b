"""The dbt variables of a tenant: everything of its spec that the models may see."""

from __future__ import annotations

from typing import Any

from dagster_ingest.spec.resolved import TenantSpec


def variables(spec: TenantSpec) -> dict[str, Any]:
    """Variables that hold for all states of the tenant; a run adds `state`."""
    sources: dict[str, list[str]] = {}
    for source in spec.sources:
        sources.setdefault(source.system, []).append(source.name)
    return {
        "tenant": spec.name,
        "systems": list(spec.systems),
        "sources": sources,
        "privacy": spec.model.privacy.model_dump(mode="json"),
        "adapt": spec.model.adapt.model_dump(mode="json"),
        "locales": list(spec.model.locales),
    }


def raw_tables(spec: TenantSpec) -> dict[tuple[str, str], list[str]]:
    """(system, table) to the raw relations that the tenant loads for it."""
    found: dict[tuple[str, str], list[str]] = {}
    for source in spec.sources:
        for table in source.tables:
            found.setdefault((source.system, table.name), []).append(table.raw)
    return found
