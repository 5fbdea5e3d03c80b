"""Rows that parse but are no data: comment lines, and rows with NUL bytes, which no store takes."""

from __future__ import annotations

import polars as pl

from dagster_ingest.connectors.base import Malformed

NUL_BYTE = "*|nul_byte"


def without(
    frame: pl.DataFrame, numbers: pl.Series, mask: pl.Expr
) -> tuple[pl.DataFrame, pl.Series, pl.DataFrame]:
    """(rows not in `mask`, their numbers, rows in it with `_n` as their number)."""
    numbered = frame.with_columns(numbers.alias("_n"))
    kept = numbered.filter(~mask)
    return kept.drop("_n"), kept["_n"], numbered.filter(mask)


def is_comment(prefix: str) -> pl.Expr:
    return pl.col("c0").str.starts_with(prefix)


def has_nul(frame: pl.DataFrame) -> pl.Expr:
    return pl.any_horizontal(pl.col(c).str.contains("\0", literal=True) for c in frame.columns)


def as_malformed(rows: pl.DataFrame, uri: str, delimiter: str) -> list[Malformed]:
    return [
        Malformed(uri, number, NUL_BYTE, delimiter.join(cells).replace("\0", "\\0"))
        for *cells, number in rows.iter_rows()
    ]


def numbered(frame: pl.DataFrame, first: int) -> pl.Series:
    """Consecutive record numbers for a frame's rows."""
    return pl.int_range(first, first + frame.height, eager=True, dtype=pl.Int64)
