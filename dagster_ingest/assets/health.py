"""`platform/health`: refreshes the report, and tells in numbers that plot how many states are well."""

from __future__ import annotations

from collections import Counter
from typing import Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.metadata import table_line
from dagster_ingest.assets.report import Made, write_report
from dagster_ingest.observe.explain import span
from dagster_ingest.observe.report.fresh import age_of
from dagster_ingest.observe.report.pages import urgent
from dagster_ingest.settings import Settings

KEY = dg.AssetKey([keys.PLATFORM, "health"])
JOB = "platform__health__daily"  # not the name of its op: a repository wants them apart
_SHOWN = 40


def health(settings: Settings) -> dg.Definitions:
    """The asset, its job, and its schedule: after the day's cost is known."""
    from dagster_ingest.assets.automation import EXECUTOR

    asset = health_asset(settings)
    job = dg.define_asset_job(JOB, selection=dg.AssetSelection.assets(asset), executor_def=EXECUTOR)
    daily = dg.ScheduleDefinition(
        name="platform__health__schedule", job=job, cron_schedule="50 9 * * *", execution_timezone="UTC"
    )
    return dg.Definitions(assets=[asset], jobs=[job], schedules=[daily])


def health_asset(settings: Settings) -> dg.AssetsDefinition:
    @dg.asset(
        key=KEY,
        description="How every state of every tenant is, as an HTML report without a server, and in numbers.",
        group_name="platform",
        kinds={"html"},
        owners=["team:platform"],
        tags={"layer": "platform"},
    )
    def report(context) -> dg.MaterializeResult:
        return run_health(context, settings)

    return report


def run_health(context: Any, settings: Settings) -> dg.MaterializeResult:
    """Write the report to where the settings say. What could not be read is logged, and stands in it."""
    made = write_report(settings, settings.report, instance=context.instance)
    for problem in made.report.problems:
        context.log.warning(problem)
    return dg.MaterializeResult(metadata=metadata(made))


def metadata(made: Made) -> dict[str, Any]:
    """Counts that plot, a table of what needs a look, and where the report is."""
    report = made.report
    states = list(report.states)
    by_health = Counter[str](view.story.health for view in states)
    by_age = Counter(age_of(view.story, report.made_at) for view in states)
    return {
        "tenants": len(report.tenants),
        "states": len(states),
        "states_late": by_age["late"],
        "states_warned": by_age["warn"],
        **{
            f"states_{name}": by_health[name] for name in ("current", "blocked", "waiting", "behind", "empty")
        },
        "reviews_open": len(report.reviews),
        "problems": len(report.problems),
        "bytes": made.bytes,
        "report": dg.MetadataValue.path(str(made.folder / "index.html")),
        "needs_a_look": dg.MetadataValue.md(_table(made)),
    }


def _table(made: Made) -> str:
    found = urgent(list(made.report.states), made.report.made_at)
    if not found:
        return "Nothing is blocked, late or waiting."
    lines = [table_line("state", "health", "since", "owners", "why"), table_line(*["---"] * 5)]
    for status, view, since in found[:_SHOWN]:
        story = view.story
        why = story.blockers[0].reason if story.blockers else status
        age = "" if since is None else span(made.report.made_at - since)
        place = f"{story.tenant} {story.state}"
        lines.append(table_line(place, status, age, ", ".join(story.owners), why, width=160))
    more = len(found) - _SHOWN
    return "\n".join(lines) + (f"\n\nand {more} more" if more > 0 else "")
