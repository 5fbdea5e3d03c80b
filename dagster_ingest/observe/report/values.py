"""What the report shows, as values. Times in seconds of the epoch, days as ISO dates in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from dagster_ingest.observe.story import Blocker, Story

DAYS = 90
"""How far back the report looks."""

Status = Literal["current", "warn", "late", "blocked", "waiting", "behind", "empty"]


@dataclass(frozen=True, slots=True)
class Written:
    """When a reader's store was written, oldest first; the last time before the window included."""

    reader: str
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Loads:
    """Loads of one day, all tables of a state together. Rows; loads that found nothing new count in none.

    refused   loads that committed nothing; their rows are in `rejected` as far as rules refused them
    """

    day: str
    loads: int = 0
    refused: int = 0
    accepted: int = 0
    rejected: int = 0

    def plus(self, other: Loads) -> Loads:
        return Loads(
            self.day,
            self.loads + other.loads,
            self.refused + other.refused,
            self.accepted + other.accepted,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True)
class StateView:
    """One state: its story now, how `explain` tells it, and its days, which may have gaps."""

    story: Story
    text: str
    written: tuple[Written, ...] = ()
    days: tuple[Loads, ...] = ()


@dataclass(frozen=True, slots=True)
class Failing:
    """A check that failed in the window: on which asset, how often, where, when last, what it said."""

    tenant: str
    asset: str
    check: str
    times: int
    states: tuple[str, ...]
    last: float
    said: str


@dataclass(frozen=True, slots=True)
class InForce:
    """The contract of one table. `breaking`: changes that break in the upgrade to `newest`."""

    tenant: str
    table: str
    contract: str
    version: str
    newest: str | None
    current: bool
    origin: str
    breaking: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """What some assets took: seconds, bytes, credits, money. `key` is as the sum was asked for."""

    key: tuple[str, ...]
    steps: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    credits: float = 0.0
    money: float = 0.0
    bytes_read: int = 0
    bytes_written: int = 0


@dataclass(frozen=True, slots=True)
class Costs:
    """Sums over the window. days: known; `assets` with the most CPU seconds first."""

    days: tuple[str, ...] = ()
    by_day: tuple[Spent, ...] = ()
    by_tenant: tuple[Spent, ...] = ()
    by_layer: tuple[Spent, ...] = ()
    by_owner: tuple[Spent, ...] = ()
    assets: tuple[Spent, ...] = ()


@dataclass(frozen=True, slots=True)
class TenantView:
    """A tenant and its states. `runs` and `failed_runs` are of the window."""

    name: str
    display_name: str
    description: str | None
    owners: tuple[str, ...]
    states: tuple[StateView, ...]
    runs: int = 0
    failed_runs: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """problems: tenants that were left out, and what could not be read, in words."""

    made_at: float
    since: float
    tenants: tuple[TenantView, ...]
    costs: Costs = field(default_factory=Costs)
    failing: tuple[Failing, ...] = ()
    contracts: tuple[InForce, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def states(self) -> Iterator[StateView]:
        return (state for tenant in self.tenants for state in tenant.states)

    @property
    def reviews(self) -> list[tuple[Story, Blocker]]:
        """What waits for a person, the longest first."""
        found = [(s.story, b) for s in self.states for b in s.story.blockers if b.hash]
        return sorted(found, key=lambda pair: pair[1].since)
