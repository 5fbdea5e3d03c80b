"""`dagster-ingest telemetry`: tell a receiver of OpenLineage of runs, by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from dagster_ingest.settings import Settings

app = typer.Typer(no_args_is_help=True, help="What is told to others of the runs; see deploy/telemetry.yaml.")


@app.callback()
def _commands() -> None:
    """Without it the only command would be the app."""


@app.command()
def send(
    run: Annotated[list[str] | None, typer.Option("--run", help="Id of a run. Repeatable.")] = None,
    last: Annotated[int, typer.Option("--last", min=0, help="The newest runs that have ended.")] = 0,
) -> None:
    """Send the OpenLineage events of runs, whether they were sent before or not; they say the same again."""
    from dagster_ingest.assets.lineage import newest_runs, send_again
    from dagster_ingest.errors import SpecError
    from dagster_ingest.spec.load import load_tenants

    settings = Settings.load()
    wanted = [*(run or ()), *(newest_runs(settings, last) if last else ())]
    if not wanted:
        raise SpecError("no run is named", not_done="nothing was sent", fix="give --run ID, or --last 10")
    for run_id, count in send_again(settings, load_tenants(settings).tenants, wanted).items():
        typer.echo(f"{run_id}: {count} events")
