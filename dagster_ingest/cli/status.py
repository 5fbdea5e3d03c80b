"""`dagster-ingest status` and `explain`: what exists, how fresh it is, what blocks it."""

from __future__ import annotations

import time
from collections.abc import Sequence
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
from dagster_ingest.errors import IngestError, SpecError, among
from dagster_ingest.observe.explain import explain as in_words
from dagster_ingest.observe.matrix import LAYERS, Cell, Row, blocked_by, rows, summary
from dagster_ingest.observe.story import Story

_COLORS = {"current": "green", "blocked": "red", "waiting": "magenta", "behind": "yellow", "empty": "dim"}
_TONES = {"bad": "red", "warn": "yellow", "good": "green", "dim": "dim"}
_ROWS = 24  # more states than these are shown only where somebody is needed
_WIDE = 120


def status(
    tenant: TenantOption = None,
    state: StateOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the states that need nobody, where there are many.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 if something is late, blocked or cannot be read.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tenant by state by layer: ages, the SLA, what blocks it. What needs somebody is on top."""
    stories, errors = read(tenant, state)
    now = time.time()
    found = rows(stories, now)
    if as_json:
        known = {(row.story.tenant, row.story.state): row for row in found}
        print_json([_plain(known[story.tenant, story.state]) for story in stories])
    else:
        console.print(table(stories, now, everything=everything))
        for line in untold(stories):
            typer.secho(line, fg="red")
    for name, error in errors.items():
        typer.secho(f"cannot be told of: {name}: {error}", fg="red", err=True)
    if errors and not stories:
        raise typer.Exit(2)
    if check and (errors or any(row.wrong for row in found)):
        raise typer.Exit(1)


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
    reader: Annotated[str | None, typer.Option("--reader", help="Only what this reader shows.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Why a state is as it is, from what is published back to the source: since when, whose, what to do."""
    from dagster_ingest.assets.explained import explained
    from dagster_ingest.observe.explained import as_dict

    settings, _ = chosen_states([tenant], [state])
    story = explained(settings, tenant, state, reader)
    names = [shown.reader for shown in story.shown]
    if reader is not None and reader not in names:
        raise SpecError(
            f"the tenant {tenant} has no reader {reader!r}",
            not_done="nothing was told",
            fix=among(reader, names, "readers here:"),
        )
    now = time.time()
    if as_json:
        print_json(as_dict(story, now, reader))
    else:
        console.print(in_words(story, now, reader), markup=False, highlight=False, soft_wrap=True)


def read(tenants: list[str] | None, states: list[str] | None) -> tuple[list[Story], dict[str, IngestError]]:
    """Stories of the chosen states, in the order of the tenants; why those of some tenants cannot be told."""
    settings, pairs = chosen_states(tenants, states)
    from dagster_ingest.assets.stories import readable

    return readable(settings, pairs)


def read_stories(tenants: list[str] | None, states: list[str] | None) -> list[Story]:
    """Stories of the chosen states. Raises what keeps one from being told."""
    stories, errors = read(tenants, states)
    for error in errors.values():
        raise error
    return stories


def _plain(row: Row) -> dict:
    """The story with what `status` makes of it."""
    from dataclasses import asdict

    return {
        **row.story.as_dict(),
        "freshness": asdict(row.fresh),
        "matrix": {name: cell.text for name, cell in zip(LAYERS, row.layers, strict=True)},
    }


def table(stories: Sequence[Story], now: float, *, everything: bool = False, width: int | None = None):
    """The matrix, the blockers under it, and a line that sums up. width: of the terminal."""
    from rich.console import Group
    from rich.text import Text

    found = rows(stories, now)
    kept = found if everything or len(found) <= _ROWS else [row for row in found if not row.fine]
    wide = (width or console.width) >= _WIDE
    parts = [_grid(kept, wide)] if kept else []
    parts += [
        Text(f"{row.story.tenant}/{row.story.state} {blocked_by(blocker)}", style="red", overflow="fold")
        for row in kept
        for blocker in row.story.blockers
    ]
    left = len(found) - len(kept)
    fine = f"; {left} that are current and in time are not listed (--all)" if left else ""
    return Group(*parts, Text(f"{summary(found)}{fine}", style="bold"))


def _grid(found: Sequence[Row], wide: bool):
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2 if wide else 1, 0, 0))
    for name in ("tenant", "state" if wide else "st", "health", "sla"):
        grid.add_column(name, no_wrap=True, overflow="ellipsis")
    counts = ("rows read", "accepted", "quarantined", "services") if wide else ()
    for name in (*LAYERS, *counts):
        grid.add_column(name, justify="right", no_wrap=True)
    for row in found:
        story = row.story
        numbers = (story.rows_read, story.rows_accepted, story.rows_quarantined, story.services)
        grid.add_row(
            story.tenant,
            story.state,
            Text(story.health, style=_COLORS[story.health]),
            *(_text(cell) for cell in (row.sla, *row.layers)),
            *(f"{number:,}" for number in (numbers if wide else ())),
        )
    return grid


def _text(cell: Cell):
    from rich.text import Text

    return Text(cell.text, style=_TONES[cell.tone])
