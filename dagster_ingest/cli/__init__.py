"""`dagster-ingest`: a command is a function in a module beside this file, imported when it is called."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup

from dagster_ingest.errors import IngestError, guess

# Command to "module:name" of a function, or of a Typer app where the command has commands of its own.
COMMANDS = {
    "validate": "validate:validate",
    "run": "run:run",
    "status": "status:status",
    "explain": "status:explain",
    "quarantine": "quarantine:app",
    "schema": "schema:schema",
}


class LazyCommands(TyperGroup):
    """Looks commands up by name, so that `validate` imports nothing of what `run` needs."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for name, target in COMMANDS.items() if find_spec(_module(target))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        target = COMMANDS[cmd_name]
        found = getattr(importlib.import_module(_module(target)), target.partition(":")[2])
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False)
            single.command(cmd_name)(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            near = guess(name, COMMANDS)
            hint = f" Did you mean {near!r}?" if near else ""
            ctx.fail(f"No such command {name!r}.{hint} There are: {', '.join(self.list_commands(ctx))}.")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except IngestError as error:
            typer.secho(str(error), fg="red", err=True)
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Ingestion of social-service data from specs and contracts.",
)


@app.callback()
def _main() -> None:
    """Ingestion of social-service data from specs and contracts."""


def _module(target: str) -> str:
    return f"{__package__}.{target.partition(':')[0]}"
