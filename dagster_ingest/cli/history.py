"""`dagster-ingest history`: what happened to a table, as the event log has it."""

from __future__ import annotations

from typing import Annotated

import typer

from dagster_ingest.cli.common import (
    JsonOption,
    StateOption,
    TenantArgument,
    chosen_states,
    chosen_tenants,
    console,
    print_json,
)


def history(
    tenant: TenantArgument,
    table: Annotated[
        str, typer.Argument(help="Table of any layer, or a reader: wellsky_services, stage/service.")
    ],
    state: StateOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="So many events.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Loads, refusals, reviews, rollbacks, publications of a table: versions, rows, time, who."""
    from dagster_ingest.assets.past import history as told

    _, pairs = chosen_states([tenant], state)
    settings, [spec] = chosen_tenants([tenant])
    (layer, name), events = told(settings, spec, table, [state for _, state in pairs], limit)
    if as_json:
        print_json([event.as_dict() for event in events])
        return
    place = f"{tenant}/{layer}/{name}"
    if not events:
        console.print(f"Nothing ever happened to {place}.", markup=False)
        return
    console.print(_grid(place, events))


def _grid(place: str, events):
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from dagster_ingest.observe.past import HEADINGS, line

    lines = [line(event) for event in events]
    used = [
        index for index, _ in enumerate(HEADINGS) if any(cells[index] for cells in lines)
    ]  # what no event has needs no column
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for index in used:
        grid.add_column(HEADINGS[index], justify="right" if 3 <= index <= 8 else "left", no_wrap=True)
    for cells in lines:
        grid.add_row(*(Text(cells[index]) for index in used))
    words = [
        Text(f"{line(event)[0]} {event.state} {event.what}: {told}", overflow="fold")
        for event in events
        if (told := event.why or event.note)
    ]
    return Group(Text(place, style="bold"), grid, *words)
