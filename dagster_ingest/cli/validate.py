"""`dagster-ingest validate`: check every spec and contract. Imports neither dagster nor polars."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.settings import Settings

if TYPE_CHECKING:
    from dagster_ingest.spec.problem import SpecProblem
    from dagster_ingest.spec.validate import Summary


def validate(
    tenant: Annotated[
        list[str] | None, typer.Option("--tenant", "-t", help="Only this tenant. Repeatable.")
    ] = None,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Also look up every secret that the specs name.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Check all specs and contracts. Exits 1 if anything is wrong, and says where."""
    from dagster_ingest.cli.secrets import absent, print_absent
    from dagster_ingest.connectors.registry import problems
    from dagster_ingest.spec.validate import validate as check

    settings = Settings.load(tenants=tuple(tenant) if tenant else None)
    summary, left_out = check(settings), problems()
    missing = absent(settings) if secrets else None
    if as_json:
        found = summary.as_dict() | {"connectors": list(left_out)}
        found |= {} if missing is None else {"secrets": [m.as_dict() for m in missing]}
        typer.echo(json.dumps(found, indent=2))
    else:
        _print(summary)
        for problem in left_out:
            typer.secho(problem, fg="yellow")
        if missing is not None:
            print_absent(missing)
    if not summary.ok or missing:
        raise typer.Exit(1)


def _print(summary: Summary) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    merged = _merged(summary.errors)
    for file, group in groupby(merged, key=lambda pair: pair[0].file):
        problems = list(group)
        tenants = tuple(dict.fromkeys(name for _, names in problems for name in names))
        title = Text(file, style="bold")
        if tenants:
            title.append(f"  ({_named(tenants)} not loaded)", style="dim")
        console.print(title)
        for problem, _ in problems:
            place = ":".join(str(part) for part in (problem.line, problem.column) if part is not None)
            line = Text("  ")
            line.append(f"{place:<8}", style="cyan").append(problem.problem, style="red")
            if problem.value and problem.value not in problem.problem:
                line.append(f"  {problem.value}", style="yellow")
            console.print(line)
            if problem.hint:
                console.print(Text(f"          {problem.hint}", style="dim"))
    counts = f"{summary.tenants} tenants, {summary.sources} sources, {summary.tables:,} tables"
    console.print(Text(f"{counts}, {summary.rules:,} rules", style="green" if summary.ok else "default"))
    if not summary.ok:
        more = f" in {_named(summary.broken)}" if summary.broken else ""
        console.print(
            Text(f"{len(merged)} {'error' if len(merged) == 1 else 'errors'}{more}", style="bold red")
        )


def _merged(problems: list[SpecProblem]) -> list[tuple[SpecProblem, tuple[str, ...]]]:
    """Problems by file and line; one that several tenants share, once with their names."""
    from dataclasses import replace

    found: dict[SpecProblem, list[str]] = {}
    for problem in problems:
        names = found.setdefault(replace(problem, tenant=None), [])
        if problem.tenant:
            names.append(problem.tenant)
    ordered = sorted(found, key=lambda p: (p.file, p.line or 0, p.column or 0))
    return [(problem, tuple(found[problem])) for problem in ordered]


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
