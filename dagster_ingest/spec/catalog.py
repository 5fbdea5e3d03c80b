"""What tenants refer to: systems, their contracts, connectors. Read once, shared by all tenants."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ValidationError

from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.families import read_family
from dagster_ingest.spec.majors import Family, other_names
from dagster_ingest.spec.odcs import read_contract
from dagster_ingest.spec.overlay import with_system
from dagster_ingest.spec.patch import apply_patch, declassified
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
    _families: dict[tuple[str, str], tuple[Family | None, list[SpecProblem]]] = field(default_factory=dict)
    _documents: dict[str, YamlFile] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, connectors: Connectors | None = None, *, digest: bool = True) -> Catalog:
        return cls(root, connectors or connector_registry(), system_folders(root), digest)

    def system(self, name: str) -> tuple[System | None, list[SpecProblem]]:
        """A system of `folders` and what is wrong with its file."""
        if name not in self._systems:
            self._systems[name] = _read_system(self.folders[name], self.shown(self.folders[name]))
        return self._systems[name]

    def family(self, system: System, table: str) -> tuple[Family | None, list[SpecProblem]]:
        """All major versions of a system's table, with what the system knows of it."""
        key = (system.system, table)
        if key not in self._families:
            folder = os.fspath(self.folders[system.system])
            self._families[key] = read_family(
                system, table, folder, lambda path: self._read(path, table), self.shown
            )
        return self._families[key]

    def own(
        self,
        path: str,
        system: System,
        defaults: TableDefaults,
        following: tuple[Family, int] | None = None,
        table: str | None = None,
    ) -> tuple[Contract | None, list[SpecProblem]]:
        """A contract of a tenant's own with what the system knows of the table.

        following  the system's table and the major of it that the contract follows
        table      which one, of a file that describes several
        """
        contract, problems = self._read(path, table)
        if contract is None:
            return None, problems
        return with_system(contract, system, defaults, self.shown(path), _names(following))

    def patched(
        self, path: str, system: System, family: Family, major: int, tenant: str
    ) -> tuple[Contract | None, list[SpecProblem]]:
        """A major of a system's contract with a tenant's patch laid over it."""
        base, of = family.contracts[major], f"{family.system}/{family.table}"
        try:
            under = self._document(base.file)
            patch = YamlFile(path, self.shown(path))
        except YamlError as error:
            return None, list(error.problems)
        contract, problems = apply_patch(under, patch, of=of, major=major, tenant=tenant, digest=self.digest)
        if contract is None:
            return None, problems
        defaults = system.tables[family.table].of(major)
        found, problems = with_system(contract, system, defaults, self.shown(path), _names((family, major)))
        if found is None:
            return None, problems
        problems = declassified(base, found, patch)
        return (None if problems else found), problems

    def _read(self, path: str, table: str | None = None) -> tuple[Contract | None, list[SpecProblem]]:
        return read_contract(path, self.shown(path), digest=self.digest, table=table)

    def _document(self, path: str) -> YamlFile:
        """A contract that patches are laid over; parsed once for all of them."""
        if path not in self._documents:
            self._documents[path] = YamlFile(path, self.shown(path))
        return self._documents[path]

    def shown(self, path: str | Path) -> str:
        """A path as messages show it: relative to the project where it lies in it."""
        text, root = os.fspath(path), f"{self.root}{os.sep}"
        return text.removeprefix(root)


def connector_registry() -> Connectors:
    """The platform's own connectors."""
    # The registry stands above the specs; it is looked up by name so that nothing here imports upwards.
    return importlib.import_module("dagster_ingest.connectors.registry")


def _names(following: tuple[Family, int] | None) -> dict[str, frozenset[str]]:
    if following is None or not following[0].renamed:
        return {}
    return other_names(following[0].contracts, following[1])


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
