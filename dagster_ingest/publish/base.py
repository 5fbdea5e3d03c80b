"""The protocol between a stage partition and a store that people read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class StagePartition:
    """One tenant's stage rows for one state, as Arrow tables by entity name, read on demand.

    version    digest over the data versions of all its tables; equal means the same rows
    table      entity name to Arrow table in HSDS column order, system columns (`_...`) left out
    entities   names that `table` answers to
    redirects  old id to the id of the record that took its place, as the tenant says: whether that is
               published, or has been replaced itself, is for the reader to see
    versions   entity name to the version of its table, where one is known; equal means the same rows, so
               a reader that remembers one need not go through the table again
    """

    tenant: str
    display_name: str
    state: str
    version: str
    locales: tuple[str, ...]
    entities: tuple[str, ...]
    table: Callable[[str], pa.Table]
    redirects: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publish did. `changed` is False when the store already showed this version."""

    changed: bool
    version: str
    rows: Mapping[str, int] = field(default_factory=dict)
    written: int = 0
    deleted: int = 0
    bytes: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a publish would do, in documents or rows by collection. `bulk` says why everything is built anew,
    or is empty."""

    bulk: str
    written: Mapping[str, int]
    deleted: Mapping[str, int]
    unchanged: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was read back. No `problems` means that counts and the sample agree with the stage.

    notes  what is not there and need not be, such as an extension of the server
    """

    counts: Mapping[str, int]
    sampled: int
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Reader(Protocol):
    """Publishes a stage partition. All or nothing, idempotent, safe to kill at any point.

    A collection is what the store counts in: a table, an index, a collection of documents.
    """

    name: str

    def published(self, tenant: str, state: str) -> str | None:
        """The version that the store shows now, or None."""

    def plan(self, partition: StagePartition) -> Plan:
        """What `publish` would do now. Nothing is written."""

    def publish(self, partition: StagePartition) -> Publication:
        """Show the partition, as the target says: `apply` without its options."""

    def apply(
        self, partition: StagePartition, *, allow_deletes: bool = False, bulk: bool = False
    ) -> Publication:
        """Show the partition.

        allow_deletes  delete more than the declared share as well, which is otherwise a PublishError
        bulk           build everything anew, whatever the target says and even where this version is shown
        """

    def verify(self, partition: StagePartition) -> Verified:
        """Compare what the store shows with the stage: counts, and a sample read back. Nothing is written."""

    def rollback(self, tenant: str, state: str | None = None) -> str:
        """Show again what was shown before the last publication. What was done, in words.

        state  only this one, for stores that keep each state by itself. None: all that can be
        PublishError where nothing is kept. What came back never holds a record that was taken away since.
        """

    def withdraw(self, tenant: str, state: str) -> int:
        """Remove one state of one tenant, and what is kept of it. Never called on its own accord. Rows or
        documents removed."""
