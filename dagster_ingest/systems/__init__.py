"""What is known of each vendor: tables, keys, privacy register, default contracts.

A system is a folder beside this file, or in `<project>/systems/`: `system.yaml` and its contracts.
"""

from __future__ import annotations

from pathlib import Path

from dagster_ingest.errors import SpecError, among
from dagster_ingest.spec.catalog import Catalog
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.odcs import read_contract
from dagster_ingest.spec.system import SHIPPED, System, system_folders

__all__ = ["contract", "folder", "names", "system"]


def names(root: Path | None = None) -> tuple[str, ...]:
    """Names of the shipped systems and, with a project `root`, of the project's own."""
    return tuple(system_folders(root))


def folder(name: str, root: Path | None = None) -> Path:
    """A system's folder. Raises SpecError for a name that is none."""
    known = system_folders(root)
    if name not in known:
        raise SpecError(f"there is no system {name!r}", not_done="nothing was read", fix=among(name, known))
    return known[name]


def system(name: str, root: Path | None = None) -> System:
    """What `system.yaml` says. Raises SpecError with every fault of the file."""
    folder(name, root)
    found, problems = Catalog(root or SHIPPED.parent.parent, _NoConnectors(), system_folders(root)).system(
        name
    )
    if found is None or problems:
        raise SpecError("\n".join(map(str, problems)), not_done=f"the system {name!r} is not used")
    return found


def contract(name: str, table: str, root: Path | None = None) -> Contract:
    """The default contract of a system's table. Raises SpecError with every fault."""
    tables = system(name, root).tables
    if table not in tables:
        raise SpecError(f"the system {name!r} has no table {table!r}", fix=among(table, tables))
    found, problems = read_contract(folder(name, root) / tables[table].contract, table=table)
    if found is None:
        raise SpecError("\n".join(map(str, problems)), not_done=f"{name}.{table} is not used")
    return found


class _NoConnectors:
    """A system's own files refer to no connector."""

    def names(self) -> tuple[str, ...]:
        return ()

    def settings_model(self, name: str):
        raise KeyError(name)
