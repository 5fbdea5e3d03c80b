"""Parquet files, damaged."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa
from pyarrow import parquet

from tests.fuzz.drop import Drop

DROP = Drop("a.parquet")


def seeds() -> Iterator[bytes]:
    table = pa.table(
        {"a": ["x", None], "n": [1, 2], "t": [datetime(2026, 1, 1), None], "l": [[{"b": 1.5}], []]}
    )
    for how in ({}, {"compression": "none", "use_dictionary": False}, {"compression": "gzip"}):
        buffer = io.BytesIO()
        parquet.write_table(table, buffer, **how)
        yield buffer.getvalue()


def one(data: bytes) -> None:
    DROP.read(data)
