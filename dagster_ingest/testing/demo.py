"""`make demo`: two days in the life of the sample tenants, with no server and no account.

Day one loads everything. Day two brings an update for every tenant; one state's drop breaks its
contract, is refused, and everything else goes on.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
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
from dagster_ingest.testing import sample

_MARKER = ".demo"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 4))
    workers = parser.parse_args().workers
    settings = Settings.load()
    _fresh(settings.home)
    first = _day(settings, 1, workers)
    second = _day(settings, 2, workers)
    return _verify(first, second)


def _day(settings: Settings, day: int, workers: int) -> list[Story]:
    console.rule(f"[bold]Day {'one' if day == 1 else 'two'}")
    sample.write(settings.drops, day=day)
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


def _verify(first: list[Story], second: list[Story]) -> int:
    """0 if the story is as told: all green, then one state blocked with its last good data shown."""
    blocked = [story for story in second if story.health == "blocked"]
    current = [story for story in second if story.health == "current"]
    told = (
        all(story.health == "current" for story in first)
        and len(blocked) == 1
        and len(current) == len(second) - 1
        and all(story.services > 0 for story in second)
    )
    if told:
        console.print("Now: [bold]make dev[/bold] shows the same in the Dagster UI.")
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
