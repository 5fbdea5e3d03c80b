"""Typed values become the same text on every way: Python values, polars columns, Arrow columns."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_ingest.connectors import text
from dagster_ingest.errors import DataError

CENTRAL = timezone(timedelta(hours=-6))
ID = UUID("6f0c1f6e-3f0e-5a53-9a3c-2f2d6a0e8b11")

CASES = [
    ("  as it is \n", "  as it is \n"),
    ("", ""),
    (None, None),
    (True, "true"),
    (42, "42"),
    (-(2**62), "-4611686018427387904"),
    (0.1, "0.1"),
    (5.0, "5.0"),
    (-0.0, "-0.0"),
    (1e-7, "1e-07"),
    (0.00001, "1e-05"),
    (1e22, "1e+22"),
    (math.inf, "Infinity"),
    (-math.inf, "-Infinity"),
    (math.nan, "NaN"),
    (Decimal("1.50"), "1.50"),
    (date(2026, 11, 2), "2026-11-02"),
    (time(3, 15), "03:15:00"),
    (time(3, 15, 0, 500_000), "03:15:00.5"),
    (datetime(2026, 11, 2, 3, 15), "2026-11-02T03:15:00"),
    (datetime(2026, 11, 2, 3, 15, 20, 120_000), "2026-11-02T03:15:20.12"),
    (datetime(2026, 11, 2, 3, 15, tzinfo=UTC), "2026-11-02T03:15:00Z"),
    (datetime(2026, 11, 2, 3, 15, tzinfo=CENTRAL), "2026-11-02T09:15:00Z"),
    (timedelta(days=1, seconds=3), "P1DT3S"),
    (b"a\xff", "Yf8="),
    ([1, None, "Peña"], '[1,null,"Peña"]'),
    ({"b": 1.5, "a": {"c": True}}, '{"b":1.5,"a":{"c":true}}'),
    ([{"on": date(2026, 11, 2)}], '[{"on":"2026-11-02"}]'),
]


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_a_value_has_one_text(value, expected):
    assert text.cell(value) == expected


@pytest.mark.parametrize(("value", "expected"), [case for case in CASES if case[0] is not None])
def test_a_column_has_the_text_of_its_values(value, expected):
    if isinstance(value, list) and len({type(v) for v in value}) > 1:
        pytest.skip("no column has cells of several types")
    series = pl.Series("c", [value, None], strict=False)

    found = text.frame(pl.DataFrame([series]))

    assert found["c"].to_list() == [expected, None]
    assert found.schema == {"c": pl.String}


@pytest.mark.parametrize(("value", "expected"), [case for case in CASES if case[0] is not None])
def test_arrow_has_the_text_of_its_values(value, expected):
    if isinstance(value, list) and len({type(v) for v in value}) > 1:
        pytest.skip("no column has cells of several types")
    table = pa.table({"c": pa.array([value, None])})

    found = text.of_arrow(table)

    assert found["c"].to_list() == [expected, None]


def test_arrow_types_that_polars_lacks():
    table = pa.table(
        {
            "wide": pa.array([Decimal("1.50")], pa.decimal256(60, 2)),
            "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
            "word": pa.array(["x"]).dictionary_encode(),
            "id": pa.array([ID.bytes], pa.uuid()),
            "none": pa.nulls(1),
        }
    )

    found = text.of_arrow(table)

    assert found.row(0) == ("1.50", '{"a":1}', "x", str(ID), None)
    assert set(found.dtypes) == {pl.String}


def test_records_become_text_and_a_missing_key_is_null():
    found = text.rows([{"ID": 7, "N": {"x": [1]}}, {"ID": None}], ["ID", "N"])

    assert found.rows() == [("7", '{"x":[1]}'), (None, None)]


def test_a_uuid_writes_itself():
    assert text.cell(ID) == str(ID)
    assert text.cell({"id": ID}) == f'{{"id":"{ID}"}}'


@given(st.lists(st.floats(width=64), min_size=1))
def test_floats_read_back_the_same_and_columns_agree(values):
    cells = [text.cell(value) for value in values]

    assert text.frame(pl.DataFrame({"c": pl.Series(values, dtype=pl.Float64)}))["c"].to_list() == cells
    for value, cell in zip(values, cells, strict=True):
        assert float(cell) == value or math.isnan(value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_nested_values_are_json(value):
    assert json.loads(text.cell([value])) == [value]


@given(st.lists(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9999, 12, 31)), min_size=1))
def test_timestamps_agree(values):
    found = text.frame(pl.DataFrame({"c": pl.Series(values, dtype=pl.Datetime("us"))}))["c"].to_list()

    assert found == [text.cell(value) for value in values]
    assert [datetime.fromisoformat(cell) for cell in found] == values


LAST, FIRST = 2**63 - 1, -(2**63)


@pytest.mark.parametrize(
    ("kind", "number", "expected"),
    [
        (pa.timestamp("us"), LAST, str(LAST)),  # PostgreSQL's infinity
        (pa.timestamp("us"), FIRST, str(FIRST)),
        (pa.timestamp("ms", "America/Chicago"), LAST, str(LAST)),
        (pa.timestamp("s"), LAST, str(LAST)),
        (pa.timestamp("s"), -62_135_596_800, "0001-01-01T00:00:00"),
        (pa.timestamp("us"), 253_402_300_800_000_000, "+10000-01-01T00:00:00"),
        (pa.date32(), 2**31 - 1, str(2**31 - 1)),
        (pa.date64(), LAST - LAST % 86_400_000, str(LAST - LAST % 86_400_000)),
        (pa.time64("us"), 86_400_000_000, "86400000000"),
        (pa.time64("us"), 86_399_000_000, "23:59:59"),
        (pa.duration("s"), LAST, str(LAST)),
    ],
)
def test_what_no_calendar_has_is_told_as_its_number(kind, number, expected):
    width = pa.int32() if kind.bit_width == 32 else pa.int64()
    column = pa.array([number, None, 0], width).view(kind)

    found = text.of_arrow(pa.table({"c": column}))["c"].to_list()

    assert found[:2] == [expected, None]
    assert found[2] == text.of_arrow(pa.table({"c": column[2:]}))["c"][0]


def test_a_nested_date_that_no_calendar_has_is_an_error_that_names_the_column():
    column = pa.ListArray.from_arrays([0, 1], pa.array([LAST]).view(pa.timestamp("us")))

    with pytest.raises(DataError, match="'c'"):
        text.of_arrow(pa.table({"c": column}))


def test_the_first_day_of_the_calendar_in_another_zone_keeps_its_zone():
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))

    assert text.cell(first) == "0001-01-01T00:00:00+14:00"
