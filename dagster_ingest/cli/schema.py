"""`dagster-ingest schema`: JSON schemas that give editors help and errors while specs are written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dagster_ingest.settings import Settings


def schema(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write to. Default: schemas/ of the project.")
    ] = None,
) -> None:
    """Write the JSON schemas of tenant, contract and system files."""
    from dagster_ingest.spec.editor import write_schemas

    settings = Settings.load()
    for path in write_schemas(out or settings.root / "schemas", settings.root):
        typer.echo(str(path))
