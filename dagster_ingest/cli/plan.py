"""`dagster-ingest plan`: what would be started at a time, why, and when it would be otherwise."""

from __future__ import annotations

import time
from datetime import UTC, datetime
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

AtOption = Annotated[
    str | None,
    typer.Option("--at", help="A time, such as 2026-03-08T07:30-06:00; UTC if no zone. Default: now."),
]


def plan(
    at: AtOption = None, tenant: TenantOption = None, state: StateOption = None, as_json: JsonOption = False
) -> None:
    """What automation would start at a time, if nothing happened until then. Starts nothing."""
    now = time.time()
    moment = now if at is None else moment_of(at)
    settings, pairs = chosen_states(tenant, state)
    from dagster_ingest.assets.planning import planned

    rows = planned(settings, pairs, moment, ask_sources=abs(moment - now) < 60)
    if as_json:
        print_json({"at": _iso(moment), "states": rows})
        return
    console.print(table(rows))


def moment_of(text: str) -> float:
    """Seconds of the epoch."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; give 2026-03-08T07:30", param_hint="--at") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def table(rows: list[dict]):
    """The plan as a rich table."""
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("tenant", "state", "automation", "freshness", "due"):
        grid.add_column(name, no_wrap=True)
    for name in ("starts", "next"):
        grid.add_column(name, no_wrap=True)
    grid.add_column("why", overflow="fold")
    for row in rows:
        grid.add_row(
            row["tenant"], row["state"], row["automation"], row["freshness"], _short(row["due_at"]),
            "[green]a run[/]" if row["starts"] else "-", _short(row["next"]), row["why"],
        )  # fmt: skip
    return grid


def _short(text: str | None) -> str:
    return "" if text is None else text[:16].replace("T", " ")


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
