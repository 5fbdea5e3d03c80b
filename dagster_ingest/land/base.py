"""The protocol between a staged candidate and a warehouse: begin, write, audit, commit, abort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from dagster_ingest.land.delivery import Delivery
    from dagster_ingest.land.kept import Kept
    from dagster_ingest.land.profiles import Note
    from dagster_ingest.land.refused import DuckDBQuarantine


@dataclass(frozen=True, slots=True)
class PartitionVersion:
    """What a (layer, table, state) partition holds now, kept beside the data in the same commit.

    data_version  digest of the rows; equal means the same rows
    inputs        digest of everything the partition was made from; equal means nothing to do.
                  For raw: source fingerprint, contract checksum and extraction version.
    fingerprint   of raw: the source's own part of `inputs`
    cursor        of raw: where the next read of the source starts; see extract/cursor.py. "" for none
    """

    layer: str
    table: str
    state: str
    load_id: str
    data_version: str
    inputs: str
    rows: int
    bytes: int
    committed_at: str
    fingerprint: str = ""
    cursor: str = ""


Reason = Literal["review", "blocked"]
Verb = Literal["approved", "rejected", "superseded"]


@dataclass(frozen=True, slots=True)
class Held:
    """A sealed candidate that was not committed and is kept: complete, durable, invisible.

    reason      review: it waits for a person. blocked: the contract refused the delivery; these
                are the rows that passed
    hash        binds a decision to this very candidate: digest of inputs, rows, load and file
    file        its part, below the tenant's raw folder
    held_at     ISO text in UTC; `expires_at` likewise, "" for never
    base        data version of the partition that it was compared with, "" for none
    difference  how it differs from that partition; see extract/difference.py
    cursor      is the partition's from the commit on
    contract    checksum of the contract that the rows passed, "" where it is not known
    """

    table: str
    state: str
    load_id: str
    reason: str
    hash: str
    data_version: str
    inputs: str
    fingerprint: str
    rows: int
    bytes: int
    file: str
    contract_version: str
    held_at: str
    expires_at: str
    why: str
    base: str
    difference: dict[str, Any] = field(default_factory=dict, hash=False)
    cursor: str = ""
    contract: str = ""

    def expired(self, now: str) -> bool:
        return bool(self.expires_at) and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a candidate that waited. `by` names a person, `expiry`, or the load that came after."""

    table: str
    state: str
    hash: str
    load_id: str
    inputs: str
    decision: str
    by: str
    note: str
    decided_at: str


class Candidate(Protocol):
    """A load in the making: invisible until it is committed, gone when it is aborted."""

    load_id: str
    bytes: int
    """Size of the staged files; known once it is sealed."""

    def write(self, frame: pl.DataFrame) -> None:
        """Append accepted rows, system columns included."""

    def reject(self, frame: pl.DataFrame) -> None:
        """Append rows for quarantine: the row's columns as text plus `_rules` (list of rule ids)."""

    def drop_rows(self, row_ids: pl.DataFrame, rule: str) -> None:
        """Move rows already written to quarantine: `_source_uri`, `_row_number` of each."""

    def frames(self, without: pl.DataFrame | None = None) -> Iterator[pl.DataFrame]:
        """The rows written so far, but those at `without` (`_source_uri`, `_row_number`). It was the
        last of them: no more rows can be written."""

    def observe(self, note: Note) -> None:
        """What the load looked like, to be kept when it ends, whatever its end is."""

    def describe(self, delivery: Delivery) -> None:
        """What the part tells of its delivery. Before the audit ends."""

    def replaces(self, load_id: str) -> None:
        """It was made from the rows of this load ("": of none), which must still be the partition's."""

    def forget(self) -> None:
        """Drop everything, the rejects too: it was a rehearsal."""

    def seal(self) -> None:
        """No more rows. Files are complete and durable after this."""

    def commit(self, version: PartitionVersion) -> None:
        """Make the candidate the partition, in one step, with its version and its quarantine."""

    def scan(self) -> pl.LazyFrame:
        """The rows of a sealed candidate."""

    def hold(
        self,
        version: PartitionVersion,
        *,
        reason: Reason,
        contract_version: str,
        why: str,
        base: str,
        expires_at: str = "",
        difference: dict[str, Any] | None = None,
        contract: str = "",
    ) -> Held:
        """Keep the sealed candidate without committing it, in place of any that was held before."""

    def abort(self) -> None:
        """Keep the quarantine as evidence, drop the rest. The partition stands as it was."""


class HeldCandidates(Protocol):
    """Held candidates of one tenant. Everything here is safe across processes; nothing happens twice."""

    def get(self, table: str, state: str) -> Held | None: ...

    def all(self) -> list[Held]: ...

    def scan(self, held: Held) -> pl.LazyFrame:
        """Its rows, system columns included."""

    def decisions(self, table: str | None = None, state: str | None = None) -> list[Decision]:
        """Oldest first."""

    def decision(self, held: Held) -> Decision | None:
        """The person's decision on this very candidate, if there is one."""

    def decide(self, table: str, state: str, hash: str, verb: Verb, *, by: str, note: str = "") -> Decision:
        """Write a decision down, durably. `hash` may be cut to 8 characters. Rejecting drops the
        candidate; approving leaves it for `commit`. LandError where it is not what waits."""

    def commit(self, held: Held) -> PartitionVersion:
        """Make an approved candidate the partition, in one step, once."""

    def withdraw(self, held: Held, *, by: str, note: str = "") -> None:
        """Drop a candidate that something newer took the place of."""


class Landing(Protocol):
    """Raw tables of one tenant."""

    def current(self, table: str, state: str) -> PartitionVersion | None: ...

    def begin(self, table: str, state: str, load_id: str, *, columns: Sequence[str]) -> Candidate: ...

    def move_cursor(self, version: PartitionVersion, cursor: str) -> PartitionVersion:
        """Write a cursor down for a partition whose rows stay as they are. What it holds now; the same
        version if another load committed meanwhile."""

    def keys(self, table: str, state: str, columns: Sequence[str]) -> pl.DataFrame:
        """Distinct values of `columns` in the committed partition; no rows if there is none."""

    def read(self, layer: str, table: str, state: str | None) -> pa.Table:
        """The committed rows, system columns included."""

    def scan(self, table: str, state: str) -> pl.LazyFrame | None:
        """The committed rows, for as long as `shared` is held; None if there is no partition."""

    def shared(self) -> AbstractContextManager[None]:
        """Keep writers out while several things are read that must belong together."""

    def kept(self, table: str, state: str) -> Kept | None:
        """What is still here of the latest delivery that was read to its end; None if nothing ever was."""

    @property
    def quarantine(self) -> DuckDBQuarantine:
        """Rejected rows, and what people decided on them."""

    @property
    def held(self) -> HeldCandidates:
        """Candidates that are kept without being committed, and what was decided on them."""

    def recover(self) -> list[str]:
        """Remove what killed loads left behind. Names what was removed."""
