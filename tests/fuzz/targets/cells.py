"""Cells of iCarol, WellSky and VisionLink: Python literals, JSON, and lists of codes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from dagster_ingest.extract.decode import CODECS
from dagster_ingest.extract.template import code_list
from dagster_ingest.testing import sample


def seeds() -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        sample.write(Path(folder), ["gulf", "keystone"])
        found: set[str] = set()
        for file in sorted(Path(folder).rglob("*.csv")):
            table = pl.read_csv(file, infer_schema=False, n_rows=20, truncate_ragged_lines=True)
            found |= {c for column in table.iter_columns() for c in column.drop_nulls() if c[:1] in "[{"}
    for text in sorted(found, key=len)[::7][:60]:
        yield text.encode()
    yield rb"""[{'a': "St. Mary's", 'b': (1, None, True), 'c': 'caf\u00e9 \x41', "d": -1.5e3}]"""
    yield b"""[77 => "Active", 78 => 'Cancelled - DO "NOT" USE', n/a => "\\"x\\""]"""


def one(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for codec in CODECS.values():
        made = codec(text)
        if made is not None:
            made.encode()
            json.loads(made, parse_constant=_refused)
    assert all(isinstance(part, str) for pair in code_list(text).items() for part in pair)


def _refused(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")
