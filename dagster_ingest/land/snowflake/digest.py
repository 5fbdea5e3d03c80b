"""Counts and hash sums of rows that both sides can compute: DuckDB over a part, Snowflake over a table.

A row's text is its cells in the order of the columns, joined by U+001F; a null is U+001E, a cell of
more than LONG characters its MD5. The digest is the number of rows and the sum of the lower 64 bits
of the MD5 of each row's text, so no order counts. Beside it stand, for each column, the number of
cells and the sum of their lengths: they say where a difference is, and part null from U+001E.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dagster_ingest.land.parts import not_a_glob
from dagster_ingest.land.snowflake.names import identifier
from dagster_ingest.naming import quoted

LONG = 1024
TIMESTAMP = "_loaded_at"
NUMBERS = ("_row_number", "_row_hash")
WRAPPED = 2**64


@dataclass(frozen=True, slots=True)
class Digest:
    """cells, lengths: by column, in the order of the columns"""

    rows: int
    hash: int
    cells: tuple[int, ...] = ()
    lengths: tuple[int, ...] = ()

    def short(self) -> str:
        """What the registry keeps."""
        return f"{self.rows}:{self.hash}"

    def differs(self, other: Digest, columns: Sequence[str]) -> str:
        """What differs from `other`, in words; "" where nothing does."""
        if self == other:
            return ""
        if self.rows != other.rows:
            return f"{other.rows} rows instead of {self.rows}"
        pairs = zip(columns, self.cells, other.cells, self.lengths, other.lengths, strict=True)
        for name, cells, got, length, got_length in pairs:
            if cells != got:
                return f"column {name} has {got} cells instead of {cells}"
            if length != got_length:
                return f"cells of column {name} have {got_length} characters instead of {length}"
        return "cells differ: the hash sum is another one"


def of_part(path: Path, columns: Sequence[str]) -> Digest:
    """Of a parquet part, read by DuckDB."""
    import duckdb

    texts = {name: _local_text(name) for name in columns}
    low = f"cast('0x' || substr(md5({_row(texts, 'chr', 'length', 'md5')}), 17) as ubigint)"
    query = f"select {_listed(texts, low, 'length', 'hugeint')} from read_parquet(?)"
    with duckdb.connect(":memory:", config={"threads": "2"}) as connection:
        [row] = connection.execute(query, [not_a_glob(path)]).fetchall()
    return read(row)


def carried(path: Path, load_id: str) -> int:
    """Rows of a part that are of other loads than its own."""
    import duckdb

    query = "select count(*) filter (where _load_id is distinct from ?) from read_parquet(?)"
    with duckdb.connect(":memory:") as connection:
        [(found,)] = connection.execute(query, [load_id, not_a_glob(path)]).fetchall()
    return found


def in_snowflake(columns: Sequence[str]) -> str:
    """The expressions that give the same in Snowflake; `read` takes their row."""
    texts = {name: remote_text(name) for name in columns}
    low = f"MD5_NUMBER_LOWER64({_row(texts, 'CHR', 'LENGTH', 'MD5')})"
    return _listed(texts, low, "LENGTH", "NUMBER(38,0)")


def short_in_snowflake(columns: Sequence[str]) -> str:
    """The two expressions of `Digest.short` alone."""
    texts = {name: remote_text(name) for name in columns}
    return f"COUNT(*), {hash_sum(texts)}"


def hash_sum(texts: Mapping[str, str], half: str = "LOWER") -> str:
    """The sum over one half of the MD5 of each row, as text. texts: column to its cells' text form."""
    number = f"MD5_NUMBER_{half}64({_row(texts, 'CHR', 'LENGTH', 'MD5')})"
    return f"CAST(COALESCE(SUM(CAST({number} AS NUMBER(38,0))), 0) AS VARCHAR)"


def read(row: Sequence[object]) -> Digest:
    rows, total, *counts = (int(str(value)) for value in row)
    middle = len(counts) // 2
    return Digest(rows, total, tuple(counts[:middle]), tuple(counts[middle:]))


def row_hash() -> str:
    """`_row_hash` as it was: a reader that takes unsigned numbers for signed ones is set right."""
    column = identifier("_row_hash")
    return f"IFF({column} < 0, {column} + {WRAPPED}, {column})"


def remote_text(name: str) -> str:
    if name == TIMESTAMP:
        return f"CAST(DATE_PART(EPOCH_MICROSECOND, {identifier(name)}) AS VARCHAR)"
    if name == "_row_hash":
        return f"CAST({row_hash()} AS VARCHAR)"
    return f"CAST({identifier(name)} AS VARCHAR)" if name in NUMBERS else identifier(name)


def _local_text(name: str) -> str:
    if name == TIMESTAMP:
        return f"cast(epoch_us({quoted(name)}) as varchar)"
    return f"cast({quoted(name)} as varchar)" if name in NUMBERS else quoted(name)


def _row(texts: Mapping[str, str], char: str, length: str, md5: str) -> str:
    cells = [
        f"COALESCE(CASE WHEN {length}({cell}) > {LONG} THEN {md5}({cell}) ELSE {cell} END, {char}(30))"
        for cell in texts.values()
    ]
    return f" || {char}(31) || ".join(cells) or "''"


def _listed(texts: Mapping[str, str], low: str, length: str, wide: str) -> str:
    total = f"CAST(COALESCE(SUM(CAST({low} AS {wide})), 0) AS VARCHAR)"
    cells = [f"COUNT({cell})" for cell in texts.values()]
    lengths = [
        f"CAST(COALESCE(SUM(CAST({length}({cell}) AS {wide})), 0) AS VARCHAR)" for cell in texts.values()
    ]
    return ", ".join(["COUNT(*)", total, *cells, *lengths])
