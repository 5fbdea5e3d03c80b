"""Keys that occur twice in one delivery, over any number of batches.

Rows that broke a rule of their own do not take part: a bad row is set aside and cannot cast doubt on
a good one. Among the others, when a key occurs more than once:

  - rows that are equal in every cell (row hash): the first in file order stays, its copies are rejected;
  - rows that differ: nobody can say which is right, so every one of them is rejected.

A null part makes a key no key: `unique` lets such rows pass, `primary_key` has flagged them already.

Memory: 8 bytes a row for the key's hash. Keys and positions are kept up to `HELD_ROWS` rows and then
spilled to temporary files, read again only when two hashes agree; the keys themselves then decide.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from dagster_ingest.spec.contract import Rule

HELD_ROWS = 500_000
ORIGIN = ("_source_uri", "_row_number", "_row_hash")


class KeyWatch:
    """Sees the accepted rows of one unique or primary_key rule, batch by batch."""

    def __init__(self, rule: Rule, *, held_rows: int = HELD_ROWS) -> None:
        self.rule = rule
        self._parts = [f"k{i}" for i in range(len(rule.columns))]
        self._hashes: list[pl.Series] = []
        self._held: list[pl.DataFrame] = []
        self._held_rows = 0
        self._limit = held_rows
        self._spill: tempfile.TemporaryDirectory | None = None

    def see(self, keys: pl.DataFrame, origin: pl.DataFrame) -> None:
        """`keys`: the rule's columns as the rules see them; `origin`: the same rows' ORIGIN columns."""
        rows = pl.concat(
            [keys.rename(dict(zip(self.rule.columns, self._parts, strict=True))), origin], how="horizontal"
        ).drop_nulls(self._parts)
        hashed = rows.select(h=pl.struct(self._parts).hash() if len(self._parts) > 1 else pl.col("k0").hash())
        self._hashes.append(hashed["h"])
        self._held.append(rows.with_columns(hashed["h"]))
        self._held_rows += rows.height
        if self._held_rows > self._limit:
            self._spill_held()

    def duplicates(self) -> pl.DataFrame:
        """Rows to reject, in file order: the key's parts as `k0`, `k1` ... and ORIGIN."""
        if not self._hashes:
            return self._nothing()
        hashes = pl.concat(self._hashes)
        if hashes.n_unique() == hashes.len():
            return self._nothing()
        suspect = hashes.filter(hashes.is_duplicated()).unique()
        rows = self._rows_with(suspect)
        size = pl.len().over(self._parts)
        same = pl.col("_row_hash").n_unique().over(self._parts) == 1
        later = pl.int_range(pl.len()).over(self._parts) > 0
        return rows.filter((size > 1) & (same.not_() | later)).drop("h")

    def repeats(self) -> pl.DataFrame:
        """Rows after the first of their key, in file order; columns as those of `duplicates`."""
        if not self._hashes:
            return self._nothing()
        hashes = pl.concat(self._hashes)
        if hashes.n_unique() == hashes.len():
            return self._nothing()
        rows = self._rows_with(hashes.filter(hashes.is_duplicated()).unique())
        return rows.filter(pl.int_range(pl.len()).over(self._parts) > 0).drop("h")

    def close(self) -> None:
        self._hashes, self._held = [], []
        if self._spill is not None:
            self._spill.cleanup()
            self._spill = None

    def _nothing(self) -> pl.DataFrame:
        schema = {**dict.fromkeys(self._parts, pl.String), "_source_uri": pl.String}
        return pl.DataFrame(schema={**schema, "_row_number": pl.Int64, "_row_hash": pl.UInt64})

    def _rows_with(self, hashes: pl.Series) -> pl.DataFrame:
        wanted = pl.col("h").is_in(hashes.implode())
        found = [pl.scan_ipc(path).filter(wanted).collect() for path in self._files()]
        found += [frame.filter(wanted) for frame in self._held]
        return pl.concat(found)

    def _files(self) -> list[Path]:
        return sorted(Path(self._spill.name).iterdir()) if self._spill is not None else []

    def _spill_held(self) -> None:
        if self._spill is None:
            self._spill = tempfile.TemporaryDirectory(prefix="dagster-ingest-keys-")
        name = f"{len(self._files()):06d}.arrow"
        pl.concat(self._held).write_ipc(Path(self._spill.name) / name)
        self._held, self._held_rows = [], 0
