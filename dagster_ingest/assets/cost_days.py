"""The days of `platform/cost`: asked of the event log, the stores and the warehouse, and written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from dagster_ingest.assets.cost_events import recorded
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.errors import IngestError
from dagster_ingest.observe.cost.recorded import rows_of
from dagster_ingest.observe.cost.rows import CostRow, joined, owned
from dagster_ingest.observe.cost.snowflake import Scope, Untagged, cost_rows, untagged
from dagster_ingest.observe.cost.store import CostStore
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.warehouse import SnowflakeWarehouse, Warehouse

FIRST = 35
"""Days that are looked back when nothing is known yet: more than a month."""
AGAIN = 2
"""Days before the last one known that are made again: the warehouse tells of them late."""


@dataclass(frozen=True)
class Costs:
    """What the installation knows how to ask: its tenants, its target, its files of days."""

    settings: Settings
    tenants: tuple[TenantSpec, ...]
    target: Warehouse

    @property
    def store(self) -> CostStore:
        return CostStore(self.settings.home)

    @property
    def owners(self) -> dict[str, str]:
        """Tenant to the first of its owners, who answers for what it costs."""
        return {spec.name: spec.model.owners[0] for spec in self.tenants}


def refresh(
    context, costs: Costs, today: date, days: int | None = None
) -> tuple[list[CostRow], list[Untagged]]:
    """Rows of this month and the last days before it. days: None for those that may have changed."""
    store = costs.store
    since = first_day(costs, today, days)
    made = [(since + timedelta(days=n)).isoformat() for n in range((today - since).days + 1)]
    beginning = datetime(since.year, since.month, since.day, tzinfo=UTC).timestamp()
    tells = isinstance(costs.target, SnowflakeWarehouse)
    outside, alike = asked(context, costs, since, today)
    # Where it does not tell now, what it told before of these days stands.
    known = store.outside(made) if outside is None and tells else outside or []
    local = rows_of(recorded(context.instance, costs.tenants, beginning), outside=not tells)
    parts = (owned(part, costs.owners) for part in (local, known, stored(context, costs, today)))
    store.replace(made, (row for row in joined(*parts) if row.day in set(made)))
    if outside is not None:
        store.replace_untagged(alike)
        store.asked = today.isoformat()
    first = min(today.replace(day=1), today - timedelta(days=AGAIN))
    return store.rows(first.isoformat()), store.untagged()


def first_day(costs: Costs, today: date, days: int | None) -> date:
    """The first day to make: none was left out since, and the warehouse told of it late."""
    if days is not None:
        return today - timedelta(days=max(days, 1) - 1)
    known = costs.store.days()
    if not known:
        return today - timedelta(days=FIRST - 1)
    told = (costs.store.asked or known[0]) if isinstance(costs.target, SnowflakeWarehouse) else known[-1]
    return date.fromisoformat(min(known[-1], told, today.isoformat())) - timedelta(days=AGAIN)


def asked(context, costs: Costs, since: date, today: date) -> tuple[list[CostRow] | None, list[Untagged]]:
    """What Snowflake attributes to statements; None where there is no Snowflake, or it does not tell."""
    target = costs.target
    if not isinstance(target, SnowflakeWarehouse):
        return None, []
    from dagster_ingest.land.grants.names import names_of
    from dagster_ingest.land.snowflake.administrator import PLATFORM, administrator
    from dagster_ingest.land.tags import tagged
    from dagster_ingest.secrets import secrets_of

    named = [names_of(target, spec.name) for spec in costs.tenants]
    if not named:
        return [], []
    # Where each tenant has a warehouse of its own, the first one's does the counting.
    place = {"database": named[0].database, "warehouse": named[0].compute}
    scope = Scope(
        warehouses=tuple({names.compute for names in named if names.compute}),
        databases=tuple({names.database for names in named}),
    )
    window = since.isoformat(), (today + timedelta(days=1)).isoformat()
    secrets = secrets_of(costs.settings, PLATFORM)
    try:
        with (
            tagged(tenant=PLATFORM, layer="platform", table="cost"),
            administrator(target.model_copy(update=place), secrets, named[0].cost) as ask,
        ):
            return cost_rows(ask, scope, *window), untagged(ask, scope, *window)
    except IngestError as error:
        context.log.warning(f"Snowflake does not tell what statements cost: {error}")
        return None, []


def stored(context, costs: Costs, today: date) -> Iterator[CostRow]:
    """What the tenants' partitions take now, as their stores know it."""
    for spec in costs.tenants:
        try:
            landing = TenantPlatform(costs.settings, spec).landing
            versions = landing.versions()
        except IngestError as error:
            context.log.warning(f"what {spec.name} stores is not known: {error}")
            continue
        day = today.isoformat()
        for version in versions:
            row = CostRow(day=day, tenant=spec.name, state=version.state, bytes_stored=version.bytes)
            yield replace(row, layer=version.layer, table=version.table)
        if landing.path.is_file():  # models, registry, quarantine: a file has no sizes of its tables
            size = landing.path.stat().st_size
            yield CostRow(day=day, tenant=spec.name, layer="store", table="duckdb", bytes_stored=size)
