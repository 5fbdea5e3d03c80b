"""`dagster-ingest new connector`: a distribution with a connector that reads, and its conformance test."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer


def connector(
    name: Annotated[str, typer.Argument(help="Name: lower-case letters, digits and underscores.")],
    into: Annotated[
        Path | None, typer.Option("--into", help="Folder to write to. Default: dagster-ingest-NAME here.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the files and write nothing.")] = False,
) -> None:
    """Write a package with a small working connector, its entry point, and the conformance test."""
    from dagster_ingest.cli.new import write
    from dagster_ingest.connectors.registry import names
    from dagster_ingest.scaffold.connector import connector_files
    from dagster_ingest.scaffold.names import new_name

    new_name("connector", name, names())
    folder = into or Path(f"dagster-ingest-{name.replace('_', '-')}")
    files = {folder / path: text for path, text in connector_files(name).items()}
    if dry_run:
        write.show(files, Path.cwd())
        return
    for path in write.write_all(files):
        typer.echo(f"wrote {path}")
    place = shlex.quote(str(folder))
    typer.secho("It reads a list. Next:", fg="green")
    typer.echo(f"  pip install -e {place}                # the entry point makes it known")
    typer.echo(f"  pytest {place}                        # the conformance suite, on the list")
    typer.echo(f"  grep -rn REPLACE {place}              # what to replace by the source")
