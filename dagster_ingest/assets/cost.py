"""`platform/cost`: what each asset took, day by day, and the tenants' budgets against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.cost_days import Costs, refresh
from dagster_ingest.assets.metadata import table_line
from dagster_ingest.observe.cost.budgets import Used, told, used
from dagster_ingest.observe.cost.rows import FLOWS, LEVEL, MEASURES, CostRow, grouped
from dagster_ingest.observe.cost.shown import table
from dagster_ingest.observe.cost.snowflake import Untagged
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.warehouse import SnowflakeWarehouse, warehouse_of

KEY = dg.AssetKey(["platform", "cost"])
OWNER = "team:platform"
_SHOWN = 40


def cost_asset(costs: Costs) -> dg.AssetsDefinition:
    """One step; a check for each tenant with a budget, which warns and stops nothing."""
    budgeted = [spec for spec in costs.tenants if spec.model.cost.budget is not None]
    snowflake = isinstance(costs.target, SnowflakeWarehouse)

    @dg.multi_asset(
        name=keys.op_name("platform", "cost"),
        specs=[
            dg.AssetSpec(
                KEY,
                description="What each asset costs, by tenant, state, owner and day. Statements that no tag "
                "claims are a row of their own.",
                group_name="platform",
                kinds={"snowflake" if snowflake else "parquet"},
                owners=[OWNER],
                tags={"layer": "platform"},
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                check_name(spec.name), asset=KEY, description=f"The budget of {spec.model.display_name}"
            )
            for spec in budgeted
        ],
        config_schema={"days": dg.Field(int, is_required=False, description="How many days to make anew")},
    )
    def cost(context):
        yield from run_cost(context, costs, budgeted)

    return cost


def check_name(tenant: str) -> str:
    return f"budget_{tenant}"


def run_cost(
    context: dg.AssetExecutionContext, costs: Costs, budgeted: Sequence[TenantSpec]
) -> Iterator[Any]:
    """Make the last days anew, then tell of the month and of every budget."""
    today = datetime.now(UTC).date()
    rows, alike = refresh(context, costs, today, context.op_execution_context.op_config.get("days"))
    yield dg.MaterializeResult(asset_key=KEY, metadata=metadata(rows, alike))
    for spec in budgeted:
        budget = spec.model.cost.budget
        if budget is not None:
            yield budget_result(spec.name, used(spec.name, budget, rows, today.isoformat()))


def budget_result(tenant: str, uses: Sequence[Used]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=KEY,
        check_name=check_name(tenant),
        passed=not any(use.exceeded for use in uses),
        severity=dg.AssetCheckSeverity.WARN,
        description=told(uses),
        metadata={f"{use.measure}_{'month' if len(use.period) == 7 else 'day'}": use.used for use in uses},
    )


def metadata(rows: Sequence[CostRow], alike: Sequence[Untagged]) -> dict[str, Any]:
    """Sums that plot, and tables that read."""
    [total] = grouped(rows, ()).values() or [dict.fromkeys(MEASURES, 0)]
    nobody = grouped((row for row in rows if not row.tenant), ()).get((), {})
    shown: dict[str, Any] = {name: round(total[name], 6) for name in (*FLOWS, LEVEL) if total[name]}
    shown["untagged_statements"] = int(nobody.get("statements", 0))
    shown["untagged_credits"] = float(nobody.get("credits", 0))
    for by in (("tenant",), ("owner",), ("tenant", "state"), ("asset",), ("day",)):
        shown["by_" + "_and_".join(by)] = dg.MetadataValue.md(markdown(*table(rows, by, _SHOWN)))
    if alike:
        lines = [[one.text, one.user, f"{one.statements:,}", f"{one.credits:,.6f}"] for one in alike]
        shown["untagged"] = dg.MetadataValue.md(
            markdown(["statement", "user", "statements", "credits"], lines)
        )
    return shown


def markdown(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join([table_line(*headings), table_line(*["---"] * len(headings))]) + "".join(
        f"\n{table_line(*line)}" for line in lines
    )


def platform_repository(settings: Settings) -> dg.RepositoryDefinition:
    """What is no tenant's. Broken tenants are left out, as everywhere."""
    from dagster_ingest.assets.automation import EXECUTOR
    from dagster_ingest.assets.health import health
    from dagster_ingest.assets.lineage import lineage_sensors
    from dagster_ingest.assets.maintenance import maintenance

    costs = Costs(settings, tuple(load_tenants(settings).tenants), warehouse_of(settings))
    asset = cost_asset(costs)
    job = dg.define_asset_job(keys.COST_JOB, selection=dg.AssetSelection.assets(asset), executor_def=EXECUTOR)
    daily = dg.ScheduleDefinition(
        name="platform__cost__schedule", job=job, cron_schedule="20 9 * * *", execution_timezone="UTC"
    )
    upkeep, told = maintenance(settings, costs.tenants, costs.target), health(settings)
    return dg.create_repository_using_definitions_args(
        name=keys.PLATFORM,
        sensors=lineage_sensors(settings, costs.tenants),
        assets=[asset, *(upkeep.assets or []), *(told.assets or [])],
        jobs=[job, *(upkeep.jobs or []), *(told.jobs or [])],
        schedules=[daily, *(upkeep.schedules or []), *(told.schedules or [])],
        executor=EXECUTOR,
    )


def materialize(settings: Settings) -> list[str]:
    """Run the job in this process. What the budgets' checks warn of, in words."""
    from dataclasses import replace

    from dagster_ingest.assets.instance import open_instance

    job = platform_repository(replace(settings, tenants=())).get_job(keys.COST_JOB)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with open_instance(settings) as instance:
        result = job.execute_in_process(instance=instance, run_config=quiet)
    checks = result.get_asset_check_evaluations()
    return [f"{check.check_name}: {check.description}" for check in checks if not check.passed]
