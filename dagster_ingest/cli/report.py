"""`dagster-ingest report`: what happened and what it cost, as a site that needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dagster_ingest.cli.common import JsonOption, TenantOption, chosen_tenants, print_json
from dagster_ingest.settings import Settings


def report(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write into. Default: the setting `report`.")
    ] = None,
    tenant: TenantOption = None,
    days: Annotated[int, typer.Option("--days", min=1, max=90, help="How far to look back.")] = 90,
    as_json: JsonOption = False,
) -> None:
    """Write health, freshness, rows, cost, contracts and the catalog as HTML that opens from the disk."""
    from dagster_ingest.assets.report import write_report

    settings = chosen_tenants(tenant)[0] if tenant else Settings.load()
    made = write_report(settings, out or settings.report, days=days)
    for problem in made.report.problems:
        typer.secho(problem, fg="yellow", err=True)
    index = made.folder.resolve() / "index.html"
    if as_json:
        print_json({"index": str(index), "files": made.files, "bytes": made.bytes})
        return
    typer.echo(f"{made.files} pages, {made.bytes / 1000:,.0f} kB: {index.as_uri()}")
