"""What a geocoder is to the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dagster_ingest.clock import Timing
from dagster_ingest.enhance.geocoding.address import Address
from dagster_ingest.enhance.geocoding.budget import Budget
from dagster_ingest.enhance.geocoding.kinds import Found
from dagster_ingest.enhance.sending import AGENT, Pace, Sender
from dagster_ingest.spec.enhance import HttpGeocoder


class Provider(Protocol):
    """version: of what it answers; another one asks everything anew. batch: addresses in one request."""

    name: str
    version: str
    batch: int

    def look_up(self, addresses: Sequence[Address]) -> list[Found | None]:
        """An answer for each address, in their order; None: not found, or not to the street.

        Raises Unavailable, OverQuota, AccessDenied, OverBudget, and DataError for these addresses alone.
        """
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Around:
    """What a run gives to its providers. pace: a folder for rate limits that processes share."""

    budget: Budget
    timing: Timing
    pace: str | None
    secret: Callable[[str], str]

    def sender(self, name: str, settings: HttpGeocoder, agent: str = AGENT) -> Sender:
        return Sender(
            name=name,
            pace=Pace(settings.per_second, self.pace),
            attempts=settings.attempts,
            timeout=settings.timeout,
            longest_wait=settings.longest_wait,
            timing=self.timing,
            spend=lambda lookups: self.budget.spend(name, lookups, settings.price_per_1000),
            agent=agent,
        )
