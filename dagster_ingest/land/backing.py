"""The protocol of a warehouse that holds a tenant's committed rows outside of the tenant's own file.

The tenant's ledger (land/duckdb.py) stages, audits, quarantines, holds for review and decides. What
it decided to commit, a backing makes visible in its warehouse, in one step. Rows that are read
back, by whoever, come from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dagster_ingest.land.base import PartitionVersion

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[str, str, str]
"""(layer, table, state)"""


TAKEN = ("bytes_scanned", "bytes_written", "execution_seconds", "credits")


@dataclass(frozen=True, slots=True)
class Landed:
    """A sealed part that is to become its partition.

    version   what the partition holds from now on; its load id names the part
    path      parquet: text columns as the source spells them, then the system columns; every row of
              the partition, those of earlier loads that still stand included
    replaces  load id of the partition that it takes the place of, "" for none. Where the warehouse
              holds another one, nothing is published
    contract  version of the contract that the rows passed, "" where it is not known
    """

    version: PartitionVersion
    path: Path
    replaces: str
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a warehouse tells of one publish. All of it is plain JSON.

    queries  ids of the statements, in order
    details  what it has beside: snapshot ids, branch and commit; sums over the statements go by the
             names in TAKEN
    """

    queries: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict, hash=False)

    def among(self, count: int) -> Receipt:
        """For one of `count` partitions that were published together: its equal part of what it took."""
        parts = {name: self.details[name] for name in TAKEN if self.details.get(name) is not None}
        shares = {n: v // count if isinstance(v, int) else round(v / count, 6) for n, v in parts.items()}
        return Receipt(self.queries, {**self.details, **shares}) if count > 1 else self


class Backing(Protocol):
    """The raw tables of one tenant in a warehouse; safe across processes and threads.

    Every method raises Unavailable where a retry may help, AccessDenied where a person must act, and
    LandError for the rest; nothing is half done after any of them.
    """

    kind: str
    """`snowflake` or `iceberg`: names it in asset kinds and errors."""
    layers: frozenset[str]
    """The layers that live there. dbt builds the others in the tenant's file."""

    def versions(self, state: str | None = None) -> dict[Key, PartitionVersion]:
        """The raw partitions that it holds now, of one state or of all."""

    def publish(self, parts: Sequence[Landed]) -> Receipt:
        """Make every part its partition, all or none. Before anybody sees them, counts and hash sums are
        read back from the warehouse and compared with the parts.

        A part whose load it holds already is left alone. Unavailable where a partition is not the
        one that its part replaces.
        """

    def fetch(self, version: PartitionVersion, into: Path) -> None:
        """Write the rows of a partition as a part: of what it holds now, or of a load in `history`."""

    def history(self, table: str, state: str) -> list[PartitionVersion]:
        """The loads whose rows can still be fetched, the newest first; the present one leads."""

    def read(self, layer: str, table: str, state: str | None, columns: Sequence[str] | None) -> pa.Table:
        """Rows as Arrow, of one state or of all; see DuckDBLanding.read."""

    def content_versions(
        self, names: Sequence[tuple[str, str]], state: str, exclude: Sequence[str] = ()
    ) -> dict[tuple[str, str], tuple[str, int]]:
        """Of tables in `layers`; see DuckDBLanding.content_versions."""

    def recover(self) -> list[str]:
        """Remove what killed publishes left behind. Names what was removed."""
