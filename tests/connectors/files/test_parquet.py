from __future__ import annotations

import datetime as dt
import gzip
import io
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from dagster_ingest.errors import DataError


def written(table: pa.Table, **options) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, **options)
    return buffer.getvalue()


def test_typed_values_are_text_in_the_one_form(drops):
    moment = dt.datetime(2026, 11, 2, 3, 15, tzinfo=dt.UTC)
    values = {
        "text": pa.array(["00123", None]),
        "whole": pa.array([7, None]),
        "float": pa.array([1e-7, 5.0]),
        "decimal": pa.array([Decimal("1.50"), None]),
        "flag": pa.array([True, False]),
        "day": pa.array([dt.date(2026, 11, 2), None]),
        "moment": pa.array([moment, None], pa.timestamp("us", "America/Chicago")),
        "list": pa.array([["a", "b"], []]),
        "code": pa.array(["x", "y"]).dictionary_encode(),
    }
    drops.put("a.parquet", written(pa.table(values)))

    found = drops.read(pattern="*.parquet")

    assert found.columns == list(values)
    assert found.rows == [
        ("00123", "7", "1e-07", "1.50", "true", "2026-11-02", "2026-11-02T03:15:00Z", '["a","b"]', "x"),
        (None, None, "5.0", None, "false", None, None, "[]", "y"),
    ]


def test_rows_are_numbered_across_row_groups(drops):
    table = pa.table({"n": list(range(200_000))})
    drops.put("a.parquet", written(table, row_group_size=70_000))

    found = drops.read(pattern="*.parquet")

    assert found.batches > 2
    assert found.numbers == list(range(1, 200_001))
    assert [row[0] for row in found.rows[::50_000]] == ["0", "50000", "100000", "150000"]


def test_packed_files_and_headings_that_repeat(drops):
    content = written(pa.table([[1], [2]], names=["a", "a"]))
    drops.put("a.parquet.gz", gzip.compress(content))

    found = drops.read(pattern="a.parquet")

    assert found.columns == ["a", "a_2"]
    assert found.rows == [("1", "2")]


def test_a_table_without_rows_has_its_columns(drops):
    drops.put("a.parquet", written(pa.table({"a": pa.array([], pa.string())})))

    found = drops.read(pattern="*.parquet")

    assert (found.columns, found.rows) == (["a"], [])


def test_a_damaged_page_fails_the_file(drops):
    content = bytearray(
        written(pa.table({"a": ["some text"] * 50_000, "n": range(50_000)}), write_page_checksum=True)
    )
    content[len(content) // 2] ^= 0xFF
    drops.put("a.parquet", bytes(content))

    with pytest.raises(DataError, match="damaged") as raised:
        drops.read(pattern="*.parquet")

    assert raised.value.rule == "file|readable"


@pytest.mark.parametrize(
    ("content", "rule", "words"),
    [
        (written(pa.table({"a": [1]}))[:-9], "file|truncated", "no footer"),
        (b"PAR1", "file|truncated", "no footer"),
        (b"PAR1" + b"\xff" * 40 + b"PAR1", "file|readable", "damaged"),
        (b"a,b\n", "file|readable", "text, not Parquet"),
        (b"", "file|empty", "empty"),
    ],
)
def test_what_is_no_parquet_is_named(drops, content, rule, words):
    drops.put("a.parquet", content)

    with pytest.raises(DataError, match=words) as raised:
        drops.read(pattern="*.parquet")

    assert raised.value.rule == rule
