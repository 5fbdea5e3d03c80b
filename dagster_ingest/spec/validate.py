"""The answer of `dagster-ingest validate`: what is wrong, and how much was looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dagster_ingest.collector import collector_off
from dagster_ingest.settings import Settings
from dagster_ingest.spec import alerts_file, telemetry, warehouse
from dagster_ingest.spec.load import each_tenant
from dagster_ingest.spec.problem import SpecProblem


@dataclass(slots=True)
class Summary:
    """Counts of the sound tenants, and every problem of the others and of the files of the installation."""

    tenants: int = 0
    broken: tuple[str, ...] = ()
    sources: int = 0
    tables: int = 0
    rules: int = 0
    errors: list[SpecProblem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "tenants": self.tenants,
            "broken": list(self.broken),
            "sources": self.sources,
            "tables": self.tables,
            "rules": self.rules,
            "errors": [problem.as_dict() for problem in self.errors],
        }


def validate(settings: Settings) -> Summary:
    """Check all specs. Holds one tenant at a time, so memory does not grow with their number."""
    summary = Summary(errors=[*warehouse.check(settings), *telemetry.check(settings)])
    owners: set[str] = set()
    names: set[str] = set()
    with collector_off():
        for spec, problems in each_tenant(settings, checks_only=True):
            summary.errors.extend(problems)
            if spec is None:
                continue
            summary.tenants += 1
            owners.update(spec.model.owners)
            names.add(spec.name)
            summary.sources += len(spec.sources)
            for source in spec.sources:
                summary.tables += len(source.tables)
                summary.rules += sum(len(table.contract.rules) for table in source.tables)
    whole = not summary.errors and not settings.tenants  # else a name may be that of a tenant not read
    known = (owners, names) if whole else (None, None)
    summary.errors.extend(alerts_file.check(settings, *known))
    summary.broken = tuple(dict.fromkeys(p.tenant for p in summary.errors if p.tenant))
    return summary
