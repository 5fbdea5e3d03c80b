"""`dagster-ingest run`: load, transform and publish, through Dagster."""

from __future__ import annotations

import os
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
from dagster_ingest.naming import LAYERS


def run(
    tenant: TenantOption = None,
    state: StateOption = None,
    layer: Annotated[
        list[str] | None, typer.Option(help=f"Only these layers: {', '.join(LAYERS)}. Repeatable.")
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Only what failed at the last run, and what hangs on it.")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Runs at a time. 0 cores is no choice; default: the cores.")
    ] = min(os.cpu_count() or 1, 4),
    as_json: JsonOption = False,
) -> None:
    """Load, audit, normalise and publish. Exits 1 when a partition failed, and says which."""
    from dagster_ingest.assets.orchestrate import plan

    settings, states = chosen_states(tenant, state)
    for name in layer or ():
        if name not in LAYERS:
            raise typer.BadParameter(
                f"{name!r} is no layer; there are {', '.join(LAYERS)}", param_hint="--layer"
            )
    chains = plan(states, layer or (), retry=retry)
    outcomes = run_with_progress(chains, settings, workers, quiet=as_json)
    failed = [o for o in outcomes if not o.success]
    if as_json:
        from dataclasses import asdict

        print_json([asdict(outcome) for outcome in outcomes])
    else:
        report_outcomes(outcomes)
    if failed:
        raise typer.Exit(1)


def run_with_progress(chains, settings, workers: int, *, quiet: bool, lines: bool = False):
    """Run the chains with a progress bar; their outcomes. lines: a line for each as well."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from dagster_ingest.assets.orchestrate import run_all

    total = sum(len(chain) for chain in chains)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        bar = progress.add_task("starting", total=total)

        def done(outcome) -> None:
            task = outcome.task
            progress.update(bar, advance=1, description=f"{task.tenant}/{task.state} {task.side}")
            if lines:
                said = "done" if outcome.success else "FAILED"
                console.print(f"{task.tenant}/{task.state} {task.side}: {said}", highlight=False)

        return run_all(chains, settings, workers=workers, on_done=done)


def report_outcomes(outcomes) -> None:
    """What became of each run, in a line or a few."""
    for outcome in sorted(outcomes, key=lambda o: (o.task.tenant, o.task.state, o.task.side == "readers")):
        task, name = outcome.task, f"{outcome.task.tenant}/{outcome.task.state}"
        if outcome.success and outcome.run_id is None:
            why = outcome.held or "nothing to do"
            console.print(f"[dim]{name} {task.side}: {why}[/dim]")
        elif outcome.success:
            console.print(f"{name} {task.side}: {len(outcome.materialized)} assets materialized")
        else:
            console.print(
                f"[red]{name} {task.side}: FAILED[/red], {len(outcome.materialized)} assets materialized"
            )
            for check in outcome.failed_checks:
                what = "stopped for review by" if check.endswith("/review") else "blocked by"
                console.print(f"    {what} {check}", markup=False)
            if not outcome.failed_checks:
                for error in outcome.errors:
                    console.print(f"    {error}", markup=False)
            console.print(f"    why: dagster-ingest explain {task.tenant} {task.state}", markup=False)
