"""`dagster-ingest new tenant`: a tenant file that validates, from answers and a sample delivery."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_ingest.cli.new.asking import Answers
from dagster_ingest.cli.new.found import Found, asked
from dagster_ingest.errors import SpecError
from dagster_ingest.settings import Settings

if TYPE_CHECKING:
    from dagster_ingest.cli.new.look import Drop
    from dagster_ingest.scaffold.tenant import NewTenant

READERS = ("hsds_package", "postgres")


def tenant(
    name: Annotated[str, typer.Argument(help="Name: lower-case letters, digits and underscores.")],
    system: Annotated[str | None, typer.Option("--system", help="The vendor's product.")] = None,
    connector: Annotated[str | None, typer.Option("--connector", help="What moves the bytes.")] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", "-s", help="State, two letters. Repeatable.")
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="E-mail address or team:name.")] = None,
    cost_center: Annotated[str | None, typer.Option("--cost-center", help="Cost tag.")] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", help="Of the schedule.")] = None,
    cron: Annotated[str | None, typer.Option("--cron", help="When sources are loaded.")] = None,
    reader: Annotated[str | None, typer.Option("--reader", help=" or ".join(READERS))] = None,
    dsn: Annotated[str | None, typer.Option("--dsn", help="Of postgres: the secret's name.")] = None,
    display_name: Annotated[str | None, typer.Option("--display-name", help="As people know it.")] = None,
    drop: Annotated[
        Path | None, typer.Option("--drop", help="A sample delivery to look at: a folder or a file.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--setting", help="KEY=VALUE of the connector, value as YAML. Repeatable."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing; take what is meant by default.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the files and write nothing.")] = False,
) -> None:
    """Write a tenant's YAML: asks or takes flags, looks at a sample delivery, validates before it writes."""
    from dagster_ingest.cli.new.write import shown
    from dagster_ingest.scaffold import names

    app = Settings.load(tenants=())
    there = [p.parent.name for p in app.tenants_dir.glob("*/tenant.yaml")]
    names.valid("tenant's name", names.new_name("tenant", name, there, shown(app.tenants_dir, app.root)))
    answers = Answers(yes)
    place = _drop(answers, drop)
    found = asked(app, answers, name, system, connector, setting or [], list(state or ()), place)
    made = _made(found, answers, owner, cost_center, timezone, cron, reader, dsn, display_name)
    answers.complete()
    _write(app, made, place, dry_run)


def _drop(answers: Answers, given: Path | None) -> Drop | None:
    from dagster_ingest.cli.new.look import Drop

    text = answers.of(
        "--drop", "Sample delivery, a folder or a file (empty for none)", given and str(given), ""
    )
    return Drop.at(Path(text)) if text else None


def _made(
    found: Found,
    answers: Answers,
    owner: str | None,
    cost_center: str | None,
    timezone: str | None,
    cron: str | None,
    reader: str | None,
    dsn: str | None,
    display_name: str | None,
) -> NewTenant:
    from dagster_ingest.scaffold import names
    from dagster_ingest.scaffold.states import zone_of
    from dagster_ingest.scaffold.tenant import NewTenant

    def checked(kind: str):
        return lambda value: names.valid(kind, value)

    ask, name, zone = answers.of, found.name, zone_of(found.states) or "UTC"
    title = ask("--display-name", "Name as people know it", display_name, name.replace("_", " ").title())
    person = ask("--owner", "Owner, an e-mail address or team:name", owner, None, checked("owner"))
    return NewTenant(
        name=name,
        display_name=title,
        owner=person or "",
        cost_center=ask("--cost-center", "Cost center", cost_center, name, checked("cost center")),
        timezone=ask("--timezone", "Time zone", timezone, zone, checked("time zone")),
        cron=ask("--cron", "When to load (cron)", cron, "15 3 * * *", checked("cron")),
        states=found.states,
        system=found.system.system,
        title=found.system.title,
        connector=found.connector,
        binding=found.binding,
        why_binding=found.why,
        settings=found.settings,
        tables=found.tables,
        own=found.own,
        **_reader(answers, reader, dsn),
    )


def _reader(answers: Answers, reader: str | None, dsn: str | None) -> dict[str, Any]:
    from dagster_ingest.scaffold import names

    def one(value: str) -> str:
        return names.one_of("reader", value, READERS)

    to = answers.of("--reader", f"Publish by ({', '.join(READERS)})", reader, READERS[0], one)
    if to == "postgres" or dsn:
        question = "Name of the secret with the connection string"
        secret = "PUBLISH_POSTGRES_DSN"
        dsn = answers.of("--dsn", question, dsn, secret, lambda value: names.valid("secret", value))
    return {"reader": to, "dsn": dsn}


def _write(app: Settings, made: NewTenant, drop: Drop | None, dry_run: bool) -> None:
    import os

    from dagster_ingest.cli.new import write

    folder = app.tenants_dir / made.name
    drops = app.drops / made.name
    path = app.root / "schemas" / "tenant.schema.json"
    schema = os.path.relpath(path, folder) if path.exists() else None
    files = made.files(schema, write.shown(drops, app.root) + "/")
    if problems := write.tenant_problems(app, made.name, files):
        listed = "\n".join(str(problem) for problem in problems)
        raise SpecError(
            f"the tenant would not be sound:\n{listed}",
            not_done="nothing was written",
            fix="give other flags; --setting and --drop say what the source is like",
        )
    placed = {folder / name: text for name, text in files.items()}
    if dry_run:
        write.show(placed, app.root)
        return
    for file in write.write_all(placed):
        typer.echo(f"wrote {write.shown(file, app.root)}")
    _tell(app, made, drop)


def _tell(app: Settings, made: NewTenant, drop: Drop | None) -> None:
    """What to do next, and what to know."""
    from dagster_ingest.cli.new import write

    drops = app.drops / made.name
    typer.secho("It validates. Next:", fg="green")
    if made.connector == "files":
        source = "DELIVERY/." if drop is None else f"{drop.folder}/{drop.file or '.'}"
        place = shlex.quote(write.shown(drops, app.root))
        typer.echo(f"  mkdir -p {place} && cp -r {shlex.quote(source)} {place}/")
    else:
        typer.echo(f"  dagster-ingest validate --secrets --tenant {made.name}")
    typer.echo(f"  dagster-ingest source check {made.name} {made.system}")
    typer.echo(f"  dagster-ingest run --tenant {made.name}")
    if made.connector == "files" and write.in_git(drops / "delivery.csv", app.root):
        typer.secho(f"Git would take {drops}: deliveries are private, add it to .gitignore", fg="yellow")
    if made.own:
        typer.secho(
            "The contracts are drafts: read them, mend them, then set `status: active`. Tables of the"
            " tenant's own land and are audited; no dbt model reads them, so nothing of them is published."
            " To publish them, describe the vendor: dagster-ingest new system",
            fg="yellow",
        )
