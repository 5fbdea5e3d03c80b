"""What came of holding two trees of contracts against each other: values, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dagster_ingest.evolution.change import Change
from dagster_ingest.evolution.classify import Class, Step, largest, worst
from dagster_ingest.evolution.snapshot import Place
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.resolved import TenantSpec


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes of one contract.

    title    `wellsky/services 1` of a system's contract, `gulf/wellsky/services` of a tenant's own
    file     where its version is raised, relative to the project; `line` likewise
    old, new the contracts; None where there was or is none
    reaches  where it is in force
    problem  what is wrong with its version, or None
    needed   the least version that is enough, where there is a problem
    shared   it is a system's contract
    """

    title: str
    file: str
    line: int | None
    old: Contract | None
    new: Contract | None
    changes: tuple[Change, ...]
    reaches: tuple[Place, ...] = ()
    problem: str | None = None
    needed: str | None = None
    shared: bool = False

    @property
    def hint(self) -> str | None:
        """How to go on without breaking the tenants that use a shared contract."""
        if not (self.problem and self.shared and self.breaking):
            return None
        return (
            f"leave this file as it was, write the new contract into one of its own as {self.needed}, and "
            "list it in system.yaml under `versions`: tenants move when they pin it"
        )

    @property
    def overall(self) -> Class:
        return worst([c.effect.overall for c in self.changes])

    @property
    def step(self) -> Step:
        return largest([c.step for c in self.changes])

    @property
    def breaking(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.breaking)

    @property
    def versions(self) -> str:
        """`1.0.0 -> 1.1.0`, or the one there is."""
        told = [c.version for c in (self.old, self.new) if c is not None]
        return " -> ".join(dict.fromkeys(told))

    def as_dict(self) -> dict[str, Any]:
        return {
            "contract": self.title,
            "file": self.file,
            "line": self.line,
            "old_version": self.old.version if self.old else None,
            "new_version": self.new.version if self.new else None,
            "class": self.overall,
            "step": self.step,
            "problem": self.problem,
            "needed_version": self.needed,
            "hint": self.hint,
            "reaches": [{"tenant": p.tenant, "source": p.source, "table": p.table} for p in self.reaches],
            "changes": [c.as_dict() for c in self.changes],
        }


@dataclass(frozen=True, slots=True)
class Compared:
    """against: the revision as it was named. notes: what could not be compared, and why.

    specs, before  the tenants of the working tree and of the revision, as far as they were looked at
    """

    against: str
    commit: str
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...] = ()
    specs: Mapping[str, TenantSpec] = field(default_factory=dict, compare=False, repr=False)
    before: Mapping[str, TenantSpec] = field(default_factory=dict, compare=False, repr=False)

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def problems(self) -> tuple[Comparison, ...]:
        return tuple(c for c in self.comparisons if c.problem)

    @property
    def overall(self) -> Class:
        return worst([c.overall for c in self.comparisons])

    @property
    def breaking(self) -> tuple[Comparison, ...]:
        return tuple(c for c in self.comparisons if c.breaking)

    def as_dict(self) -> dict[str, Any]:
        return {
            "against": self.against,
            "commit": self.commit,
            "ok": self.ok,
            "class": self.overall,
            "comparisons": [c.as_dict() for c in self.comparisons],
            "notes": list(self.notes),
        }
