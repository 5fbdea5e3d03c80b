"""The digest of a part, by DuckDB here and by plain Python beside it."""

from __future__ import annotations

import hashlib

import polars as pl
import pytest

from dagster_ingest.land.snowflake import digest
from tests.land.helpers import frame
from tests.land.snowflake.loads import part


def by_hand(rows: pl.DataFrame) -> digest.Digest:
    """What module digest says of itself, written down a second time."""
    total, cells = 0, [0] * rows.width
    texts = [rows[name].drop_nulls() for name in rows.columns if rows.schema[name] == pl.String]
    long = {column.name for column in texts if any(len(text) > digest.LONG for text in column)}
    for row in rows.with_columns(pl.col("_loaded_at").dt.epoch("us")).rows():
        shown = []
        for place, value in enumerate(row):
            text = None if value is None else str(value)
            cells[place] += text is not None
            if text is not None and rows.columns[place] in long:
                text = hashlib.md5(text.encode()).hexdigest()
            shown.append("\x1e" if text is None else text)
        total += int(hashlib.md5("\x1f".join(shown).encode()).hexdigest()[16:], 16)
    return digest.Digest(rows.height, total, tuple(cells), frozenset(long))


def test_the_digest_is_what_it_is_said_to_be(tmp_path):
    rows = frame("a", ID=["1", "2", None], Text=["😀 né", "x" * 2000, ""], None_=[None, None, None])

    found = digest.of_part(part(tmp_path, rows, "a").path, rows.columns)

    assert found == by_hand(rows)
    assert found.cells[:3] == (2, 3, 0)
    assert found.long == {"Text"}


def test_no_order_counts(tmp_path):
    rows = frame("a", ID=["1", "2", "3"])
    one, other = part(tmp_path, rows, "a"), part(tmp_path, rows.reverse(), "b")

    assert digest.of_part(one.path, rows.columns) == digest.of_part(other.path, rows.columns)


def test_an_empty_part_has_a_digest(tmp_path):
    rows = frame("a", ID=[])

    assert digest.of_part(part(tmp_path, rows, "a").path, rows.columns).short() == "0:0"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rows": 3}, "3 rows instead of 2"),
        ({"cells": (2, 1)}, "column B has 1 cells instead of 2"),
        ({"hash": 8}, "cells differ"),
    ],
)
def test_a_difference_is_named(change, told):
    sound = {"rows": 2, "hash": 7, "cells": (2, 2)}

    assert told in digest.Digest(**sound).differs(digest.Digest(**{**sound, **change}), ["A", "B"])
    assert digest.Digest(**sound).differs(digest.Digest(**sound), ["A", "B"]) == ""


def test_rows_of_other_loads_are_counted(tmp_path):
    rows = pl.concat([frame("a", ID=["1"]), frame("b", ID=["2", "3"])])

    assert digest.carried(part(tmp_path, rows, "b").path, "b") == 1
