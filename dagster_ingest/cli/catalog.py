"""`dagster-ingest catalog export`: every asset with owner, columns, lineage and contract, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dagster_ingest.cli.common import TenantOption, chosen_tenants

app = typer.Typer(no_args_is_help=True, help="What assets there are, and what is known of each.")


@app.callback()
def _catalog() -> None:
    """Makes the commands below a group, however few they are."""


@app.command()
def export(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write. Default: standard output.")
    ] = None,
    tenant: TenantOption = None,
) -> None:
    """Write the catalog as JSON; its shape is in docs/report.md."""
    from dagster_ingest.assets.catalog import catalog_of
    from dagster_ingest.assets.instance import open_instance
    from dagster_ingest.observe.catalog.export import as_json

    settings, specs = chosen_tenants(tenant)
    with open_instance(settings) as instance:
        found = catalog_of(settings, specs, instance)
    for problem in found.problems:
        typer.secho(problem, fg="yellow", err=True)
    text = json.dumps(as_json(found), ensure_ascii=False, indent=1)
    if out is None:
        typer.echo(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text + "\n", encoding="utf-8")
    typer.echo(f"{len(found.assets)} assets, {out.stat().st_size / 1000:,.0f} kB: {out}")
