"""The protocol between a staged candidate and a warehouse: begin, write, audit, commit, abort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class PartitionVersion:
    """What a (layer, table, state) partition holds now, kept beside the data in the same commit.

    data_version  digest of the rows; equal means the same rows
    inputs        digest of everything the partition was made from; equal means nothing to do.
                  For raw: source fingerprint, contract checksum and extraction version.
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

    def seal(self) -> None:
        """No more rows. Files are complete and durable after this."""

    def commit(self, version: PartitionVersion) -> None:
        """Make the candidate the partition, in one step, with its version and its quarantine."""

    def abort(self) -> None:
        """Keep the quarantine as evidence, drop the rest. The partition stands as it was."""


class Landing(Protocol):
    """Raw tables of one tenant."""

    def current(self, table: str, state: str) -> PartitionVersion | None: ...

    def begin(self, table: str, state: str, load_id: str, *, columns: Sequence[str]) -> Candidate: ...

    def keys(self, table: str, state: str, columns: Sequence[str]) -> pl.DataFrame:
        """Distinct values of `columns` in the committed partition; no rows if there is none."""

    def read(self, layer: str, table: str, state: str | None) -> pa.Table:
        """The committed rows, system columns included."""

    def recover(self) -> list[str]:
        """Remove what killed loads left behind. Names what was removed."""
