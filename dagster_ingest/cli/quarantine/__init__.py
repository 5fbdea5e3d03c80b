"""`dagster-ingest quarantine`: rows that the audit refused, and what people do with them."""

from __future__ import annotations

import typer

from dagster_ingest.cli.lazy import lazy_group

# Command to "module:function" beside this file.
COMMANDS = {
    "list": "look:list_rows",
    "show": "look:show_row",
    "export": "export:export",
    "replay": "replay:replay",
    "dismiss": "decide:dismiss",
    "purge": "decide:purge",
}

app = typer.Typer(
    cls=lazy_group(COMMANDS, __package__),
    add_completion=False,
    no_args_is_help=True,
    help="Rows that the audit refused: kept verbatim, with their rules.",
)


@app.callback()
def _main() -> None:
    """Rows that the audit refused: kept verbatim, with their rules."""
