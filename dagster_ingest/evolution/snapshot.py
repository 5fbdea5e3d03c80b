"""The contracts of one tree: the systems' shared ones, and what is in force for each tenant's table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from dagster_ingest.collector import collector_off
from dagster_ingest.evolution.revision import Tree
from dagster_ingest.spec.catalog import Catalog, connector_registry
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.load import each_tenant
from dagster_ingest.spec.problem import SpecProblem
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.system import system_folders
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

_VERSION = re.compile(r"^version\s*:", re.MULTILINE)


class Document(NamedTuple):
    """A system's contract of one major version."""

    system: str
    table: str
    major: int


class Place(NamedTuple):
    """Where a contract is in force. raw: the relation that it guards."""

    tenant: str
    source: str
    table: str
    raw: str


@dataclass(frozen=True, slots=True)
class InForce:
    """A contract that a tenant's table is held to. document: the system's that it is, or is a patch of."""

    contract: Contract
    document: Document | None


@dataclass(slots=True)
class Snapshot:
    """tenants     every name; specs: those that load
    broken      tenants that do not, with their problems; "" for problems that belong to no tenant
    unreadable  system and table of the families that cannot be read, "" for all tables of a system
    """

    root: Path
    documents: dict[Document, Contract] = field(default_factory=dict)
    in_force: dict[Place, InForce] = field(default_factory=dict)
    tenants: frozenset[str] = frozenset()
    specs: dict[str, TenantSpec] = field(default_factory=dict)
    broken: dict[str, list[SpecProblem]] = field(default_factory=dict)
    unreadable: dict[tuple[str, str], list[SpecProblem]] = field(default_factory=dict)

    def readable(self, document: Document) -> bool:
        system = document.system
        return (system, "") not in self.unreadable and (system, document.table) not in self.unreadable

    def problems(self) -> list[SpecProblem]:
        every = [*self.broken.values(), *self.unreadable.values()]
        return list({replace(p, tenant=None): p for group in every for p in group}.values())

    def shown(self, path: str) -> str:
        return path.removeprefix(f"{self.root}/")


def snapshot(tree: Tree, tenants: frozenset[str] | None) -> Snapshot:
    """Read the tree. tenants: look at these alone, the systems being equal; None: at everything."""
    settings = tree.settings
    folders = system_folders(settings.root, tree.shipped)
    catalog = Catalog(settings.root, connector_registry(), folders, digest=False)
    found = Snapshot(settings.root)
    with collector_off():
        if tenants is None:
            _systems(catalog, found)
        found.tenants = _names(settings.tenants_dir, tenants)
        if found.tenants:
            only = replace(settings, tenants=tuple(sorted(found.tenants)))
            for spec, problems in each_tenant(only, checks_only=True, catalog=catalog):
                if spec is None:
                    _broken(found, problems)
                else:
                    _tenant(spec, found)
    return found


def version_told(path: Path) -> str | None:
    """The version that a contract file names, sound or not."""
    try:
        version = YamlFile(path).data.get("version")
    except YamlError:
        return None
    return version if isinstance(version, str) else None


def version_line(contract: Contract) -> int | None:
    """The line in which the contract's version is raised: of a patched one, the patch's."""
    try:
        if contract.patch:
            return YamlFile(contract.patch).positions().line("patch", "version")
        text = Path(contract.file).read_text(encoding="utf-8-sig")
    except (YamlError, OSError, UnicodeDecodeError):
        return None
    at = _VERSION.search(text)
    return text.count("\n", 0, at.start()) + 1 if at else 1


def _systems(catalog: Catalog, found: Snapshot) -> None:
    for name in catalog.folders:
        system, problems = catalog.system(name)
        if system is None:
            found.unreadable[name, ""] = problems
            continue
        for table in system.tables:
            family, problems = catalog.family(system, table)
            if family is None:
                found.unreadable[name, table] = problems
                continue
            for major, contract in family.contracts.items():
                found.documents[Document(name, table, major)] = contract


def _tenant(spec: TenantSpec, found: Snapshot) -> None:
    found.specs[spec.name] = spec
    for source in spec.sources:
        for table in source.tables:
            contract, family, document = table.contract, table.family, None
            # A contract of the tenant's own follows a family without being of it.
            if family and table.major is not None and contract.file == family.contracts[table.major].file:
                document = Document(source.system, table.name, table.major)
            place = Place(spec.name, source.name, table.name, table.raw)
            found.in_force[place] = InForce(contract, document)


def _broken(found: Snapshot, problems: Iterable[SpecProblem]) -> None:
    for problem in problems:
        found.broken.setdefault(problem.tenant or "", []).append(problem)


def _names(home: Path, wanted: frozenset[str] | None) -> frozenset[str]:
    """Tenants that the tree has, as spec/load.py finds them."""
    if not home.is_dir():
        return frozenset()
    names = {entry.name for entry in home.iterdir() if entry.is_dir() and entry.name[0] not in "._"}
    return frozenset(names if wanted is None else names & wanted)
