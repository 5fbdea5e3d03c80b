"""What rows hold: the hash of a row, and a digest of all rows that does not depend on their order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import polars as pl

HASH_SEED = 211
HASH_ALGORITHM = f"polars.hash_rows/{pl.__version__}/seed={HASH_SEED}"
_LOW = 2**32 - 1
_MODULUS = 2**64


def row_hash(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """UInt64 over the cells of `columns`, in their order; the same in every process of one polars version."""
    return frame.select(columns).hash_rows(seed=HASH_SEED).alias("_row_hash")


class Content:
    """Count, sum and xor of row hashes; rows can be taken out again."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0
        self._xor = 0
        self._unknown = ""

    def add(self, hashes: pl.Series) -> None:
        self._change(hashes, 1)

    def remove(self, hashes: pl.Series) -> None:
        self._change(hashes, -1)

    def remove_unseen(self, rows: int, load_id: str) -> None:
        """Take out rows of unknown hash. The digest then equals that of no other load."""
        self.rows -= rows
        self._unknown = load_id

    def digest(self, columns: Sequence[str], made_by: str) -> str:
        """The data version: equal means the same columns and the same rows, made by the same code."""
        counts = [str(self.rows), str(self._sum), str(self._xor), self._unknown]
        parts = [HASH_ALGORITHM, made_by, "\x1f".join(columns), *counts]
        return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()[:32]

    def _change(self, hashes: pl.Series, sign: int) -> None:
        if hashes.is_empty():
            return
        self.rows += sign * hashes.len()
        low, high = int((hashes & _LOW).sum()), int((hashes // 2**32).sum())
        self._sum = (self._sum + sign * (low + (high << 32))) % _MODULUS
        self._xor ^= int(hashes.bitwise_xor() or 0)  # type: ignore[arg-type]
