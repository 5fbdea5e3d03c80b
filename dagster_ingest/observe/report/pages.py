"""What stands on which page: the values of the report, chosen and ordered for its templates. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from dagster_ingest.observe.report import charts, svg
from dagster_ingest.observe.report.fresh import days_of, status_of
from dagster_ingest.observe.report.values import Costs, Report, Spent, StateView, Status, TenantView

SHOWN = 15
_URGENCY: tuple[Status, ...] = ("blocked", "late", "waiting", "empty", "warn", "behind")


def overview(report: Report, page: Callable[[str], str]) -> dict[str, Any]:
    """For index.html."""
    days = days_of(report.since, report.made_at)
    views = list(report.states)
    counts = Counter(status_of(view.story, report.made_at) for view in views)
    loads = charts.added(one for view in views for one in view.days)
    measure = charts.measure_of(report.costs)
    cost = [charts.cost_by_day(report.costs, days, measure)] if report.costs.by_day else []
    return {
        "days": days,
        "counts": counts,
        "states": len(views),
        "rows_accepted": sum(one.accepted for one in loads),
        "rows_rejected": sum(one.rejected for one in loads),
        "refused": sum(one.refused for one in loads),
        "matrix": charts.health(report, page),
        "urgent": urgent(views, report.made_at),
        "punctuality": charts.punctuality(report, days),
        "loads": charts.loads("Rows by day", loads, days, svg.WIDE),
        "cost_charts": cost,
        "measure": measure,
        "cost_tables": _cost_tables(report.costs, measure),
        "slowest": slowest(report.costs),
        "failing": report.failing[:SHOWN],
        "status_of": lambda view: status_of(view.story, report.made_at),
        "spark": lambda view: charts.late_days(view, days, report.made_at),
    }


def of_tenant(report: Report, tenant: TenantView) -> dict[str, Any]:
    """For the page of a tenant."""
    days = days_of(report.since, report.made_at)
    measure = charts.measure_of(report.costs)
    mine = [one for one in report.costs.by_day if one.key[1] == tenant.name]
    shown = [
        {
            "view": view,
            "status": status_of(view.story, report.made_at),
            "freshness": charts.freshness(view, days, report.made_at, svg.SMALL),
            "loads": charts.loads(f"Rows of {view.story.state} by day", view.days, days, svg.SMALL),
        }
        for view in tenant.states
    ]
    return {
        "days": days,
        "tenant": tenant,
        "shown": shown,
        "counts": Counter(one["status"] for one in shown),
        "measure": measure,
        "cost_charts": [charts.cost_by_day(report.costs, days, measure, 2, tenant.name)] if mine else [],
        "slowest": slowest(report.costs, tenant.name),
        "failing": [one for one in report.failing if one.tenant == tenant.name][:SHOWN],
        "contracts": [one for one in report.contracts if one.tenant == tenant.name],
    }


def urgent(views: Sequence[StateView], now: float) -> list[tuple[Status, StateView, float | None]]:
    """What needs a person: (status, state, since when), the worst first."""
    found = []
    for view in views:
        status = status_of(view.story, now)
        if status in _URGENCY and status != "behind":
            found.append((status, view, since_of(view, status)))
    return sorted(found, key=lambda one: (_URGENCY.index(one[0]), one[2] or 0.0))


def since_of(view: StateView, status: Status) -> float | None:
    """Since when it is so: its oldest blocker, else when the line of its SLA was crossed."""
    story = view.story
    if story.blockers:
        return min(one.since for one in story.blockers)
    if story.published_at is None:
        return None
    warns = status == "warn" and story.warn_after is not None
    return story.published_at + (story.warn_after if warns and story.warn_after else story.fail_after)


def slowest(costs: Costs, tenant: str = "") -> list[Spent]:
    """By seconds of a step, the slowest first. Keys are (tenant, layer, table)."""
    mine = [one for one in costs.assets if one.steps and one.seconds and tenant in ("", one.key[0])]
    return sorted(mine, key=lambda one: (-one.seconds / one.steps, one.key))[:SHOWN]


def _cost_tables(costs: Costs, measure: str) -> list[tuple[str, list[Spent], float]]:
    named = (("tenant", costs.by_tenant), ("layer", costs.by_layer), ("owner", costs.by_owner))
    found = []
    for name, rows in named:
        ranked = sorted(rows, key=lambda one: (-getattr(one, measure), one.key))
        found.append((name, ranked, charts.top_of(ranked, measure)))
    return found
