"""Sums over rows that no order changes: what was handed over, and what is read back, must agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_ingest.land.iceberg.schema import HASH

if TYPE_CHECKING:
    import polars as pl

_WIDTH = (1 << 64) - 1


@dataclass(slots=True)
class Sums:
    """Rows, the sum of their `_row_hash`, and sum and exclusive or of a hash over all their cells.

    The content hash is of this process's polars: compare it within a process only. `names` are the
    columns that count, in one order for both sides; null and empty text differ.
    """

    names: tuple[str, ...]
    rows: int = 0
    hashes: int = 0
    content: int = 0
    mixed: int = 0

    def add(self, frame: pl.DataFrame) -> None:
        """`_row_hash` as the unsigned number."""
        import polars as pl

        if frame.is_empty():
            return
        ordered = frame.select(self.names)
        rows = ordered.hash_rows(11)
        self.rows += frame.height
        self.hashes = (self.hashes + _total(frame.get_column(HASH))) & _WIDTH
        self.content = (self.content + _total(rows)) & _WIDTH
        self.mixed ^= pl.select(rows.bitwise_xor()).item() or 0

    def __str__(self) -> str:
        return f"{self.rows}:{self.hashes:016x}"

    def differs(self, other: Sums) -> str:
        """What is not equal, for a person; "" where all is."""
        told = []
        if self.rows != other.rows:
            told.append(f"{self.rows} rows were handed over and {other.rows} are there")
        elif self.hashes != other.hashes:
            told.append("the rows are others: their hashes do not add up")
        elif (self.content, self.mixed) != (other.content, other.mixed):
            told.append("cells are others than those handed over")
        return "; ".join(told)


def _total(numbers: pl.Series) -> int:
    """Sum modulo 2**64 of unsigned numbers."""
    low, high = numbers & 0xFFFFFFFF, numbers // (1 << 32)
    return (int(low.sum() or 0) + (int(high.sum() or 0) << 32)) & _WIDTH
