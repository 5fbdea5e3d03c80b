"""`dagster-ingest source check|discover|preview`: a source by itself, without a contract or a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_ingest.cli.common import JsonOption, console, print_json
from dagster_ingest.errors import IngestError
from dagster_ingest.redact import MASK, redact
from dagster_ingest.settings import Settings

if TYPE_CHECKING:
    from dagster_ingest.connectors.base import Batch, Checked, ReadRequest
    from dagster_ingest.evolution.sample import Place

_WIDEST = 60

app = typer.Typer(no_args_is_help=True, help="Try a source: reach it, see its tables, look at rows.")

TenantArgument = Annotated[str, typer.Argument(help="Tenant.")]
SourceArgument = Annotated[str, typer.Argument(help="Source, as the tenant file names it.")]
TableOption = Annotated[str, typer.Option("--table", "-t", help="One table; else the source as a whole.")]
StateOption = Annotated[
    str | None, typer.Option("--state", "-s", help="State; else every one, or the first.")
]


@app.command()
def check(
    tenant: TenantArgument,
    source: SourceArgument,
    table: TableOption = "",
    state: StateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Can the source be reached, and does it let us in? Exits 1 if not, and says why."""
    at = _place(tenant, source)
    states = [at.state(state)] if state else at.tenant.states
    found = {name: _checked(at, table, name) for name in states}
    if as_json:
        print_json([{"state": name, **_masked(asdict(said))} for name, said in found.items()])
    else:
        for name, said in found.items():
            typer.secho("ok      " if said.ok else "failed  ", fg="green" if said.ok else "red", nl=False)
            typer.echo(f"{tenant}/{source} {name}: {redact(said.words)}")
    if not all(said.ok for said in found.values()):
        raise typer.Exit(1)


@app.command()
def discover(
    tenant: TenantArgument,
    source: SourceArgument,
    table: TableOption = "",
    state: StateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tables of the source, with columns and keys as far as it tells them."""
    from dagster_ingest.connectors import registry

    at = _place(tenant, source)
    request = _request(at, table, at.state(state))
    tables = registry.connector(at.source.connector).discover(request)
    if as_json:
        print_json(_masked([asdict(found) for found in tables]))
        return
    for found in tables:
        keys = f"  key {', '.join(found.keys)}" if found.keys else ""
        console.print(f"[bold]{found.table}[/]  {len(found.columns)} columns{keys}", highlight=False)
        for column in found.columns:
            facts = " ".join(filter(None, (column.type, "" if column.nullable is not False else "not null")))
            typer.echo(f"  {column.name}" + (f"  {facts}" if facts else ""))
        if found.settings:
            typer.echo(f"  settings: {redact(str(dict(found.settings)))}")
    typer.echo(f"{len(tables)} table{'s' if len(tables) != 1 else ''}")


@app.command()
def preview(
    tenant: TenantArgument,
    source: SourceArgument,
    table: TableOption = "",
    state: StateOption = None,
    rows: Annotated[int, typer.Option("--rows", min=1, max=1000, help="How many.")] = 5,
    show_private: Annotated[
        bool, typer.Option("--show-private", help="Show columns of the never-publish register, too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """First rows of a table as they would land. Nothing is written."""
    at = _place(tenant, source)
    names = [table] if table else list(at.source.tables)
    if len(names) != 1:
        listed = ", ".join(names) or "dagster-ingest source discover lists them"
        raise typer.BadParameter(f"name a table: {listed}", param_hint="--table")
    request = _request(at, names[0], at.state(state), rows)
    hidden = () if show_private else _private(at)
    records = list(islice(_records(at, request, hidden), rows))
    if as_json:
        print_json(records)
    else:
        _print_rows(records)


def _place(tenant: str, source: str) -> Place:
    from dagster_ingest.evolution.sample import place

    return place(Settings.load(), tenant, source)


def _request(at: Place, table: str, state: str, sample: int | None = None) -> ReadRequest:
    from dataclasses import replace

    from dagster_ingest.evolution.sample import request_of

    return replace(request_of(at, table, state), sample=sample)


def _checked(at: Place, table: str, state: str) -> Checked:
    from dagster_ingest.connectors import registry
    from dagster_ingest.connectors.base import Checked

    try:
        return registry.connector(at.source.connector).check(_request(at, table, state))
    except IngestError as error:  # wrong settings, a missing secret
        return Checked(False, " ".join(str(error).split()))


def _private(at: Place) -> tuple[str, ...]:
    """Wildcards of headings that the system's register names, in lower case."""
    from dagster_ingest.spec.catalog import Catalog

    catalog = Catalog.of(at.settings.root, digest=False)
    if at.source.system not in catalog.folders:
        return ()
    system, _ = catalog.system(at.source.system)
    return tuple(heading.lower() for heading in system.private) if system else ()


def _records(at: Place, request: ReadRequest, hidden: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    from dagster_ingest.connectors import registry

    batches: Iterator[Batch] = registry.connector(at.source.connector).read(request).batches()
    for batch in batches:
        masked = [c for c in batch.frame.columns if any(fnmatchcase(c.lower(), h) for h in hidden)]
        for record in batch.frame.iter_rows(named=True):
            yield {**record, **{name: MASK for name in masked if record[name]}}


def _print_rows(records: list[dict[str, Any]]) -> None:
    """Columns below each other: sources are wide."""
    from rich.table import Table
    from rich.text import Text

    shown = Table("column", *(f"row {n}" for n in range(1, len(records) + 1)), show_lines=False)
    for name in dict.fromkeys(name for record in records for name in record):
        cells = (record.get(name) for record in records)
        shown.add_row(name, *(Text("null", "dim") if c is None else Text(_short(c)) for c in cells))
    console.print(shown)


def _short(cell: str) -> str:
    line = " ".join(redact(cell).split())
    return line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…"


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _masked(part) for key, part in value.items()}
    return [_masked(part) for part in value] if isinstance(value, (list, tuple)) else value
