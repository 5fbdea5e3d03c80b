"""Headings become raw columns by name; another table's file is noticed."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from dagster_ingest.errors import DataError
from dagster_ingest.extract.columns import align


@pytest.fixture
def services(make):
    return make.contract("ID", "Phone5Name", "Note")


def aligned(contract, headings, rows=(), companions=(), delimiter=","):
    alignment = align(contract, headings, companions, "acme/r.csv", delimiter)
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(headings, pl.String), orient="row")
    return alignment, alignment.apply(frame, "acme/r.csv")


def test_names_match_without_case_and_punctuation_and_order_does_not_count(services):
    alignment, frame = aligned(services, ["Note", "Phone5name", " id "], [("n", "p", "1")])
    assert frame.columns == ["ID", "Phone5Name", "Note"]
    assert frame.rows() == [("1", "p", "n")]
    assert not alignment.drift


def test_equal_headings_in_order_are_taken_as_they_are(services):
    _, frame = aligned(services, ["ID", "Phone5Name", "Note"], [("1", "p", "n")])
    assert frame.rows(named=True) == [{"ID": "1", "Phone5Name": "p", "Note": "n"}]


def test_further_columns_stand_behind_and_missing_ones_are_null(services):
    alignment, frame = aligned(services, ["Custom (x)", "ID", "2nd"], [("c", "1", "s")])
    assert frame.columns == ["ID", "Phone5Name", "Note", "Custom_x", "c_2nd"]
    assert frame.rows() == [("1", None, None, "c", "s")]
    assert frame.schema["Note"] == pl.String
    assert alignment.drift.added == ("Custom_x", "c_2nd")
    assert alignment.drift.missing == ("Phone5Name", "Note")


def test_of_repeated_headings_the_first_is_the_contracts(services):
    alignment, frame = aligned(services, ["ID", "id", "Note"], [("1", "2", "n")])
    assert frame.select("ID", "id_2").rows() == [("1", "2")]
    assert alignment.drift.added == ("id_2",)


def test_files_of_one_delivery_may_differ_in_optional_columns(services):
    alignment = align(services, ["ID", "Note", "More"], (), "acme/r.csv", ",")
    one = alignment.apply(pl.DataFrame({"Note": ["n"], "ID": ["1"]}), "acme/a.csv")
    two = alignment.apply(pl.DataFrame({"ID": ["2"], "More": ["m"]}), "acme/b.csv")
    assert pl.concat([one, two]).rows() == [("1", None, "n", None), ("2", None, None, "m")]
    with pytest.raises(DataError, match=r"acme/c\.csv: missing column: 'ID'"):
        alignment.apply(pl.DataFrame({"Note": ["n"]}), "acme/c.csv")


def test_every_missing_column_is_named_and_a_renamed_one_guessed(services):
    needed = tuple(replace(c, optional=c.name == "Note") for c in services.columns)
    with pytest.raises(DataError) as caught:
        aligned(replace(services, columns=needed), ["I_D", "Phone5Nam", "Note"])
    assert caught.value.rule == "ID|present"
    assert "missing columns: 'ID', 'Phone5Name'" in str(caught.value)
    assert "is it now called 'I_D'?" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "used", "found"),
    [
        ("ID;Phone5Name;Note", ",", "';'"),
        ("ID|Phone5Name|Note", ",", "'|'"),
        ("ID\tPhone5Name\tNote", ",", r"'\t'"),
        ("ID,Phone5Name,Note", ";", "','"),
        ("ID;Phone5Name, main;Note", ",", "';'"),
    ],
)
def test_the_delimiter_that_fits_is_guessed(services, line, used, found):
    with pytest.raises(DataError) as caught:
        aligned(services, line.split(used), delimiter=used)
    assert caught.value.rule == "file|delimiter"
    assert f"when split at {found}" in str(caught.value)
    assert f"set `delimiter: {found}`" in str(caught.value)


def test_a_table_of_one_column_has_no_delimiter_to_guess(make):
    _, frame = aligned(make.contract("ID"), ["ID"], [("1",)])
    assert frame.rows() == [("1",)]


def test_a_heading_that_takes_a_companions_name_is_refused(services):
    with pytest.raises(DataError, match="'Note_json' takes the name of a decoded column"):
        aligned(services, ["ID", "Note", "Note_json"], companions=("Note_json",))
