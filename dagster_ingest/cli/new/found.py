"""The source of a new tenant: system, connector, settings, tables, states, as far as a sample tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from dagster_ingest.cli.new.asking import Answers
from dagster_ingest.errors import IngestError, SpecError
from dagster_ingest.settings import Settings

if TYPE_CHECKING:
    from dagster_ingest.cli.new.look import Drop, Look
    from dagster_ingest.scaffold.seen import TableSeen
    from dagster_ingest.spec.catalog import Catalog
    from dagster_ingest.spec.system import System


class Found:
    """What is known of the new tenant's source once the sample was looked at."""

    def __init__(self, name: str, system: System, connector: str, settings: dict[str, Any]) -> None:
        self.name, self.system, self.connector, self.settings = name, system, connector, settings
        self.tables: Sequence[TableSeen] = ()
        self.states: list[str] = []
        self.binding: Mapping[str, Any] = {"by": "whole"}
        self.why = ""
        self.own = system.own_tables is not None and not any(t.required for t in system.tables.values())


def asked(
    app: Settings,
    answers: Answers,
    name: str,
    system: str | None,
    connector: str | None,
    setting: list[str],
    states: list[str],
    drop: Drop | None,
) -> Found:
    """Flags, questions and the sample, in the order in which one leads to the next."""
    from dagster_ingest.cli.new import look
    from dagster_ingest.scaffold import names
    from dagster_ingest.spec.catalog import Catalog

    catalog = Catalog.of(app.root, digest=False)
    known = tuple(catalog.folders)
    chosen = answers.of(
        "--system", f"System ({', '.join(known)})", system, None, lambda v: names.one_of("system", v, known)
    )
    answers.complete()
    described = _system(catalog, chosen)
    moves = catalog.connectors.names()
    kind = answers.of(
        "--connector",
        f"Connector ({', '.join(moves)})",
        connector,
        next(look.chosen(described), "files"),
        lambda v: names.one_of("connector", v, moves),
    )
    if drop is not None and kind != "files":
        fix = f"leave --drop out: the connector {kind!r} is asked itself"
        raise SpecError("a sample delivery is files", not_done="nothing was written", fix=fix)
    given = _settings(answers, catalog, described, kind, setting)
    found = Found(name, described, kind, given)
    states = [names.valid("state", s) for s in states]
    if drop is not None and drop.states and kind == "files" and "path" not in given:
        _feeds(found, drop, states)
    first = (states or list(drop.states if drop else ()) or ["IA"])[0]
    looking = look.Look(app, catalog, name, described, kind, dict(found.settings), first, drop)
    found.tables = _looked(looking, found)
    _bind(found, answers, states, sorted(drop.states) if drop and "path" in found.settings else [])
    return found


def _system(catalog: Catalog, name: str) -> System:
    system, problems = catalog.system(name)
    if system is None:
        raise SpecError("\n".join(map(str, problems)), not_done="nothing was written")
    return system


def _settings(
    answers: Answers, catalog: Catalog, system: System, connector: str, given: list[str]
) -> dict[str, Any]:
    """Those of flags, and an answer for every one that the connector cannot do without."""
    from dagster_ingest.scaffold.settings import parsed

    found = parsed(given)
    model = catalog.connectors.settings_model(connector)
    table = next(iter(system.tables.values()), system.own_tables)
    under = {**(system.settings_for(table, connector) if table else {}), **found}
    for name, described in model.model_fields.items():
        key = described.alias or name
        if described.is_required() and key not in under:
            said = " ".join((described.description or "").split())
            text = answers.of(f"--setting {key}=...", f"{connector}: {key} ({said})", None, None)
            found |= parsed([f"{key}={text}"]) if text else {}
    answers.complete()
    return found


def _feeds(found: Found, drop: Drop, states: list[str]) -> None:
    """A folder for each state."""
    wanted = states or list(drop.states)
    spelled = {drop.states.get(state) for state in wanted} - {None}
    upper = spelled and all(name == name.upper() for name in spelled if name)
    found.settings["path"] = "{STATE}" if upper else "{state}"


def _looked(looking: Look, found: Found) -> Sequence[TableSeen]:
    """What the delivery has, told as it is found. Without a delivery: the names of the tables."""
    from dagster_ingest.scaffold.seen import TableSeen

    files = found.connector == "files"
    if files and looking.drop is None and not (looking.app.drops / found.name).is_dir():
        if found.own:
            raise SpecError(
                f"the tables of the system {found.system.system!r} are the tenant's own, and there is no"
                " delivery to draft their contracts from",
                not_done="nothing was written",
                fix="give a sample delivery: --drop FOLDER",
            )
        return [TableSeen(name) for name in looking.wanted]
    if not files and not found.own and (why := looking.unreachable()):
        typer.secho(f"The source was not looked at: {why}", fg="yellow", err=True)
        return [TableSeen(name) for name in looking.wanted]
    try:
        tables = looking.tables()
    except IngestError as error:
        if found.own:
            raise
        typer.secho(f"The source was not looked at: {error.problem}", fg="yellow", err=True)
        return [TableSeen(name) for name in looking.wanted]
    if found.own and not tables:
        fix = "give the folder that the files lie in, or their --setting pattern=..."
        raise SpecError("the delivery has no table", not_done="nothing was written", fix=fix)
    for table in tables:
        typer.secho(f"{table.table}: ", bold=True, nl=False, err=True)
        typer.echo(table.words, err=True)
    return tables


def _bind(found: Found, answers: Answers, states: list[str], folders: list[str]) -> None:
    """States and how rows belong to them. `folders`: states that have a folder in the delivery."""
    from dagster_ingest.scaffold import names
    from dagster_ingest.scaffold.states import state_columns

    columns = state_columns(found.tables, states)
    likely = columns[0] if columns else None
    proposed = ",".join(folders or (likely.states if likely else ())) or None

    def listed(text: str) -> list[str]:
        return names.valid("list of states", [part.strip() for part in text.split(",") if part.strip()])

    given = ",".join(states) or None
    found.states = (
        answers.of("--state", "States, two letters each, with commas", given, proposed, listed) or []
    )
    answers.complete()
    if "{state" in str(found.settings).lower():
        found.binding, found.why = {"by": "feed"}, "each state has a feed of its own: {state} in the settings"
        return
    fits = [c for c in state_columns(found.tables, found.states) if c.states == sorted(found.states)]
    if len(found.states) == 1:
        found.why = "one state: the whole feed belongs to it"
        more = next((c for c in state_columns(found.tables) if len(c.states) > 1), None)
        if more is not None:
            found.why += f" (but {more.heading} speaks of {', '.join(more.states)}: bind by column?)"
        return
    if fits:
        found.binding = fits[0].binding()
        found.why = f"one feed holds all states; every row's {fits[0].heading} says which"
        return
    if found.connector != "files":
        raise SpecError(
            "several states, and nothing tells their rows apart",
            not_done="nothing was written",
            fix="put {state} or {STATE} into a --setting, or give one --state",
        )
    found.settings["path"] = "{state}"
    found.binding, found.why = {"by": "feed"}, "each state's files lie in a folder of its own: ia/, ne/, ..."
