"""Counts and hash sums of rows that both sides can compute: DuckDB over a part, Snowflake over a table.

A row's text is its cells in the order of the columns, joined by U+001F; a null is U+001E. Of a column
with a cell of more than LONG characters every cell stands as its MD5. The digest is the number of rows
and the sum of the lower 64 bits of the MD5 of each row's text, so no order counts. Beside it stands
for each column the number of its cells, which parts null from U+001E and says where cells were lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dagster_ingest.land.parts import not_a_glob
from dagster_ingest.land.snowflake.names import identifier
from dagster_ingest.naming import SYSTEM_COLUMNS, quoted

LONG = 1024
WRAPPED = 2**64


@dataclass(frozen=True, slots=True)
class Digest:
    """cells: by column, in the order of the columns. long: columns with a long cell."""

    rows: int
    hash: int
    cells: tuple[int, ...] = ()
    long: frozenset[str] = frozenset()

    def short(self) -> str:
        """What the registry keeps."""
        return f"{self.rows}:{self.hash}"

    def differs(self, other: Digest, columns: Sequence[str]) -> str:
        """What differs from `other`, in words; "" where nothing does."""
        if self.rows != other.rows:
            return f"{other.rows} rows instead of {self.rows}"
        for name, cells, got in zip(columns, self.cells, other.cells, strict=True):
            if cells != got:
                return f"column {name} has {got} cells instead of {cells}"
        return "" if self.hash == other.hash else "cells differ: the hash sum is another one"


def of_part(path: Path, columns: Sequence[str]) -> Digest:
    """Of a parquet part, read by DuckDB."""
    import duckdb

    file = not_a_glob(path)
    source = [name for name in columns if name not in SYSTEM_COLUMNS]
    with duckdb.connect(":memory:", config={"threads": "2"}) as connection:
        longest = ", ".join(f"max(length({quoted(name)}))" for name in source) or "0"
        [lengths] = connection.execute(f"select {longest} from read_parquet(?)", [file]).fetchall()
        long = frozenset(name for name, length in zip(source, lengths, strict=False) if (length or 0) > LONG)
        texts = [_local_text(name, long) for name in columns]
        cells = ", ".join(f"count({quoted(name)})" for name in columns)
        low = f"cast('0x' || substr(md5({joined(texts, 'chr')}), 17) as ubigint)"
        query = f"select count(*), coalesce(sum(cast({low} as hugeint)), 0), {cells} from read_parquet(?)"
        [row] = connection.execute(query, [file]).fetchall()
    return read(row, long)


def carried(path: Path, load_id: str) -> int:
    """Rows of a part that are of other loads than its own."""
    import duckdb

    query = "select count(*) filter (where _load_id is distinct from ?) from read_parquet(?)"
    with duckdb.connect(":memory:") as connection:
        [(found,)] = connection.execute(query, [load_id, not_a_glob(path)]).fetchall()
    return found


def in_snowflake(columns: Sequence[str], long: frozenset[str]) -> str:
    """The expressions that give the same in Snowflake; `read` takes their row."""
    return ", ".join([short_in_snowflake(columns, long), *(f"COUNT({identifier(name)})" for name in columns)])


def short_in_snowflake(columns: Sequence[str], long: frozenset[str]) -> str:
    """The two expressions of `Digest.short` alone."""
    return f"COUNT(*), {hash_sum(joined([_remote_text(name, long) for name in columns], 'CHR'))}"


def hash_sum(row: str, half: str = "LOWER") -> str:
    """In Snowflake: the sum over one half of the MD5 of each row's text, as text."""
    return f"CAST(COALESCE(SUM(CAST(MD5_NUMBER_{half}64({row}) AS NUMBER(38,0))), 0) AS VARCHAR)"


def joined(texts: Sequence[str], char: str) -> str:
    """A row's text. One call and not a chain of `||`, which nests as deep as a table is wide."""
    cells = [f"COALESCE({cell}, {char}(30))" for cell in texts]
    return f"CONCAT_WS({char}(31), {', '.join(cells)})" if cells else "''"


def bounded(cell: str) -> str:
    """In Snowflake: a cell's text, or its MD5 where that is long, whatever the other cells are."""
    return f"CASE WHEN LENGTH({cell}) > {LONG} THEN MD5({cell}) ELSE {cell} END"


def read(row: Sequence[object], long: frozenset[str] = frozenset()) -> Digest:
    rows, total, *cells = (int(str(value)) for value in row)
    return Digest(rows, total, tuple(cells), long)


def row_hash() -> str:
    """`_row_hash` as it was: a reader that takes unsigned numbers for signed ones is set right."""
    column = identifier("_row_hash")
    return f"IFF({column} < 0, {column} + {WRAPPED}, {column})"


def _remote_text(name: str, long: frozenset[str]) -> str:
    column = identifier(name)
    if name == "_loaded_at":
        return f"CAST(DATE_PART(EPOCH_MICROSECOND, {column}) AS VARCHAR)"
    if name == "_row_hash":
        return f"CAST({row_hash()} AS VARCHAR)"
    if name == "_row_number":
        return f"CAST({column} AS VARCHAR)"
    return f"MD5({column})" if name in long else column


def _local_text(name: str, long: frozenset[str]) -> str:
    column = quoted(name)
    if name == "_loaded_at":
        return f"cast(epoch_us({column}) as varchar)"
    if name in ("_row_number", "_row_hash"):
        return f"cast({column} as varchar)"
    return f"md5({column})" if name in long else column
