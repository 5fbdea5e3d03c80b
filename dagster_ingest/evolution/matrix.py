"""Who is on which version: for each tenant's table the contract in force, what is newer, what an upgrade
would change, how far the tenant deviates, and how its last loads differed from the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from dagster_ingest.evolution.change import Change
from dagster_ingest.evolution.changes import changes
from dagster_ingest.evolution.classify import CLASSES
from dagster_ingest.land.profiles import Observed
from dagster_ingest.spec.catalog import Catalog
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.majors import Family
from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec
from dagster_ingest.validate.drift import Deviation, Drift

Seen = Callable[[TenantSpec], Iterable[Observed]]


@dataclass(frozen=True, slots=True)
class Drifted:
    """The newest load of a state: when it was seen, by which contract, and how it differed."""

    state: str
    seen_at: datetime
    contract_version: str
    outcome: str
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One table of a tenant.

    origin      whose contract is in force: the system's, the system's with a patch, the tenant's own
    version     in force by the tenant file; what the data was audited by stands in `drift`
    major       the system's major that the table follows; None if it follows none
    pinned      whether the tenant file says so
    of_major    version of the system's contract in that major, `newest` in its newest one
    patched     what the patch changes, in words
    upgrade     what the newest major changes against the contract in force, without the patch
    drift       the newest load of each state, where there is one
    """

    tenant: str
    source: str
    system: str
    table: str
    raw: str
    origin: Literal["system", "patch", "own"]
    version: str
    major: int | None
    pinned: bool
    of_major: str | None
    newest: str | None
    patch: str | None
    patched: tuple[str, ...]
    upgrade: tuple[Change, ...]
    drift: tuple[Drifted, ...]

    @property
    def current(self) -> bool:
        """Whether there is nothing newer to move to."""
        return self.newest is None or self.newest == (self.of_major if self.origin != "own" else self.version)

    def counts(self) -> dict[str, int]:
        """Number of changes of the upgrade by class, the worst first."""
        found = [change.effect.overall for change in self.upgrade]
        return {name: found.count(name) for name in reversed(CLASSES)}


def matrix(tenants: Iterable[TenantSpec], catalog: Catalog, seen: Seen) -> list[Row]:
    """A row for each table of each tenant, in the order of the files.

    seen  the newest load of each table and state of a tenant, from its store
    """
    upgrades: dict[tuple[int, int], tuple[Change, ...]] = {}

    def between(old: Contract, new: Contract) -> tuple[Change, ...]:
        # Tenants share the systems' contracts: most pairs come back in every tenant.
        key = (id(old), id(new))
        if key not in upgrades:
            upgrades[key] = changes(old, new)
        return upgrades[key]

    rows = []
    for spec in tenants:
        drift = _by_table(seen(spec))
        for source in spec.sources:
            for table in source.tables:
                family = table.family or _family(catalog, source, table)
                rows.append(_row(spec, source, table, family, drift.get(table.raw, ()), between))
    return rows


def _row(
    spec: TenantSpec,
    source: SourceSpec,
    table: TableSpec,
    family: Family | None,
    drift: tuple[Drifted, ...],
    between: Callable[[Contract, Contract], tuple[Change, ...]],
) -> Row:
    contract = table.contract
    options = spec.model.sources[source.name].tables.get(table.name)
    of_major = family.contracts.get(table.major) if family and table.major is not None else None
    newest = family.contracts[family.newest] if family else None
    own = contract.patch is None and (of_major is None or contract.file != of_major.file)
    base = contract if own or of_major is None else of_major
    moves = newest is not None and newest.file != base.file
    return Row(
        tenant=spec.name,
        source=source.name,
        system=source.system,
        table=table.name,
        raw=table.raw,
        origin="patch" if contract.patch else "own" if own else "system",
        version=contract.version,
        major=table.major,
        pinned=bool(options and options.version is not None),
        of_major=of_major.version if of_major else None,
        newest=newest.version if newest else None,
        patch=contract.patch,
        patched=contract.patched,
        upgrade=between(base, newest) if newest and moves else (),
        drift=drift,
    )


def _family(catalog: Catalog, source: SourceSpec, table: TableSpec) -> Family | None:
    """The system's table behind a contract of the tenant's own that follows no major."""
    system, _ = catalog.system(source.system)
    if system is None or table.name not in system.tables:
        return None
    return catalog.family(system, table.name)[0]


def _by_table(seen: Iterable[Observed]) -> Mapping[str, tuple[Drifted, ...]]:
    found: dict[str, list[Drifted]] = {}
    for load in seen:
        deviations = Drift.from_json(load.drift).deviations
        drifted = Drifted(load.state, load.seen_at, load.contract_version, load.outcome, deviations)
        found.setdefault(load.table, []).append(drifted)
    return {table: tuple(sorted(loads, key=lambda d: d.state)) for table, loads in found.items()}


def as_dicts(rows: Iterable[Row], shown: Callable[[str], str] = str) -> Iterator[dict[str, Any]]:
    """The rows for machines. `shown`: a path as people name it."""
    for row in rows:
        yield {
            "tenant": row.tenant,
            "source": row.source,
            "system": row.system,
            "table": row.table,
            "raw": row.raw,
            "origin": row.origin,
            "version": row.version,
            "major": row.major,
            "pinned": row.pinned,
            "newest_of_major": row.of_major,
            "newest": row.newest,
            "current": row.current,
            "patch": shown(row.patch) if row.patch else None,
            "patched": list(row.patched),
            "upgrade": {"to": row.newest, **row.counts(), "changes": [c.as_dict() for c in row.upgrade]}
            if not row.current
            else None,
            "drift": [_drift(drifted) for drifted in row.drift],
        }


def _drift(drifted: Drifted) -> dict[str, Any]:
    deviations = [
        {"kind": d.kind, "severity": d.severity, "column": d.column, "expected": d.expected, "seen": d.seen}
        for d in drifted.deviations
    ]
    return {
        "state": drifted.state,
        "seen_at": drifted.seen_at.isoformat(),
        "contract_version": drifted.contract_version,
        "outcome": drifted.outcome,
        "deviations": deviations,
    }
