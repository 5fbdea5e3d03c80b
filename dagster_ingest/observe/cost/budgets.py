"""Budgets of the specs against what was used up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dagster_ingest.observe.cost.rows import CostRow, grouped
from dagster_ingest.spec.models import Budgets


@dataclass(frozen=True, slots=True)
class Used:
    """One limit: of which measure, for which day or month, and how much was used."""

    tenant: str
    period: str
    measure: str
    limit: float
    used: float

    @property
    def share(self) -> float:
        return self.used / self.limit

    @property
    def exceeded(self) -> bool:
        return self.used > self.limit


def used(tenant: str, budgets: Budgets, rows: Iterable[CostRow], today: str) -> list[Used]:
    """Every limit of a tenant. today: ISO date in UTC; of days, it and the one before it that has rows
    are looked at, since a warehouse tells of a day when it is over, and the worse counts."""
    mine = [row for row in rows if row.tenant == tenant]
    month = today[:7]
    found = []
    if budgets.per_month is not None:
        sums = grouped([row for row in mine if row.day[:7] == month], ("tenant",)).get((tenant,), {})
        found += [
            Used(tenant, month, measure, limit, sums.get(measure, 0))
            for measure, limit in budgets.per_month.amounts.items()
        ]
    if budgets.per_day is not None:
        days = {day: sums for (day,), sums in grouped(mine, ("day",)).items() if day <= today}
        latest = {day: days[day] for day in sorted(days)[-2:]} or {today: {}}
        found += [
            _worst(tenant, latest, measure, limit) for measure, limit in budgets.per_day.amounts.items()
        ]
    return found


def told(uses: Sequence[Used]) -> str:
    """In words: what is over its limit, or how near the nearest is to it."""
    over = [use for use in uses if use.exceeded]
    if over:
        return "; ".join(f"{_words(use)} in {use.period}: {use.share:.0%} of the budget" for use in over)
    nearest = max(uses, key=lambda use: use.share)
    return f"within the budget; nearest: {_words(nearest)} in {nearest.period}, {nearest.share:.0%}"


def _words(use: Used) -> str:
    return f"{use.used:,.10g} of {use.limit:,.10g} {use.measure.replace('_', ' ')}"


def _worst(tenant: str, days: Mapping[str, Mapping[str, float]], measure: str, limit: float) -> Used:
    uses = [Used(tenant, day, measure, limit, sums.get(measure, 0)) for day, sums in days.items()]
    return max(uses, key=lambda use: (use.share, use.period))
