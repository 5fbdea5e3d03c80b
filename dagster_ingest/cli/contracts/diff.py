"""`contracts diff` and `contracts check`: what changed since a git revision. Neither dagster nor polars."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from dagster_ingest.evolution.compared import Compared, Comparison
    from dagster_ingest.evolution.impact import Impact

_COLOURS = {"compatible": "green", "conditional": "yellow", "breaking": "red"}

TenantOption = Annotated[
    list[str] | None, typer.Option("--tenant", "-t", help="Only this tenant. Repeatable.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
ReportOption = Annotated[
    Path | None, typer.Option("--report", help="Write a Markdown report of the size of a comment.")
]


def diff(
    against: Annotated[
        str, typer.Option("--against", metavar="GITREV", help="Compare the working tree with this revision.")
    ] = "HEAD",
    tenant: TenantOption = None,
    as_json: JsonOption = False,
    report: ReportOption = None,
) -> None:
    """Show how contracts changed, what each change breaks, and which version it needs."""
    _run(against, tenant, as_json, report)


def check(
    against: Annotated[
        str, typer.Option("--against", metavar="GITREV", help="Compare the working tree with this revision.")
    ],
    tenant: TenantOption = None,
    as_json: JsonOption = False,
    report: ReportOption = None,
) -> None:
    """Exit 1 where a contract changed and its version did not make the step that the change needs."""
    if not _run(against, tenant, as_json, report).ok:
        raise typer.Exit(1)


def _run(against: str, tenants: list[str] | None, as_json: bool, path: Path | None) -> Compared:
    from dagster_ingest.evolution.compare import compare
    from dagster_ingest.evolution.report import as_dict, markdown
    from dagster_ingest.evolution.revision import beside

    settings = Settings.load(tenants=tuple(tenants) if tenants else None)
    with beside(settings, against) as pair:
        compared = compare(pair, against)
        # What stands downstream is read from the dbt projects: seconds, which only a report is worth.
        found, told = _impact(settings, compared) if path and compared.breaking else ((), "")
    if path:
        path.write_text(markdown(compared, told), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(as_dict(compared, found), indent=2))
    else:
        _print(compared)
    return compared


def _impact(settings: Settings, compared: Compared) -> tuple[tuple[Impact, ...], str]:
    from dagster_ingest.evolution.impact import impacts
    from dagster_ingest.evolution.impact_report import impact_markdown

    found = impacts(settings, compared, compared.specs, compared.before)
    return found, impact_markdown(found)


def _print(compared: Compared) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for comparison in compared.comparisons:
        _print_one(console, comparison)
    for note in compared.notes:
        console.print(Text(f"note: {note}", style="yellow"))
    if not compared.comparisons:
        console.print(Text(f"no contract differs from {compared.against}", style="green"))
        return
    count = len(compared.comparisons)
    said = f"{count} {'contract' if count == 1 else 'contracts'} changed since {compared.against}"
    console.print(Text(f"{said}: {compared.overall}", style=_COLOURS[compared.overall]))
    if wrong := len(compared.problems):
        console.print(Text(f"{wrong} {'version' if wrong == 1 else 'versions'} to raise", style="bold red"))


def _print_one(console: Console, comparison: Comparison) -> None:
    from rich.text import Text

    from dagster_ingest.evolution.report import reaches

    title = Text(comparison.title, style="bold")
    title.append(f"  {comparison.versions}", style="cyan")
    if comparison.reaches:
        title.append(f"  reaches {reaches(comparison.reaches)}", style="dim")
    console.print(title)
    for change in comparison.changes:
        effect = change.effect
        line = Text("  ")
        line.append(f"{effect.overall:<12}", style=_COLOURS[effect.overall]).append(change.words)
        console.print(line)
        told = f"writers {effect.writers}, readers {effect.readers}: {effect.why}"
        console.print(Text(f"              {told}", style="dim"))
        if change.hint:
            console.print(Text(f"              {change.hint}", style="yellow"))
    if comparison.problem:
        where = f"{comparison.file}:{comparison.line}" if comparison.line else comparison.file
        told = f"  {where}: {comparison.problem}; needed: {comparison.needed}"
        console.print(Text(told, style="bold red"))
        if comparison.hint:
            console.print(Text(f"  {comparison.hint}", style="yellow"))
