"""Warehouses that compute, and the monitors that count their credits against the tenants' budgets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from dagster_ingest.land.grants.names import Names, identifier, text
from dagster_ingest.land.grants.places import grant, owned
from dagster_ingest.land.grants.statement import ACCOUNT, SYSTEM, Statement
from dagster_ingest.spec.models import Budgets
from dagster_ingest.spec.warehouse import Compute

_NOTIFY = (75, 90, 100)
_FREQUENCY = {"per_month": "MONTHLY", "per_day": "DAILY"}


def compute(
    tenants: Sequence[Names], asked: Compute, timeout: int, budgets: Mapping[str, Budgets | None]
) -> Iterator[Statement]:
    """Each warehouse with its monitor. `timeout`: seconds; `budgets`: of each tenant."""
    for name, users in by_warehouse(tenants).items():
        owner = users[0].tenant if len(users) == 1 < len(tenants) else ""
        yield from _warehouse(name, owner, asked, timeout)
        counted = quota([budgets[user.tenant] for user in users])
        if counted is not None:
            yield from _monitor(f"{name}_MONITOR", name, owner, asked, *counted)
        yield owned("warehouse", (name,), users[0].platform, owner)
        for user in users:
            why = f"{user.writer} computes here"
            yield grant(("USAGE",), "warehouse", (name,), user.writer, user.tenant, why)
        why = "Reading what statements cost takes a warehouse as well"
        yield grant(("USAGE",), "warehouse", (name,), users[0].cost, owner, why)


def by_warehouse(tenants: Sequence[Names]) -> dict[str, list[Names]]:
    """Warehouse to the tenants that compute there."""
    found: dict[str, list[Names]] = {}
    for names in tenants:
        if names.compute:
            found.setdefault(names.compute, []).append(names)
    return found


def quota(budgets: Sequence[Budgets | None]) -> tuple[int, str] | None:
    """Credits and how often they are counted anew: the sum of all budgets, None if one has none."""
    for period, frequency in _FREQUENCY.items():
        asked = [getattr(budget, period) if budget else None for budget in budgets]
        credits = [budget.credits if budget else None for budget in asked]
        if all(value is not None for value in credits):
            return math.ceil(sum(value for value in credits if value is not None)), frequency
    return None


def _warehouse(name: str, tenant: str, asked: Compute, timeout: int) -> Iterator[Statement]:
    quoted = identifier(name)
    settings = {
        "warehouse_size": text(asked.size),
        "auto_suspend": str(asked.auto_suspend),
        "auto_resume": "true",
        "statement_timeout_in_seconds": str(timeout),
    }
    written = " ".join(f"{key} = {value}" for key, value in settings.items())
    yield Statement(
        f"create warehouse if not exists {quoted} {written} initially_suspended = true",
        SYSTEM,
        f"Computes for {tenant or 'all tenants'}; suspended while nothing runs",
        tenant,
        facts=(("warehouse", name),),
    )
    yield Statement(
        f"alter warehouse {quoted} set {written}",
        SYSTEM,
        "One that was there before gets what the target says",
        tenant,
        facts=(
            ("setting", name, "SIZE", asked.size),
            ("setting", name, "AUTO_SUSPEND", str(asked.auto_suspend)),
        ),
    )


def _monitor(
    name: str, of: str, tenant: str, asked: Compute, credits: int, frequency: str
) -> Iterator[Statement]:
    quoted = identifier(name)
    triggers = " ".join(f"on {percent} percent do notify" for percent in _NOTIFY)
    if asked.suspend_at is not None:
        triggers += f" on {asked.suspend_at} percent do suspend"
    written = (
        f"credit_quota = {credits} frequency = {frequency.lower()} start_timestamp = immediately "
        f"triggers {triggers}"
    )
    why = f"{credits} credits {frequency.lower()}: the budget of {tenant or 'all tenants together'}"
    yield Statement(
        f"create resource monitor if not exists {quoted} with {written}",
        ACCOUNT,
        why,
        tenant,
        facts=(("monitor", name),),
    )
    yield Statement(
        f"alter resource monitor {quoted} set {written}",
        ACCOUNT,
        "One that was there before gets the budget of the specs",
        tenant,
        facts=(("quota", name, str(credits), frequency),),
    )
    yield Statement(
        f"alter warehouse {identifier(of)} set resource_monitor = {quoted}",
        ACCOUNT,
        "The monitor counts this warehouse",
        tenant,
        facts=(("setting", of, "RESOURCE_MONITOR", name),),
    )
