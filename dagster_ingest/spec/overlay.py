"""What a system knows of a table, laid over the table's contract: decoding and the privacy register."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import replace

from dagster_ingest.naming import column_name
from dagster_ingest.spec.contract import Column, Contract, Rule
from dagster_ingest.spec.odcs import checksum
from dagster_ingest.spec.problem import SpecProblem
from dagster_ingest.spec.system import System, TableDefaults

Names = Mapping[str, frozenset[str]]


def with_system(
    contract: Contract, system: System, defaults: TableDefaults, shown: str, other_names: Names | None = None
) -> tuple[Contract | None, list[SpecProblem]]:
    """The contract with its decoded and private columns, or what stands against it.

    other_names  raw name to what the column is called in other major versions: what the system says
                 of a column holds under all its names
    """
    if not defaults.decode and not system.register_:
        return contract, []
    problems, rules = [], list(contract.rules)
    for heading, codec in defaults.decode.items():
        column = _column(contract, heading, other_names or {})
        if column is None:
            problem = f"the system {system.system!r} decodes the column {heading!r}, which the contract lacks"
            problems.append(SpecProblem(shown, problem, 1, 1, value=repr(heading), fix="add the property"))
        elif contract.column(f"{column.field}_json"):
            problem = f"the column {column.field}_json is taken by the decoded form of {heading!r}"
            problems.append(SpecProblem(shown, problem, 1, 1, fix="rename the property"))
        else:
            name = f"{column.field}|decodes"
            rules.append(Rule(name, "decodes", (column.field,), {"codec": codec}, dimension="conformity"))
    if problems:
        return None, problems
    columns = _masked(contract, system.private, other_names or {})
    if len(rules) == len(contract.rules) and columns is contract.columns:
        return contract, []
    parts = (columns, tuple(rules), contract.keys, contract.null_texts)
    digest = checksum(*parts) if contract.checksum else ""
    return replace(contract, columns=columns, rules=parts[1], checksum=digest), []


def _column(contract: Contract, heading: str, other_names: Names) -> Column | None:
    """The column of that heading, by the name it has here or in another major version."""
    if found := next((c for c in contract.columns if c.name == heading), None):
        return found
    names = {heading, column_name(heading)}
    return next(
        (c for c in contract.columns if c.was in names or names & other_names.get(c.field, frozenset())), None
    )


def _masked(contract: Contract, register: tuple[str, ...], other_names: Names) -> tuple[Column, ...]:
    """The columns, private where the never-publish register names them (`HEADING` or `table.HEADING`)."""
    # A delivery's heading finds its column whatever its case and signs; so does an entry.
    folded = [entry.lower() for entry in register]
    plain = frozenset(entry for entry in folded if not set("*?[") & set(entry))
    raw = frozenset(".".join(map(column_name, entry.split("."))).lower() for entry in plain)
    wild = [entry for entry in folded if entry not in plain]

    def named(column: Column) -> bool:
        said = (column.name, column.field, column.was, *other_names.get(column.field, ()))
        names = {name.lower() for name in said if name}
        both = names | {f"{contract.table}.{name}" for name in names}
        if both & plain or both & raw:
            return True
        return any(fnmatch.fnmatchcase(n, w) for w in wild for n in (both if "." in w else names))

    if not any(not column.private and named(column) for column in contract.columns):
        return contract.columns
    return tuple(replace(c, private=True) if not c.private and named(c) else c for c in contract.columns)
