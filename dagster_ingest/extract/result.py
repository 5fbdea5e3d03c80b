"""What a load did. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dagster_ingest.errors import DataError
from dagster_ingest.land.backing import Receipt
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.validate.drift import Drift
from dagster_ingest.validate.verdict import RuleResult, Verdict

Outcome = Literal["committed", "unchanged", "blocked", "waiting"]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A candidate that waits for a person, or on which one decided.

    hash        what a decision has to name
    why         what asked for the review; of a rejected one who rejected it, when and why
    difference  see extract/difference.py; empty where there was nothing to compare with
    held_at, expires_at, decided_at  ISO texts in UTC, "" where there is none
    again       the delivery is the one that was looked at before: nothing was read
    """

    status: Literal["waiting", "rejected", "approved"]
    hash: str
    load_id: str
    why: str
    difference: Mapping[str, Any] = field(default_factory=dict)
    held_at: str = ""
    expires_at: str = ""
    by: str = ""
    note: str = ""
    decided_at: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """One attempt to load one table for one state.

    outcome     committed: the candidate is the partition. unchanged: the input is that of the
                partition, nothing was read. blocked: the last good partition stands. waiting: so
                it does, and a complete candidate waits for a person
    verdict     why; an unchanged input has an empty one that commits
    version     what the partition holds now, or None if it never held anything
    same_rows   committed, but the rows are those that were there: nothing downstream has to run
    files       what was read, relative to the drops folder
    observed    whether the drift was looked for: something was read that could be profiled
    malformed   records that never became rows, by rule
    code_lists  column to code to label, out of the vendor's template row
    error       the delivery's own fault, if that is what blocked
    review      what waits for a person, or what one decided; None where nobody is asked
    replayed    of a replay, quarantined rows that passed this time; None for a load from the source
    deleted     rows of the partition that the source does not have any more, of a delivery of changes
    bytes       of the source as it was delivered; `cpu_seconds` of this process meanwhile
    arrived     when it was, by the source's own time: epoch seconds, None where it does not tell
    receipt     what a warehouse outside told of the commit
    """

    outcome: Outcome
    verdict: Verdict
    load_id: str
    contract_version: str
    version: PartitionVersion | None = None
    same_rows: bool = False
    fingerprint: str | None = None
    files: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    drift: Drift = field(default_factory=Drift)
    observed: bool = False
    malformed: Mapping[str, int] = field(default_factory=dict)
    code_lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    superseded: int = 0
    error: DataError | None = None
    review: Reviewed | None = None
    replayed: int | None = None
    deleted: int = 0
    bytes: int = 0
    arrived: float | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    receipt: Receipt | None = None


def unchanged_verdict(version: PartitionVersion) -> Verdict:
    reason = f"the input is that of load {version.load_id}; nothing was read"
    return Verdict("commit", reason, rows_read=0, rows_accepted=0, rows_rejected=0)


def blocked_verdict(error: DataError, rows_read: int) -> Verdict:
    """The verdict on a delivery that could not be read to its end: one broken rule, the error's."""
    where = f"{error.where}: " if error.where else ""
    fix = f"; {error.fix}" if error.fix else ""
    result = RuleResult(error.rule, "error", 1, observed=f"{where}{error.problem}")
    return Verdict(
        "block",
        f"blocked: {where}{error.problem}{fix}",
        rows_read=rows_read,
        rows_accepted=0,
        rows_rejected=0,
        results=(result,),
        co_occurrence={error.rule: 1},
    )
