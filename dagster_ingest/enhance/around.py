"""What a run gives to the providers that it asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from dagster_ingest.clock import Timing
from dagster_ingest.enhance.sending import AGENT, Means, Pace, Sender, by_status
from dagster_ingest.spec.http_service import HttpService


class Spending(Protocol):
    def spend(self, provider: str, amount: int, price: float, /) -> bool:
        """Count the amount, unless that is more than is left."""
        ...


Budget = TypeVar("Budget", bound=Spending)


@dataclass(frozen=True, slots=True)
class Around(Generic[Budget]):
    """pace: a folder for rate limits that processes share. secret: name to value."""

    budget: Budget
    timing: Timing
    pace: str | None
    secret: Callable[[str], str]

    def sender(
        self, name: str, settings: HttpService, price: float, *, agent: str = AGENT, means: Means = by_status
    ) -> Sender:
        """price: of the budget's unit."""
        return Sender(
            name=name,
            pace=Pace(settings.per_second, self.pace),
            attempts=settings.attempts,
            timeout=settings.timeout,
            longest_wait=settings.longest_wait,
            timing=self.timing,
            spend=lambda amount: self.budget.spend(name, amount, price),
            agent=agent,
            means=means,
        )
