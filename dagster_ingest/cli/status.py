"""`dagster-ingest status` and `explain`: what exists, how fresh it is, what blocks it."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from dagster_ingest.cli.common import (
    JsonOption,
    StateOption,
    TenantOption,
    chosen_states,
    console,
    print_json,
)
from dagster_ingest.observe.explain import explain as in_words
from dagster_ingest.observe.explain import span
from dagster_ingest.observe.story import Story

_COLORS = {"current": "green", "blocked": "red", "waiting": "magenta", "behind": "yellow", "empty": "dim"}


def status(tenant: TenantOption = None, state: StateOption = None, as_json: JsonOption = False) -> None:
    """Tenant by state: rows of the latest load, what is published, what blocks it."""
    stories = read_stories(tenant, state)
    if as_json:
        print_json([story.as_dict() for story in stories])
    else:
        console.print(table(stories, time.time()))
        for line in untold(stories):
            typer.secho(line, fg="red")


def untold(stories: list[Story]) -> list[str]:
    """Alerts of these tenants that could not be delivered for a day."""
    from dagster_ingest.assets.alert_views import trouble
    from dagster_ingest.settings import Settings
    from dagster_ingest.spec.alerts_file import asked_for

    settings = Settings.load()
    tenants = list(dict.fromkeys(story.tenant for story in stories))
    return trouble(settings, tenants) if asked_for(settings) else []


def explain(
    tenant: Annotated[str, typer.Argument(help="Tenant.")],
    state: Annotated[str, typer.Argument(help="State, two letters.")],
    as_json: JsonOption = False,
) -> None:
    """Why a state is as it is: what is stale, since when, which rule on which rows, whose, what to do."""
    story = read_stories([tenant], [state])[0]
    if as_json:
        print_json({**story.as_dict(), "text": in_words(story, time.time())})
    else:
        console.print(in_words(story, time.time()), markup=False, highlight=False, soft_wrap=True)


def read_stories(tenants: list[str] | None, states: list[str] | None) -> list[Story]:
    """Stories of the chosen states, in the order of the tenants."""
    settings, pairs = chosen_states(tenants, states)
    from dagster_ingest.assets.stories import stories

    return stories(settings, pairs)


def table(stories: list[Story], now: float):
    """The stories as a rich table; under it, the broken rules of each blocker."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("tenant", "state"):
        grid.add_column(name, no_wrap=True)
    for name in ("rows read", "accepted", "quarantined", "services published", "published"):
        grid.add_column(name, justify="right", no_wrap=name != "services published")
    grid.add_column("health", no_wrap=True)
    grid.add_column("blocked by", overflow="fold")
    for story in stories:
        at = story.published_at
        counts = (story.rows_read, story.rows_accepted, story.rows_quarantined, story.services)
        grid.add_row(
            story.tenant,
            story.state,
            *(f"{count:,}" for count in counts),
            "never" if at is None else f"{span(now - at)} ago",
            f"[{_COLORS[story.health]}]{story.health}[/]",
            "\n".join(f"{b.asset} ({b.check})" for b in story.blockers),
        )
    rules = [
        Text(f"{story.tenant}/{story.state} {blocker.asset}: {_rules(blocker)}", style="red")
        for story in stories
        for blocker in story.blockers
    ]
    return Group(grid, *rules)


def _rules(blocker) -> str:
    if not blocker.rules:
        return blocker.reason
    return ", ".join(
        f"{rule.rule} ({rule.failed} rows)" if rule.samples else rule.rule for rule in blocker.rules
    )
