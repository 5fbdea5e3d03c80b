"""`dagster-ingest contracts`: what changed, what it breaks, who is on which version, what the data says."""

from __future__ import annotations

import typer

from dagster_ingest.cli.lazy import lazy_group

# Command to "module:function" beside this file.
COMMANDS = {
    "diff": "diff:diff",
    "check": "diff:check",
    "matrix": "matrix:matrix",
    "propose": "draft:propose",
    "infer": "draft:infer",
}

app = typer.Typer(
    cls=lazy_group(COMMANDS, __package__),
    add_completion=False,
    no_args_is_help=True,
    help="Contracts: changes and what they break, versions by tenant, drift, drafts from data.",
)


@app.callback()
def _main() -> None:
    """Contracts: changes and what they break, versions by tenant, drift, drafts from data."""
