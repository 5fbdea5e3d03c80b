"""The dbt variables of a tenant: everything of its spec that the models may see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.transform.versions import AS_OF


def variables(spec: TenantSpec, now: datetime | None = None) -> dict[str, Any]:
    """Variables that hold for all states of the tenant; a run adds `state`.

    now   the moment (with a zone) whose day in the tenant's time zone is `as_of`
    """
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
        AS_OF: today(spec, now or datetime.now(UTC)),
    }


def today(spec: TenantSpec, now: datetime) -> str:
    """The day as the tenant's sources count it (YYYY-MM-DD): in the schedule's time zone, else in UTC."""
    schedule = spec.model.schedule
    return now.astimezone(ZoneInfo(schedule.timezone) if schedule else UTC).date().isoformat()


def raw_tables(spec: TenantSpec) -> dict[tuple[str, str], list[str]]:
    """(system, table) to the raw relations that the tenant loads for it."""
    found: dict[tuple[str, str], list[str]] = {}
    for source in spec.sources:
        for table in source.tables:
            found.setdefault((source.system, table.name), []).append(table.raw)
    return found
