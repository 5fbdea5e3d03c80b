"""A tenant with its systems' defaults laid under it: what everything after the spec works from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagster_ingest.spec.arrival import AnyArrival
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.majors import Family
from dagster_ingest.spec.models import Policy, StateBinding, Tenant


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table of a source, ready to load.

    name       the system's name of the table: `services`
    raw        its raw relation and asset name: `wellsky_services`
    settings   connector settings of the source with the table's laid over them
    parents    names of tables of the source that its foreign keys point to
    decode     raw column to codec (`python_literal`, `json`): a companion `<column>_json` lands beside it
    template_row  whether the vendor writes a template row that describes columns and is no data
    line       line of the source in the tenant file
    stamp      raw column with the time of a row's last change: in partial deliveries the newer row counts
    deleted    raw column to the words in it that say that the record was deleted
    major      major version of the system's contract that the table follows; None for a table, or a
               contract, of the tenant's own that follows none
    family     all majors of the system's table, where it has one
    """

    name: str
    raw: str
    contract: Contract
    policy: Policy
    settings: dict[str, Any] = field(hash=False)
    parents: tuple[str, ...] = ()
    decode: dict[str, str] = field(default_factory=dict, hash=False)
    template_row: bool = False
    line: int | None = None
    major: int | None = None
    family: Family | None = field(default=None, hash=False, compare=False, repr=False)
    stamp: str | None = None
    deleted: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One feed. `tables` stand in load order: parents before children.

    mode   full, partial or incremental; sweep: minutes after which an incremental one is read in full
    arrival  how it is noticed that there is something new; None: it is not
    """

    name: str
    system: str
    connector: str
    mode: str
    state: StateBinding
    tables: tuple[TableSpec, ...]
    line: int | None = None
    sweep: int | None = None
    arrival: AnyArrival | None = None

    @property
    def adds(self) -> bool:
        """Whether a delivery may leave rows of the partition alone."""
        return self.mode != "full"

    def table(self, name: str) -> TableSpec:
        return next(t for t in self.tables if t.name == name)


@dataclass(frozen=True, slots=True)
class TenantSpec:
    """A tenant that passed validation. `checksum` changes with anything that dbt or a reader sees.

    enhance_line  line of `enhance:` in the tenant file
    redirects     old public id to the id that took its place, as the tenant's file has it
    """

    name: str
    model: Tenant
    folder: Path
    file: Path
    sources: tuple[SourceSpec, ...]
    checksum: str
    enhance_line: int | None = None
    redirects: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(self.model.states)

    @property
    def systems(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(source.system for source in self.sources))

    @property
    def versions(self) -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
        """System, source, table to `{major, renames, gone}`, of tables on a major that the models do not
        read; see majors.Family for the two.
        """
        found: dict[str, dict[str, dict[str, dict[str, Any]]]] = {}
        for source in self.sources:
            for table in source.tables:
                family, major = table.family, table.major
                if family is not None and major is not None and major != family.modelled:
                    entry = {
                        "major": major,
                        "renames": family.renames(major),
                        "gone": list(family.gone(major)),
                    }
                    found.setdefault(source.system, {}).setdefault(source.name, {})[table.name] = entry
        return found
