"""`dagster-ingest`: a command is a function in a module beside this file, imported when it is called."""

from __future__ import annotations

import typer

from dagster_ingest.cli.lazy import lazy_group

# Command to "module:name" of a function, or of a Typer app where the command has commands of its own.
COMMANDS = {
    "validate": "validate:validate",
    "run": "run:run",
    "status": "status:status",
    "explain": "status:explain",
    "quarantine": "quarantine:app",
    "review": "review:app",
    "contracts": "contracts:app",
    "source": "source:app",
    "new": "new:app",
    "schema": "schema:schema",
}

app = typer.Typer(
    cls=lazy_group(COMMANDS, __package__),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Ingestion of social-service data from specs and contracts.",
)


@app.callback()
def _main() -> None:
    """Ingestion of social-service data from specs and contracts."""
