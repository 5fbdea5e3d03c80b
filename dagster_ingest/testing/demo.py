"""`make demo`: two days in the life of the sample tenants, with no server and no account.

Day one loads everything. Day two brings an update for every tenant; one state's drop breaks its
contract, is refused, and everything else goes on. `make demo-api` (--api) does the same for the tenants
whose vendors have an API, which is served on loopback as long as the demo runs; no drop breaks there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dagster_ingest.assets.orchestrate import plan
from dagster_ingest.assets.task import Outcome
from dagster_ingest.cli.common import chosen_states, console
from dagster_ingest.cli.run import run_with_progress
from dagster_ingest.cli.status import read_stories, table
from dagster_ingest.errors import IngestError
from dagster_ingest.observe.explain import explain
from dagster_ingest.observe.story import Story
from dagster_ingest.settings import Settings
from dagster_ingest.testing import sample, vendors

_MARKER = ".demo"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 4))
    parser.add_argument("--api", action="store_true", help="the tenants of APIs instead of those of files")
    parser.add_argument("--port", type=int, default=vendors.PORT, help="where --api serves the APIs")
    given = parser.parse_args()
    settings = Settings.load()
    _fresh(settings.home)
    if given.api:
        return _of_apis(settings, given.port, given.workers)
    stories = [_day(settings, day, _dropped(settings), given.workers) for day in (1, 2)]
    return _verify(*stories, blocked=1, shown_by="make dev")


def _dropped(settings: Settings) -> Callable[[int], object]:
    return lambda day: sample.write(settings.drops, day=day)


def _of_apis(settings: Settings, port: int, workers: int) -> int:
    tenants = vendors.folder_of(settings)
    with vendors.Vendors(port) as serving:
        serving.install(tenants)
        os.environ.update(vendors.environment(tenants))
        settings = Settings.load()
        stories = [_day(settings, day, serving.show, workers) for day in (1, 2)]
    return _verify(*stories, blocked=0, shown_by="make dev-api")


def _day(settings: Settings, day: int, deliver: Callable[[int], object], workers: int) -> list[Story]:
    console.rule(f"[bold]Day {'one' if day == 1 else 'two'}")
    deliver(day)
    started = time.monotonic()
    _, states = chosen_states(None, None)
    outcomes = run_with_progress(plan(states), settings, workers, quiet=False)
    stories = read_stories(None, None)
    console.print(table(stories, time.time()))
    _summary(outcomes, time.monotonic() - started)
    for story in stories:
        if story.health == "blocked":
            console.rule(f"dagster-ingest explain {story.tenant} {story.state}", style="red")
            console.print(explain(story, time.time()), markup=False, highlight=False, soft_wrap=True)
    return stories


def _summary(outcomes: list[Outcome], seconds: float) -> None:
    runs = [outcome for outcome in outcomes if outcome.run_id]
    assets = sum(len(outcome.materialized) for outcome in runs)
    console.print(f"\n[dim]{len(runs)} Dagster runs, {assets} materializations, {seconds:.0f} s[/dim]\n")


def _verify(first: list[Story], second: list[Story], *, blocked: int, shown_by: str) -> int:
    """0 if the story is as told: all green, then so many blocked, with their last good data shown."""
    refused = [story for story in second if story.health == "blocked"]
    current = [story for story in second if story.health == "current"]
    told = (
        all(story.health == "current" for story in first)
        and len(refused) == blocked
        and len(current) == len(second) - blocked
        and all(story.services > 0 for story in second)
    )
    if told:
        console.print(f"Now: [bold]{shown_by}[/bold] shows the same in the Dagster UI.")
        return 0
    console.print("[red]The demo did not go as it should: see the tables above.[/red]")
    return 1


def _fresh(home: Path) -> None:
    """An empty home for the demo. A home that some other work wrote is left alone."""
    marker = home / _MARKER
    if home.exists() and any(home.iterdir()) and not marker.exists():
        raise IngestError(
            f"{home} holds data that is not the demo's",
            not_done="nothing was removed and nothing was run",
            fix="set DAGSTER_INGEST_HOME to another folder for the demo, or remove it yourself",
        )
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    marker.write_text("made by `make demo`, which may remove this folder\n")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except IngestError as error:
        console.print(f"[red]{error}[/red]")
        sys.exit(2)
