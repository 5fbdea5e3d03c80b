"""Commands looked up by name, so that `validate` imports nothing of what `run` needs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup

from dagster_ingest.errors import IngestError, guess


class LazyGroup(TyperGroup):
    """`targets`: command to "module:name" of a function, or of a Typer app with commands of its own.
    Modules stand in `package`."""

    targets: Mapping[str, str] = {}
    package = ""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for name, target in self.targets.items() if find_spec(self._module(target))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        target = self.targets[cmd_name]
        found = getattr(importlib.import_module(self._module(target)), target.partition(":")[2])
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
            near = guess(name, self.targets)
            hint = f" Did you mean {near!r}?" if near else ""
            ctx.fail(f"No such command {name!r}.{hint} There are: {', '.join(self.list_commands(ctx))}.")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except IngestError as error:
            typer.secho(str(error), fg="red", err=True)
            raise typer.Exit(2) from None

    def _module(self, target: str) -> str:
        return f"{self.package}.{target.partition(':')[0]}"


def lazy_app(targets: Mapping[str, str], package: str, help: str) -> typer.Typer:
    """An app of the commands that `targets` names; see LazyGroup."""
    app = typer.Typer(
        cls=type("Commands", (LazyGroup,), {"targets": targets, "package": package}),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_show_locals=False,
        help=help,
    )
    app.callback(help=help)(lambda: None)
    return app
