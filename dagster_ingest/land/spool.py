"""Rejected rows of a load in the making, on disk beside its part until the load ends."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from dagster_ingest.land.parts import create_locked
from dagster_ingest.naming import SYSTEM_COLUMNS

if TYPE_CHECKING:
    import polars as pl

RULES = "_rules"
ORIGIN = ("_source_uri", "_row_number", "_row_hash")
SPOOL_ROWS = 20_000


class Spool:
    """Rejected rows of one load, in files beside the part until the load ends."""

    def __init__(self, folder: Path, load_id: str) -> None:
        self._folder, self._load_id = folder, load_id
        self._held: list[pl.DataFrame] = []
        self._held_rows = 0
        self._open: list[IO[bytes]] = []
        self.files: list[Path] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Rows with `_rules`; every column that is not the platform's becomes part of the JSON text."""
        import polars as pl

        if rows.is_empty():
            return
        own = [c for c in rows.columns if c not in SYSTEM_COLUMNS and c != RULES]
        text = pl.struct(own).struct.json_encode() if own else pl.lit("{}")
        types = {"_source_uri": pl.String, "_row_number": pl.Int64, "_row_hash": pl.UInt64}
        origin = [
            pl.col(c).cast(t) if c in rows.columns else pl.lit(None, t).alias(c) for c, t in types.items()
        ]
        rules = pl.col(RULES).cast(pl.List(pl.String))
        self._held.append(rows.select(text.alias("_row"), rules, *origin))
        self._held_rows += rows.height
        if self._held_rows >= SPOOL_ROWS:
            self.flush()

    def flush(self) -> None:
        if not self._held:
            return
        import polars as pl

        path = self._folder / f".{self._load_id}.rejects-{len(self.files)}.tmp"
        file = create_locked(path)  # locked until the load ends: a cleaner sees that it is alive
        self._open.append(file)
        self.files.append(path)
        _one_each(pl.concat(self._held)).write_parquet(file, compression="snappy")
        file.flush()
        self._held, self._held_rows = [], 0

    def release(self) -> None:
        """Let go of the files, which stay."""
        for file in self._open:
            file.close()
        self._open = []

    def discard(self) -> None:
        for path in self.files:
            path.unlink(missing_ok=True)
        self.release()
        self.files, self._held, self._held_rows = [], [], 0


def _one_each(rows: pl.DataFrame) -> pl.DataFrame:
    """Each record once, with all the rules that it broke, in order."""
    import polars as pl

    rows = rows.with_columns(pl.col(RULES).list.unique().list.sort())
    if not rows.select(ORIGIN).is_duplicated().any():
        return rows
    together = pl.col(RULES).list.explode().unique().sort()
    return rows.group_by(ORIGIN, maintain_order=True).agg(pl.col("_row").first(), together)
