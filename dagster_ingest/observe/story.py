"""What is known of one state of a tenant, as values: the base of `status` and `explain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from dagster_ingest.observe.lateness import Lateness
from dagster_ingest.observe.timeline import Moment

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
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class Blocker:
    """A failing check: on which asset, since when (epoch seconds), with which rules, who mends it.

    hash          of the candidate that waits for a person; None where nothing waits
    error         class of the error where the load did not get as far as a verdict
    status        of a review: waiting, rejected, refused
    by            who decided on a review; `expiry` where nobody did in time
    failing_rows  of a dbt test
    owners        of the contract, then of the tenant
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
    error: str | None = None
    status: str | None = None
    by: str | None = None
    failing_rows: int = 0
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader's store shows: version, when it was published (epoch seconds), how much.

    current  whether that is what the stage holds; None where the stage may not be published
    """

    reader: str
    version: str | None
    at: float | None
    services: int
    current: bool | None = None


@dataclass(frozen=True, slots=True)
class LayerSeen:
    """One layer of a state.

    tables   that there are to be; `there` of them hold a partition
    behind   made from other inputs than there are now
    failing  tables of which a check fails
    at       when the newest of them was made (epoch seconds)
    """

    layer: str
    tables: int
    there: int
    behind: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What warns and stops nothing: refused rows beside a commit, values of before, drift."""

    asset: str
    check: str
    words: str
    since: float


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """A source. looked_at: when it was asked last; delivered_at: when that last brought something new."""

    source: str
    system: str
    connector: str
    looked_at: float | None
    delivered_at: float | None
    retriable: bool = False


@dataclass(frozen=True, slots=True)
class RunSeen:
    """The newest run of a state's writers, or of one of its readers. Times are epoch seconds.

    status  queued, running, success, failure, canceled
    tries   how often a sensor asked for this version in a row; `again`: not asked before that time
    """

    side: Literal["writers", "readers"]
    run_id: str
    status: str
    asked: float
    started: float | None = None
    ended: float | None = None
    reader: str | None = None
    reason: str | None = None
    tries: int = 0
    again: float | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One (tenant, state). Rows are those of the latest load of each raw table, summed.

    runs, moments           for `explain` of one state: empty where many are told of
    schedule                when its sources are loaded, in words; None: on demand
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
    layers: tuple[LayerSeen, ...] = ()
    notices: tuple[Notice, ...] = ()
    sources: tuple[SourceSeen, ...] = ()
    runs: tuple[RunSeen, ...] = ()
    moments: tuple[Moment, ...] = ()
    schedule: str | None = None
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
