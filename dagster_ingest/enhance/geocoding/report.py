"""What a run of geocoding tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dagster_ingest.enhance.geocoding.kinds import Finding
from dagster_ingest.enhance.report import Outcome, troubled


@dataclass(frozen=True, slots=True)
class ProviderReport(Outcome):
    """lookups: addresses sent, failed attempts included. answered: addresses with an answer, misses too.
    failed: addresses whose requests failed.
    kept: addresses whose earlier value stays because the provider could not be asked."""

    lookups: int
    answered: int
    failed: int
    kept: int


@dataclass(frozen=True, slots=True)
class GeocodeReport:
    """rows: locations.

    withheld      locations of which nothing was looked at or sent
    misses        street addresses that no provider found
    waiting       street addresses that were not asked: a provider is down, or the budget is spent
    rebuilt       the cache was damaged and begins anew
    """

    rows: int
    by_precision: dict[str, int]
    withheld: int
    from_cache: int
    misses: int
    waiting: int
    money: float
    findings: tuple[Finding, ...]
    providers: dict[str, ProviderReport]
    purged: int
    rebuilt: bool

    @property
    def troubled(self) -> dict[str, str]:
        return troubled(self.providers)

    def summary(self) -> dict[str, Any]:
        """Numbers and states as plain values, for the metadata of a run."""
        return {
            "rows": self.rows,
            "by_precision": self.by_precision,
            "withheld": self.withheld,
            "from_cache": self.from_cache,
            "misses": self.misses,
            "waiting": self.waiting,
            "money": round(self.money, 6),
            "implausible": len(self.findings),
            "lookups": {name: told.lookups for name, told in self.providers.items()},
            "providers": {name: told.state for name, told in self.providers.items()},
        }
