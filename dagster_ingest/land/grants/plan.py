"""The whole plan of a Snowflake target: for the tenants of the installation, in the order it runs in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagster_ingest.errors import SpecError
from dagster_ingest.land.grants.compute import by_warehouse, compute, quota
from dagster_ingest.land.grants.names import Names, names_of, refuse_twice
from dagster_ingest.land.grants.places import places, privileges
from dagster_ingest.land.grants.roles import cost_views, roles
from dagster_ingest.land.grants.statement import Plan, Statement
from dagster_ingest.land.grants.users import users
from dagster_ingest.spec.models import Budgets, Tenant
from dagster_ingest.spec.warehouse import SnowflakeWarehouse


def snowflake_plan(target: SnowflakeWarehouse, tenants: Sequence[Tenant]) -> Plan:
    """Raises SpecError for names that cannot be names, and for roles that would be two tenants'."""
    if not tenants:
        raise SpecError("there is no tenant", not_done="no SQL was made", fix="add one: dagster-ingest new")
    named = [names_of(target, tenant.tenant) for tenant in sorted(tenants, key=lambda t: t.tenant)]
    refuse_twice(named)
    budgets = {tenant.tenant: tenant.cost.budget for tenant in tenants}
    statements = tuple(_statements(target, named, budgets))
    return Plan(statements, tuple(_notes(target, named, budgets)))


def _statements(
    target: SnowflakeWarehouse, named: Sequence[Names], budgets: dict[str, Budgets | None]
) -> Iterator[Statement]:
    yield from roles(named)
    yield from places(named)
    yield from compute(named, target.compute, target.timeout, budgets)
    for names in named:
        yield from privileges(names)
    yield from cost_views(named[0])
    if target.user:
        yield from users(named, target.user, target.networks)


def _notes(
    target: SnowflakeWarehouse, named: Sequence[Names], budgets: dict[str, Budgets | None]
) -> Iterator[str]:
    if not target.warehouse:
        yield "the target names no warehouse: none is made, and the writers may use none"
    for warehouse, on in by_warehouse(named).items():
        if quota([budgets[names.tenant] for names in on]) is None:
            without = [n.tenant for n in on if quota([budgets[n.tenant]]) is None]
            why = (
                f"no budget of credits: {', '.join(without)}" if without else "budgets per day and per month"
            )
            yield f"{warehouse} gets no resource monitor ({why})"
    if not target.user:
        yield "the target names no user: grant the roles to the one that signs in"
    if target.networks and not target.user:
        yield "networks are left out, for they are of the user"
