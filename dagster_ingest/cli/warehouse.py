"""`dagster-ingest warehouse plan` and `apply`: what an administrator sets up for the target in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.cli.common import JsonOption, TenantOption, chosen_tenants, print_json

if TYPE_CHECKING:
    from dagster_ingest.land.grants.statement import Plan
    from dagster_ingest.settings import Settings
    from dagster_ingest.spec.warehouse import SnowflakeWarehouse

ConnectionOption = Annotated[
    str | None,
    typer.Option(
        "--connection",
        help="Connection of connections.toml that may manage roles. Default: the target's own.",
    ),
]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Schemas, roles, grants, warehouses and resource monitors, made of the specs.",
)


@app.command()
def plan(
    tenant: TenantOption = None,
    against: Annotated[
        bool, typer.Option("--against", help="Ask the account, and show only what it lacks.")
    ] = False,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the SQL, each statement with its reason. Nothing runs."""
    settings, found = _plan(tenant)
    if found.statements and (against or connection):
        found = _due(settings, found, connection)
    if as_json:
        print_json({"statements": [s.as_dict() for s in found.statements], "notes": list(found.notes)})
    else:
        typer.echo(found.script(), nl=False)


@app.command()
def apply(
    tenant: TenantOption = None,
    connection: ConnectionOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Run what the account has already as well; it changes nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the plan, and report each statement. Ends at the first that fails; run it again then."""
    from dagster_ingest.land.grants.apply import apply as run

    settings, found = _plan(tenant)
    if not found.statements:
        typer.echo(found.script() if not as_json else "[]", nl=as_json)
        return
    with _session(settings, connection) as session:
        if not everything:
            from dagster_ingest.land.grants.against import differing

            found = differing(found, session)
        if not yes:
            typer.echo(found.script(), nl=False, err=as_json)
            typer.confirm(f"Run {len(found.statements)} statements?", abort=True, err=as_json)
        done = []
        for step in run(found, session):
            done.append(step)
            if not as_json:
                typer.secho(
                    f"{'failed' if step.error else 'done'}  {step.statement.sql}", err=bool(step.error)
                )
                if step.error:
                    typer.secho(str(step.error), fg="red", err=True)
    if as_json:
        print_json([step.as_dict() for step in done])
    left = len(found.statements) - len(done)
    if done and done[-1].error:
        typer.secho(f"{left} statements were not run", fg="red", err=True)
        raise typer.Exit(1)


def _plan(tenants: list[str] | None) -> tuple[Settings, Plan]:
    """For all tenants, for quotas are sums; then those statements that concern the chosen ones."""
    from dataclasses import replace

    from dagster_ingest.land.grants.iceberg import iceberg_plan
    from dagster_ingest.land.grants.plan import snowflake_plan
    from dagster_ingest.land.grants.statement import Plan
    from dagster_ingest.spec.warehouse import DuckDBWarehouse, SnowflakeWarehouse, warehouse_of

    settings, specs = chosen_tenants(None)
    chosen = chosen_tenants(tenants)[1] if tenants else specs
    target = warehouse_of(settings)
    if isinstance(target, DuckDBWarehouse):
        note = f"the target {settings.target!r} is DuckDB, files of this machine: there is nothing to set up"
        return settings, Plan((), (note,))
    if isinstance(target, SnowflakeWarehouse):
        whole = snowflake_plan(target, [spec.model for spec in specs])
    else:
        whole = iceberg_plan(target, specs)
    names = {"", *(spec.name for spec in chosen)}
    return settings, replace(whole, statements=tuple(s for s in whole.statements if s.tenant in names))


def _due(settings: Settings, found: Plan, connection: str | None) -> Plan:
    from dagster_ingest.land.grants.against import differing

    with _session(settings, connection) as session:
        return differing(found, session)


def _session(settings: Settings, connection: str | None):
    """A session of an administrator's: a function that runs one statement and gives its rows."""
    from dagster_ingest.errors import SpecError
    from dagster_ingest.secrets import secrets_of
    from dagster_ingest.spec.warehouse import SnowflakeWarehouse, warehouse_of

    target = warehouse_of(settings)
    if not isinstance(target, SnowflakeWarehouse):
        raise SpecError(
            "the SQL of an Iceberg target is text: it has no account to run on",
            not_done="nothing ran",
            fix="run what `dagster-ingest warehouse plan` prints in the account that reads the tables",
        )
    from dagster_ingest.land.snowflake.administrator import PLATFORM, administrator

    return administrator(_as_administrator(target, connection), secrets_of(settings, PLATFORM))


def _as_administrator(target: SnowflakeWarehouse, connection: str | None) -> SnowflakeWarehouse:
    """By a connection of one's own, nothing of the target's sign-in is left."""
    own = {"connection": connection, "account": None, "user": None, "authentication": None}
    return target.model_copy(update=own) if connection else target
