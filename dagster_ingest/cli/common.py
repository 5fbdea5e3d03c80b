"""What the commands share: options, the choice of tenants and states, output."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from dagster_ingest.errors import SpecError, among
from dagster_ingest.settings import Settings

if TYPE_CHECKING:
    from dagster_ingest.land.duckdb import DuckDBLanding
    from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec

# A pipe or a log has no width of its own: tables keep their lines there.
console = Console() if sys.stdout.isatty() else Console(width=140)

TenantArgument = Annotated[str, typer.Argument(help="Tenant.")]
TableArgument = Annotated[str, typer.Argument(help="Raw table, such as wellsky_services.")]
TenantOption = Annotated[
    list[str] | None, typer.Option("--tenant", "-t", help="Only this tenant. Repeatable.")
]
StateOption = Annotated[
    list[str] | None, typer.Option("--state", "-s", help="Only this state, two letters. Repeatable.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, default=str))


def chosen_states(
    tenants: list[str] | None, states: list[str] | None
) -> tuple[Settings, list[tuple[str, str]]]:
    """(tenant, state) pairs that the options name. An unknown one is an error with a guess."""
    settings, specs = chosen_tenants(tenants)
    pairs = [(spec.name, state) for spec in specs for state in spec.states]
    known = {state for _, state in pairs}
    for state in states or ():
        if state not in known:
            raise SpecError(
                f"no chosen tenant has the state {state!r}",
                not_done="nothing ran",
                fix=among(state.upper(), sorted(known), "states here:"),
            )
    return settings, [pair for pair in pairs if not states or pair[1] in states]


def chosen_tenants(tenants: list[str] | None):
    """Settings and the sound tenants. A broken tenant that was asked for is an error; others warn."""
    from dagster_ingest.spec.load import load_tenants

    settings = Settings.load(tenants=tuple(tenants) if tenants else None)
    loaded = load_tenants(settings)
    if loaded.errors and (tenants or not loaded.tenants):
        raise SpecError("\n".join(str(problem) for problem in loaded.errors), not_done="nothing ran")
    for problem in loaded.errors:
        typer.secho(f"left out: {problem}", fg="red", err=True)
    return settings, loaded.tenants


def one_tenant(tenant: str, states: list[str] | None = None) -> tuple[Settings, TenantSpec, DuckDBLanding]:
    """Settings, spec and store. SpecError for a tenant or state that is none."""
    from dagster_ingest.land.warehouse import landing_of

    chosen_states([tenant], states)
    settings, [spec] = chosen_tenants([tenant])
    return settings, spec, landing_of(settings, spec)


def one_table(spec: TenantSpec, raw: str, not_done: str = "nothing was done") -> tuple[SourceSpec, TableSpec]:
    """The source and table that a raw name means. SpecError with what there is."""
    for source in spec.sources:
        for table in source.tables:
            if table.raw == raw:
                return source, table
    tables = [table.raw for source in spec.sources for table in source.tables]
    raise SpecError(
        f"the tenant {spec.name} has no raw table {raw!r}",
        not_done=not_done,
        fix=among(raw, tables, "tables here:"),
    )
