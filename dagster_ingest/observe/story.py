"""What is known of one state of a tenant, as values: the base of `status` and `explain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from dagster_ingest.observe.lateness import Lateness

Health = Literal["current", "blocked", "waiting", "behind", "empty"]


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """One rule of a failed check, and where it is written. Samples are (uri, row number, value)."""

    rule: str
    failed: int
    samples: tuple[tuple[str, int, str | None], ...] = ()
    observed: str | None = None
    allowed: str | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """A failing check: on which asset, since when (epoch seconds), with which rules, who mends it.

    hash  of the candidate that waits for a person; None where nothing waits
    """

    asset: str
    check: str
    reason: str
    since: float
    seen: float
    run_id: str
    load_id: str | None
    files: tuple[str, ...]
    rows_read: int
    rows_rejected: int
    rules: tuple[BrokenRule, ...]
    contract: str | None
    contract_file: str | None
    table: str | None
    source: str | None
    stops: tuple[str, ...] = ()
    hash: str | None = None
    expires_at: str | None = None
    raw_table: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader's store shows: version, when it was published (epoch seconds), how much."""

    reader: str
    version: str | None
    at: float | None
    services: int


@dataclass(frozen=True, slots=True)
class Story:
    """One (tenant, state). Rows are those of the latest load of each raw table, summed.

    fail_after, warn_after  seconds from the oldest publication until the SLA is broken, or warns
    automation              what automation said when the lateness turned last
    """

    tenant: str
    display_name: str
    state: str
    owners: tuple[str, ...]
    health: Health
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    loaded_at: float | None
    shown: tuple[Shown, ...]
    blockers: tuple[Blocker, ...]
    waiting: tuple[str, ...]
    fail_after: float
    warn_after: float | None
    drops: str
    lateness: Lateness | None = None
    automation: str | None = None

    @property
    def services(self) -> int:
        return max((s.services for s in self.shown), default=0)

    @property
    def published_at(self) -> float | None:
        """When the oldest of the stores was last written."""
        times = [s.at for s in self.shown]
        return None if not times or None in times else min(t for t in times if t is not None)

    def as_dict(self) -> dict[str, Any]:
        from dataclasses import asdict

        return {**asdict(self), "services": self.services, "published_at": self.published_at}
