"""The dbt variables of a tenant: everything of its spec that the models may see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.transform.versions import AS_OF


def variables(spec: TenantSpec, now: datetime | None = None) -> dict[str, Any]:
    """Variables that hold for all states of the tenant; a run adds `state`.

    `versions` (system, source, table to `{major, renames, gone}`) only holds tables whose contract is of
    another major version than the models read.

    now   the moment (with a zone) whose day in the tenant's time zone is `as_of`
    """
    sources: dict[str, list[str]] = {}
    for source in spec.sources:
        sources.setdefault(source.system, []).append(source.name)
    found = {
        "tenant": spec.name,
        "systems": list(spec.systems),
        "sources": sources,
        "privacy": spec.model.privacy.model_dump(mode="json"),
        "adapt": spec.model.adapt.model_dump(mode="json"),
        "locales": list(spec.model.locales),
        AS_OF: today(spec, now or datetime.now(UTC)),
    }
    # Left out where it would say nothing: every model's digest holds the variables.
    if versions := spec.versions:
        found["versions"] = versions
    return found


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


def majors(spec: TenantSpec) -> dict[tuple[str, str], frozenset[int]]:
    """(system, table) to the majors that the tenant's tables are on and the models do not read."""
    found: dict[tuple[str, str], set[int]] = {}
    for system, sources in spec.versions.items():
        for tables in sources.values():
            for table, version in tables.items():
                found.setdefault((system, table), set()).add(version["major"])
    return {table: frozenset(numbers) for table, numbers in found.items()}
