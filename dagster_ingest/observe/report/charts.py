"""Which picture shows what: values of the report as charts, each with the table of its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dagster_ingest.observe.cost.shown import amount
from dagster_ingest.observe.explain import span
from dagster_ingest.observe.fresh import aged
from dagster_ingest.observe.report import svg
from dagster_ingest.observe.report.fresh import DAY, points, start_of, status_of, worst_ages
from dagster_ingest.observe.report.matrix import Cell, heat_matrix
from dagster_ingest.observe.report.values import Costs, Loads, Report, Spent, StateView

_SHOWN_SERIES = 6
MEASURES = ("credits", "cpu_seconds", "seconds")
"""What cost is drawn by: the first of which there is any."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, its legend as (class, name), and the table of its numbers."""

    title: str
    text: str
    picture: Markup
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: Sequence[tuple[str, str]] = ()


def health(report: Report, page: Callable[[str], str]) -> Markup:
    """The tenant by state matrix. page: address of a tenant's page."""
    columns = sorted({s.story.state for s in report.states})
    rows = []
    for tenant in report.tenants:
        cells = {s.story.state: _cell(s, page(tenant.name), report.made_at) for s in tenant.states}
        rows.append((tenant.name, page(tenant.name), cells))
    text = f"{len(rows)} tenants by {len(columns)} states; each cell links to its explanation"
    return heat_matrix("Health now", text, rows, columns)


def _cell(view: StateView, page: str, now: float) -> Cell:
    story, status = view.story, status_of(view.story, now)
    age = (
        "never published" if story.published_at is None else f"published {span(now - story.published_at)} ago"
    )
    by = f", by {', '.join(b.asset for b in story.blockers)}" if story.blockers else ""
    return Cell(status, f"{page}#{story.state}", f"{story.tenant} {story.state}: {status}{by}; {age}")


def punctuality(report: Report, days: Sequence[str]) -> Chart:
    """States by the greatest age of each day, against their own SLA."""
    counts = {kind: [0.0] * len(days) for kind in ("fresh", "warn", "late")}
    for view in report.states:
        for place, age in enumerate(worst_ages(view, days, report.made_at)):
            kind = aged(age, view.story)
            if kind in counts:
                counts[kind][place] += 1
    names = {"fresh": "within the SLA", "warn": "past the warning", "late": "SLA broken"}
    series = [svg.Series(names[kind], kind, values) for kind, values in counts.items()]
    title = "States against their SLA"
    text = "Every state counts by its worst moment of the day"
    return Chart(
        title, text, svg.stacked_bars(title, text, days, series), *_table(days, series), _legend(series)
    )


def loads(
    title: str, found: Sequence[Loads], days: Sequence[str], size: tuple[float, float] = svg.HALF
) -> Chart:
    """Rows that loads accepted and rejected, by day."""
    by_day = {one.day: one for one in found}
    kept = [by_day.get(day, Loads(day)) for day in days]
    series = [
        svg.Series("accepted", "s1", [float(d.accepted) for d in kept]),
        svg.Series("rejected", "late", [float(d.rejected) for d in kept]),
    ]
    text = "Rows of loads that brought something new, accepted and rejected"
    picture = svg.stacked_bars(title, text, days, series, short, size)
    headings = ["day", "loads", "refused loads", "rows accepted", "rows rejected"]
    rows = [[d.day, *(f"{n:,}" for n in (d.loads, d.refused, d.accepted, d.rejected))] for d in kept]
    return Chart(title, text, picture, headings, rows, _legend(series))


def freshness(
    view: StateView, days: Sequence[str], now: float, size: tuple[float, float] = svg.HALF
) -> Chart:
    """Age of what is published, with the lines of the SLA."""
    story, since = view.story, start_of(days[0])
    path = [((at - since) / DAY, age) for at, age in points(view.written, since, now)]
    limits = [svg.Limit("warning", "warn", story.warn_after)] if story.warn_after is not None else []
    limits.append(svg.Limit("SLA", "late", story.fail_after))
    title = f"Age of what {story.tenant} {story.state} shows"
    text = f"Time since the oldest of its stores was written; the SLA is {span(story.fail_after)}"
    worst = worst_ages(view, days, now)
    rows = [
        [day, "nothing published" if age is None else span(age), aged(age, story)]
        for day, age in zip(days, worst, strict=True)
    ]
    days_long = max([age for _, age in path] + [story.fail_after]) > 4 * DAY
    told, unit = (in_days, DAY) if days_long else (hours, 3600.0)
    picture = svg.line(title, text, days, path, limits, told, size, unit)
    legend = [("stroke", "age"), *((f"line-{one.kind}", f"{one.name} {hours(one.at)}") for one in limits)]
    return Chart(title, text, picture, ["day", "greatest age", "SLA"], rows, legend)


def measure_of(costs: Costs) -> str:
    """What cost is compared by on this installation."""
    totals = {name: sum(getattr(one, name) for one in costs.by_tenant) for name in MEASURES}
    return next((name for name in MEASURES if totals[name]), "cpu_seconds")


def cost_by_day(costs: Costs, days: Sequence[str], measure: str, place: int = 1, tenant: str = "") -> Chart:
    """The most expensive apart. place: which part of (day, tenant, layer) is stacked."""
    rows = [one for one in costs.by_day if not tenant or one.key[1] == tenant]
    totals: dict[str, float] = {}
    for one in rows:
        totals[one.key[place]] = totals.get(one.key[place], 0) + getattr(one, measure)
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    apart = ranked[:_SHOWN_SERIES] if len(ranked) > _SHOWN_SERIES + 1 else ranked
    names = [*apart, *(["others"] if len(ranked) > len(apart) else [])]
    values = {name: [0.0] * len(days) for name in names}
    at = {day: n for n, day in enumerate(days)}
    for one in rows:
        name = one.key[place] if one.key[place] in apart else "others"
        if one.key[0] in at:
            values[name][at[one.key[0]]] += getattr(one, measure)
    series = [svg.Series(name or "(untagged)", f"s{n + 1}", values[name]) for n, name in enumerate(names)]
    title = f"{_words(measure)} by {('day', 'tenant', 'layer')[place]}"
    text = "What steps and statements took, by day"
    picture = svg.stacked_bars(
        title, text, days, series, lambda value: short_amount(measure, value), svg.WIDE
    )
    headings, table = _table(days, series, lambda value: amount(measure, value) if value else "")
    return Chart(title, text, picture, headings, table, _legend(series))


def late_days(view: StateView, days: Sequence[str], now: float) -> Markup:
    """The ages of a state as a small line."""
    return svg.sparkline(f"Age over {len(days)} days", worst_ages(view, days, now))


def added(found) -> list[Loads]:
    """Loads by day, each day once."""
    days: dict[str, Loads] = {}
    for one in found:
        days[one.day] = days[one.day].plus(one) if one.day in days else one
    return [days[day] for day in sorted(days)]


def top_of(found: Sequence[Spent], measure: str) -> float:
    return max((getattr(one, measure) for one in found), default=0)


def hours(value: float) -> str:
    return f"{value / 3600:.3g} h"


def in_days(value: float) -> str:
    return f"{value / DAY:.3g} d"


def short(value: float) -> str:
    """1.2k, 3M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def short_amount(measure: str, value: float) -> str:
    return (span(value) if value else "0") if measure.endswith("seconds") and value >= 120 else short(value)


def _words(measure: str) -> str:
    return {"credits": "Credits", "cpu_seconds": "CPU seconds", "seconds": "Seconds"}[measure]


def _legend(series: Sequence[svg.Series]) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in series]


def _table(
    days: Sequence[str],
    series: Sequence[svg.Series],
    told: Callable[[float], str] = svg.whole,
) -> tuple[list[str], list[list[str]]]:
    headings = ["day", *(one.name for one in series)]
    return headings, [[day, *(told(one.values[n] or 0) for one in series)] for n, day in enumerate(days)]
