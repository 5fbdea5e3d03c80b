"""`dagster-ingest new`: the files of a new tenant, system or connector. Nothing is ever overwritten."""

from __future__ import annotations

import typer

from dagster_ingest.cli.lazy import lazy_group

# Command to "module:function" beside this file.
COMMANDS = {
    "tenant": "tenant:tenant",
    "system": "system:system",
    "connector": "connector:connector",
}

app = typer.Typer(
    cls=lazy_group(COMMANDS, __package__),
    add_completion=False,
    no_args_is_help=True,
    help="Add a tenant, a vendor's system, or a connector.",
)


@app.callback()
def _main() -> None:
    """Add a tenant, a vendor's system, or a connector."""
