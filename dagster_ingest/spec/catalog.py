"""What tenants refer to: systems, their contracts, connectors. Read once, shared by all tenants."""

from __future__ import annotations

import fnmatch
import importlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ValidationError

from dagster_ingest.spec.contract import Column, Contract, Rule
from dagster_ingest.spec.odcs import checksum, read_contract
from dagster_ingest.spec.problem import Report, SpecProblem
from dagster_ingest.spec.system import System, TableDefaults, system_folders
from dagster_ingest.spec.wording import explain
from dagster_ingest.spec.yamlfile import YamlError, YamlFile


class Connectors(Protocol):
    """The part of the connector registry that specs need."""

    def names(self) -> tuple[str, ...]: ...

    def settings_model(self, name: str) -> type[BaseModel]: ...


@dataclass(slots=True)
class Catalog:
    """Lookups by name, with the problems that each found thing has. Reads every file once.

    root        the project; paths in messages are relative to it
    connectors  the connector registry; tests put their own here
    digest      compute the checksums of contracts; whoever only checks specs can do without
    """

    root: Path
    connectors: Connectors
    folders: dict[str, Path] = field(default_factory=dict)
    digest: bool = True
    _systems: dict[str, tuple[System | None, list[SpecProblem]]] = field(default_factory=dict)
    _contracts: dict[tuple, tuple[Contract | None, list[SpecProblem]]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, connectors: Connectors | None = None, *, digest: bool = True) -> Catalog:
        return cls(root, connectors or connector_registry(), system_folders(root), digest)

    def system(self, name: str) -> tuple[System | None, list[SpecProblem]]:
        """A system of `folders` and what is wrong with its file."""
        if name not in self._systems:
            self._systems[name] = _read_system(self.folders[name], self.shown(self.folders[name]))
        return self._systems[name]

    def contract(
        self, path: str, system: System, defaults: TableDefaults, *, shared: bool
    ) -> tuple[Contract | None, list[SpecProblem]]:
        """A contract with what its system knows of the table: decoding and the privacy register.

        shared  several tenants use the file, so it is kept
        """
        key = (path, system.system, tuple(sorted(defaults.decode.items())))
        found = self._contracts.get(key)
        if found is None:
            contract, problems = read_contract(path, self.shown(path), digest=self.digest)
            if contract is not None and (defaults.decode or system.register_):
                contract, problems = _with_system(contract, system, defaults, self.shown(path))
            found = (contract, problems)
            if shared:
                self._contracts[key] = found
        return found

    def shown(self, path: str | Path) -> str:
        """A path as messages show it: relative to the project where it lies in it."""
        text, root = os.fspath(path), f"{self.root}{os.sep}"
        return text.removeprefix(root)


def connector_registry() -> Connectors:
    """The platform's own connectors."""
    # The registry stands above the specs; it is looked up by name so that nothing here imports upwards.
    return importlib.import_module("dagster_ingest.connectors.registry")


def _read_system(folder: Path, shown: str) -> tuple[System | None, list[SpecProblem]]:
    try:
        file = YamlFile(folder / "system.yaml", f"{shown}/system.yaml")
    except YamlError as error:
        return None, list(error.problems)
    report = Report(file)
    try:
        system = System.model_validate(file.data)
    except ValidationError as error:
        explain(error, System, report)
        return None, report.problems()
    if system.system != folder.name:
        allowed = (folder.name,)
        report.add(("system",), "differs from the folder's name", value=system.system, allowed=allowed)
    if not system.tables and system.own_tables is None:
        report.add(("tables",), "there are no tables", fix="add `tables:` or `own_tables: {}`", on_key=True)
    return (None if report else system), report.problems()


def _with_system(
    contract: Contract, system: System, defaults: TableDefaults, shown: str
) -> tuple[Contract | None, list[SpecProblem]]:
    problems, rules = [], list(contract.rules)
    for heading, codec in defaults.decode.items():
        column = next((c for c in contract.columns if c.name == heading), None)
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
    columns = _masked(contract, system.private)
    if len(rules) == len(contract.rules) and columns is contract.columns:
        return contract, []
    parts = (columns, tuple(rules), contract.keys, contract.null_texts)
    digest = checksum(*parts) if contract.checksum else ""
    return replace(contract, columns=columns, rules=parts[1], checksum=digest), []


def _masked(contract: Contract, register: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns, private where the never-publish register names them (`HEADING` or `table.HEADING`)."""
    plain = frozenset(entry for entry in register if not set("*?[") & set(entry))
    wild = [entry for entry in register if entry not in plain]

    def named(column: Column) -> bool:
        names = (column.name, f"{contract.table}.{column.name}")
        return any(n in plain or any(fnmatch.fnmatchcase(n, w) for w in wild) for n in names)

    if not any(not column.private and named(column) for column in contract.columns):
        return contract.columns
    return tuple(replace(c, private=True) if not c.private and named(c) else c for c in contract.columns)
