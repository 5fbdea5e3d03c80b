"""Which contract a tenant's table has: a major of the system's, that with a patch, or one of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.majors import Family
from dagster_ingest.spec.models import TableOptions
from dagster_ingest.spec.paths import inside
from dagster_ingest.spec.problem import SpecProblem
from dagster_ingest.spec.system import System, SystemTable, TableDefaults

if TYPE_CHECKING:
    from dagster_ingest.spec.source import Context


def choose_contract(
    context: Context,
    system: System,
    defaults: TableDefaults,
    name: str,
    options: TableOptions,
    loc: tuple,
) -> tuple[Contract | None, tuple[Family, int] | None]:
    """The table's contract, and the major of the system's that it is or follows."""
    catalog, following = context.catalog, None
    if name in system.tables and _follows(system.tables[name], options):
        family, problems = catalog.family(system, name)
        context.problems.extend(problems)
        if family is None or (major := _major(context, family, options, loc)) is None:
            return None, None
        following = (family, major)
    elif wrong := next((key for key in ("version", "patch") if getattr(options, key) is not None), None):
        problem = f"the table {name!r} is the tenant's own: there is no contract of the system's to {wrong}"
        context.report.add((*loc, wrong), problem, fix="leave it out", on_key=True)
        return None, None
    if following is not None and options.contract is None and options.patch is None:
        return following[0].contracts[following[1]], following
    path = options.patch or options.contract or f"contracts/{name}.odcs.yaml"
    full = _own_path(context, path, name, options, loc)
    if full is None:
        return None, None
    if options.patch and following:
        contract, problems = catalog.patched(full, system, *following, context.tenant)
    else:
        contract, problems = catalog.own(full, system, defaults, following, name)
    context.problems.extend(problems)
    return _of_table(context, contract, name, full), following


def _follows(table: SystemTable, options: TableOptions) -> bool:
    """Whether the system's contract counts: a contract of the tenant's own need not follow one."""
    return options.contract is None or options.version is not None or bool(table.versions)


def _major(context: Context, family: Family, options: TableOptions, loc: tuple) -> int | None:
    """The major that the tenant pins, else 1. A major that is not live is an error, never replaced."""
    major = 1 if options.version is None else options.version
    if major in family.contracts:
        return major
    live = tuple(f"version: {number}" for number in family.contracts)
    what = f"there is no major {major} of {family.system}/{family.table}"
    if options.version is None:
        problem = f"{what}, which an unpinned table is on"
        context.report.add(loc, problem, allowed=live, fix="pin one", on_key=True)
    else:
        context.report.add((*loc, "version"), what, value=major, allowed=live, fix="pin one that is live")
    return None


def _own_path(context: Context, path: str, name: str, options: TableOptions, loc: tuple) -> str | None:
    """A file of the tenant's as a whole path, or None if it may not be used."""
    key = "patch" if options.patch else "contract"
    wrong = inside(context.folder, path)
    if wrong is None:
        return os.path.join(context.folder, path)
    named = options.patch or options.contract
    fix = f"give a path inside {context.catalog.shown(context.folder)}/"
    problem = f"the {key} {path!r} of table {name!r} {wrong}"
    context.report.add((*loc, key) if named else loc, problem, value=path, fix=fix, on_key=not named)
    return None


def _of_table(context: Context, contract: Contract | None, name: str, path: str) -> Contract | None:
    if contract is None or contract.table == name:
        return contract
    problem = f"the contract describes the table {contract.table!r}, but is used for {name!r}"
    fix = f"set `name: {name}` under schema, or name another contract"
    shown = context.catalog.shown(path)
    context.problems.append(SpecProblem(shown, problem, 1, 1, value=repr(contract.table), fix=fix))
    return None
