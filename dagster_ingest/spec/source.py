"""One source of a tenant, with its system's defaults laid under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from dagster_ingest import naming
from dagster_ingest.errors import SpecError, guess
from dagster_ingest.spec.arrival import check_arrival
from dagster_ingest.spec.binding import check_binding, check_column, check_placeholders, filled
from dagster_ingest.spec.catalog import Catalog
from dagster_ingest.spec.choose import choose_contract
from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.spec.models import Policy, Source, TableOptions
from dagster_ingest.spec.patch import rule_positions
from dagster_ingest.spec.positions import Positions
from dagster_ingest.spec.problem import Report, SpecProblem
from dagster_ingest.spec.resolved import SourceSpec, TableSpec
from dagster_ingest.spec.standing import check_standing
from dagster_ingest.spec.system import System, TableDefaults
from dagster_ingest.spec.texts import minutes
from dagster_ingest.spec.wording import explain

_NOTHING = TableOptions()


@dataclass(slots=True)
class Context:
    """What the resolution of one tenant works with. `problems` are those of other files."""

    tenant: str
    folder: str
    states: tuple[str, ...]
    catalog: Catalog
    report: Report
    problems: list[SpecProblem]
    lines: Positions | None = None
    checked: set[tuple[str, str]] = field(default_factory=set)

    def line(self, *loc: str) -> int | None:
        """The line of a key of the tenant file, where lines are wanted."""
        return self.lines.line(*loc) if self.lines else None


def resolve_source(context: Context, name: str, source: Source) -> SourceSpec | None:
    """The source ready to load, or None; what is wrong stands in the context."""
    loc = ("sources", name)
    system = _system(context, source, loc)
    known = context.catalog.connectors.names()
    if source.connector not in known:
        where, value = (*loc, "connector"), source.connector
        context.report.add(where, f"there is no connector {value!r}", value=value, allowed=known)
    check_binding(source, context.states, context.report, loc)
    if system is None or source.connector not in known:
        return None
    chosen = _chosen(context, source, system, loc)
    tables = [_table(context, name, source, system, n, options or _NOTHING) for n, options in chosen.items()]
    ordered = _ordered(context, [table for table in tables if table], frozenset(chosen), loc)
    line = context.line(*loc)
    sweep = minutes(source.sweep) if source.sweep else None
    _check_arrival(context, source, ordered, loc)
    return SourceSpec(
        name, source.system, source.connector, source.mode, source.state, ordered, line, sweep, source.arrival
    )


def _check_arrival(context: Context, source: Source, tables: tuple[TableSpec, ...], loc: tuple) -> None:
    try:
        model = context.catalog.connectors.settings_model(source.connector)
    except SpecError:  # told of with the settings
        return
    settings = [table.settings for table in tables]
    check_arrival(source.arrival, source.connector, model, settings, context.report, loc)


def _system(context: Context, source: Source, loc: tuple) -> System | None:
    folders = context.catalog.folders
    if source.system not in folders:
        value = source.system
        context.report.add(
            (*loc, "system"), f"there is no system {value!r}", value=value, allowed=tuple(folders)
        )
        return None
    system, problems = context.catalog.system(source.system)
    context.problems.extend(problems)
    return system


def _chosen(
    context: Context, source: Source, system: System, loc: tuple
) -> Mapping[str, TableOptions | None]:
    """The tables to load, in the system's order, then the tenant's own."""
    if not source.tables:
        required = {name: None for name, table in system.tables.items() if table.required}
        if not required:
            fix = "name the tables under `tables:`"
            context.report.add(loc, f"the system {system.system!r} requires no table", fix=fix, on_key=True)
        return required
    if system.own_tables is None:
        for name in source.tables:
            if name not in system.tables:
                where, problem = (*loc, "tables", name), f"the system {system.system!r} has no table {name!r}"
                allowed = tuple(system.tables)
                context.report.add(where, problem, value=name, allowed=allowed, on_key=True)
    own = system.own_tables is not None
    order = [*(n for n in system.tables if n in source.tables), *(n for n in source.tables if own)]
    return {name: source.tables[name] for name in order}


def _table(
    context: Context, source_name: str, source: Source, system: System, name: str, options: TableOptions
) -> TableSpec | None:
    loc = ("sources", source_name, "tables", name)
    shipped = system.tables.get(name)
    defaults: TableDefaults = shipped or system.own_tables or TableDefaults()
    contract, following = choose_contract(context, system, defaults, name, options, loc)
    under = system.settings_for(defaults, source.connector)
    settings = _settings(context, source, under, name, options, ("sources", source_name))
    policy = options.policy or defaults.policy
    _check_policy(context, policy, (*loc, "policy"))
    if contract is None:
        return None
    check_standing(context, contract, publishes=shipped is not None, mode=source.mode)
    _check_turns(context, source, contract, settings, loc)
    check_column(source, contract, context.report, ("sources", source_name))
    return TableSpec(
        name=name,
        raw=naming.table_name(source_name, name),
        contract=contract,
        policy=policy,
        settings=settings,
        parents=_parents(contract),
        decode={r.columns[0]: r.params["codec"] for r in contract.rules if r.kind == "decodes"},
        template_row=defaults.template_row,
        line=context.line(*loc) or context.line("sources", source_name),
        stamp=naming.column_name(defaults.stamp) if defaults.stamp else None,
        deleted={naming.column_name(c): tuple(words) for c, words in defaults.deleted.items()},
        major=following[1] if following else None,
        family=following[0] if following else None,
    )


def _settings(
    context: Context, source: Source, under: dict[str, Any], name: str, options: TableOptions, loc: tuple
) -> dict[str, Any]:
    """System's defaults < source's settings < the table's, checked by the connector's own model."""
    merged = {**under, **source.settings, **options.settings}
    if (key := (source.connector, repr(merged))) not in context.checked:
        context.checked.add(key)
        _check_settings(context, source, options, merged, loc, name)
    return filled(merged, context.tenant, name)


def _check_settings(
    context: Context, source: Source, options: TableOptions, merged: dict[str, Any], loc: tuple, name: str
) -> None:
    """Settings that many tables share are checked once."""
    try:
        model = context.catalog.connectors.settings_model(source.connector)
    except SpecError as error:  # a third party's that cannot be imported
        where = (*loc, "connector")
        context.report.add(where, error.problem, value=source.connector, fix=error.fix, on_key=True)
        return
    own = getattr(model, "PLACEHOLDERS", ())
    check_placeholders(source, context.states, merged, context.report, loc, own)
    try:
        model.model_validate(merged)
    except ValidationError as error:
        key = next((e["loc"][0] for e in error.errors() if e["loc"]), None)
        base = (*loc, "tables", name) if key in options.settings else loc
        explain(error, model, context.report, (*base, "settings"))


def _check_policy(context: Context, policy: Policy, loc: tuple) -> None:
    if policy.on_reject == "block" and policy.max_share > 0:
        fix = "say `on_reject: quarantine`, or leave max_share out"
        context.report.add((*loc, "max_share"), "on_reject is block, so no share is set aside", fix=fix)
    if policy.on_reject == "quarantine" and policy.max_share == 0:
        fix = "give a max_share, such as 0.02"
        context.report.add(
            loc, "on_reject is quarantine, but no share may be set aside", fix=fix, on_key=True
        )


def _check_turns(
    context: Context, source: Source, contract: Contract, settings: Mapping[str, Any], loc: tuple
) -> None:
    """A delivery of changes that waits for a person must not be passed over by the next one."""
    if contract.review is None or source.connector != "files" or source.mode == "full":
        return
    if settings.get("pick", "newest") == "newest":
        problem = f"{contract.table!r} asks for review, and of several deliveries only the newest counts"
        fix = "set `pick: all`, so that each delivery is read in its turn"
        context.report.add(loc[:2], problem, fix=fix, on_key=True)


def _parents(contract: Contract) -> tuple[str, ...]:
    tables = (rule.params["table"] for rule in contract.rules if rule.kind == "foreign_key")
    return tuple(dict.fromkeys(table for table in tables if table != contract.table))


def _ordered(
    context: Context, tables: list[TableSpec], chosen: frozenset[str], loc: tuple
) -> tuple[TableSpec, ...]:
    """Parents first, otherwise in the order given. Foreign keys are checked on the way."""
    by_name = {table.name: table for table in tables}
    for table in tables:
        _check_foreign_keys(context, table, by_name, chosen)
    placed: dict[str, TableSpec] = {}
    waiting = tables
    while waiting:
        ready = [t for t in waiting if all(p in placed or p not in by_name for p in t.parents)]
        if not ready:
            names = ", ".join(t.name for t in waiting)
            fix = "break the circle: drop one of the foreign keys from its contract"
            context.report.add(
                (*loc, "tables"), f"foreign keys run in a circle: {names}", fix=fix, on_key=True
            )
            break
        placed.update((t.name, t) for t in ready)
        waiting = [t for t in waiting if t.name not in placed]
    return tuple(placed.values())


def _check_foreign_keys(
    context: Context, table: TableSpec, tables: Mapping[str, TableSpec], chosen: frozenset[str]
) -> None:
    for rule in table.contract.rules:
        if rule.kind != "foreign_key":
            continue
        parent = rule.params["table"]
        target = tables.get(parent)
        if target is None:
            if parent not in chosen:
                problem = f"{rule.id!r} points to the table {parent!r}, which the source does not load"
                fix = f"add {parent!r} to the source's tables"
                _flag(context, table, rule, problem, parent, tuple(tables), fix)
            continue
        for column in rule.params["columns"]:
            if target.contract.column(column) is None:
                problem = f"{rule.id!r} points to the column {column!r}, which {parent!r} does not have"
                _flag(context, table, rule, problem, column, tuple(c.field for c in target.contract.columns))


def _flag(
    context: Context,
    table: TableSpec,
    rule: Rule,
    problem: str,
    value: str,
    allowed: tuple[str, ...],
    fix: str | None = None,
) -> None:
    """Note a problem in the table's contract, at the rule's line."""
    file, line = rule_positions(table.contract).get(rule.id, (table.contract.file, None))
    shown = context.catalog.shown(file)
    near = guess(value, allowed)
    context.problems.append(
        SpecProblem(shown, problem, line, value=repr(value), allowed=allowed, guess=near, fix=fix)
    )
