"""Reads all major versions of a system's table, and says where they do not fit together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from dagster_ingest.errors import guess
from dagster_ingest.spec import semver
from dagster_ingest.spec.contract import Column, Contract
from dagster_ingest.spec.majors import Family, other_names, renames_possible
from dagster_ingest.spec.overlay import with_system
from dagster_ingest.spec.paths import inside
from dagster_ingest.spec.problem import Loc, SpecProblem
from dagster_ingest.spec.system import System, SystemTable
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

Found = tuple[Contract | None, list[SpecProblem]]
Read = Callable[[str], Found]
Shown = Callable[[str], str]


def read_family(
    system: System, table: str, folder: str, read: Read, shown: Shown
) -> tuple[Family | None, list[SpecProblem]]:
    """The majors of one table, or everything that is wrong with them.

    folder  the system's; `read` gives the contract of a path, `shown` a path as messages show it
    """
    entry, home = system.tables[table], os.path.realpath(folder)
    file = os.path.join(folder, "system.yaml")
    contracts, problems = {}, []
    for listed, path in ((None, entry.contract), *((k, entry.version(k).contract) for k in entry.versions)):
        loc: Loc = (
            ("tables", table, "contract") if listed is None else ("tables", table, "versions", str(listed))
        )
        if wrong := inside(home, path):
            problem = f"the contract {path!r} of table {table!r} {wrong}"
            fix = f"give a path inside {shown(folder)}/"
            problems.append(_at(file, shown, loc, problem, value=path, fix=fix))
            continue
        full = os.path.join(home, path)
        contract, found = read(full)
        problems += found
        if contract is None:
            continue
        major = semver.major(contract.version)
        if fault := _unfit(contract, major, listed, table, shown):
            problems.append(fault)
        elif major in contracts:
            problem = f"major {major} of table {table!r} stands twice"
            problems.append(_at(file, shown, loc, problem, value=path, fix="keep one"))
        elif major is not None:
            contracts[major] = contract
    if problems:
        return None, problems
    modelled = min(1, *contracts, 1) if entry.modelled is None else entry.modelled
    problems = [*_renamed(contracts, shown), *_reachable(contracts, modelled, table, file, shown)]
    if problems:
        return None, problems
    return _overlaid(system, entry, Family(system.system, table, contracts, modelled), shown)


def _unfit(
    contract: Contract, major: int | None, listed: int | None, table: str, shown: Shown
) -> SpecProblem | None:
    """Why the contract cannot be the one that system.yaml lists."""
    if contract.table != table:
        problem = f"the contract describes the table {contract.table!r}, but is used for {table!r}"
        fix = f"set `name: {table}` under schema, or name another contract"
        return SpecProblem(shown(contract.file), problem, 1, 1, value=repr(contract.table), fix=fix)
    if major is None:
        problem, fix = (
            f"{contract.version!r} is no semantic version",
            "write MAJOR.MINOR.PATCH, such as 1.0.0",
        )
    elif listed is not None and major != listed:
        problem = f"the version is {contract.version}, but the system lists the contract as major {listed}"
        fix = f"write a version {listed}.x.y, or list the contract under {major}"
    else:
        return None
    return _at(contract.file, shown, ("version",), problem, value=contract.version, fix=fix)


def _renamed(contracts: Mapping[int, Contract], shown: Shown) -> Iterator[SpecProblem]:
    """Every `was` names one column of the major before, and no two columns were the same."""
    for major, contract in contracts.items():
        previous, claimed = contracts.get(major - 1), dict[str, Column]()
        for index, column in enumerate(contract.columns):
            loc = ("schema", 0, "properties", index)
            if column.was and previous and previous.column(column.was) is None:
                known = tuple(c.field for c in previous.columns)
                problem = f"{column.name!r} was {column.was!r}, which major {major - 1} does not have"
                yield _at(contract.file, shown, loc, problem, value=column.was, allowed=known)
            before = (column.was or column.field).lower()
            if (other := claimed.setdefault(before, column)) is not column:
                problem = (
                    f"{column.name!r} and {other.name!r} cannot both have been {column.was or other.was!r}"
                )
                fix = "a column goes on as one; for a split, leave `was` out and write a macro in dbt_elt"
                yield _at(contract.file, shown, loc, problem, value=column.was or column.field, fix=fix)


def _reachable(
    contracts: Mapping[int, Contract], modelled: int, table: str, file: str, shown: Shown
) -> Iterator[SpecProblem]:
    for major in contracts:
        if missing := renames_possible(contracts, modelled, major):
            gone = ", ".join(map(str, missing))
            problem = (
                f"the models read major {modelled} of {table!r}; on the way to {major}, {gone} is missing"
            )
            fix = "list it, or move the models and say `modelled: MAJOR`"
            yield _at(file, shown, ("tables", table), problem, value=modelled, fix=fix)


def _overlaid(system: System, entry: SystemTable, family: Family, shown: Shown):
    ready, problems = {}, []
    for major, contract in family.contracts.items():
        names = other_names(family.contracts, major) if family.renamed else {}
        full, found = with_system(contract, system, entry.of(major), shown(contract.file), names)
        problems += found
        if full is not None:
            ready[major] = full
    if problems:
        return None, problems
    return Family(family.system, family.table, dict(sorted(ready.items())), family.modelled), []


def _at(
    path: str, shown: Shown, loc: Loc, problem: str, *, value: object, allowed: tuple[str, ...] = (), fix=None
) -> SpecProblem:
    """A problem with the line of `loc` in the file."""
    try:
        line, column = YamlFile(path).positions().of(loc)
    except YamlError:
        line, column = 1, 1
    near = guess(value, allowed) if allowed else None
    return SpecProblem(
        shown(path), problem, line, column, value=repr(value), allowed=allowed, guess=near, fix=fix
    )
