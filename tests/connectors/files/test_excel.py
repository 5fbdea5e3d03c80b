from __future__ import annotations

import gzip
import io
import struct
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest

from dagster_ingest.errors import DataError
from dagster_ingest.testing.workbooks import Failed, ods, xlsx

HEAD = ["ID", "Name"]
OLD = Path(__file__).parent / "samples" / "services.xls"  # written by xlwt: two rows of made-up services


def test_cells_are_text_in_the_one_form(drops):
    row = [
        "00123",
        50309.0,
        0.1,
        True,
        date(2026, 11, 2),
        datetime(2026, 11, 2, 3, 15),
        time(6, 0),
        None,
        -1e-7,
    ]
    drops.put("a.xlsx", xlsx({"S": [list("ABCDEFGHI"), row]}))

    found = drops.read(pattern="*.xlsx")

    assert found.columns == list("ABCDEFGHI")
    assert found.rows == [
        ("00123", "50309", "0.1", "true", "2026-11-02", "2026-11-02T03:15:00", "06:00:00", "", "-1e-07")
    ]


def test_a_failed_formula_is_text_and_not_blank(drops):
    drops.put("a.xlsx", xlsx({"S": [HEAD, ["1", Failed("#DIV/0!")], [Failed("#N/A"), "x"], ["3", None]]}))

    assert drops.read(pattern="*.xlsx").rows == [("1", "#DIV/0!"), ("#N/A", "x"), ("3", "")]


def test_rows_keep_their_place_around_blank_rows(drops):
    drops.put("a.xlsx", xlsx({"S": [HEAD, ["1", "a"], [], [None, None], ["4", "b"]]}))

    found = drops.read(pattern="*.xlsx")

    assert found.rows == [("1", "a"), ("4", "b")]
    assert found.numbers == [1, 4]


def test_a_cell_beyond_the_headings_sets_its_row_apart(drops):
    drops.put("a.xlsx", xlsx({"S": [HEAD, ["1", "a"], ["2", "b", "lost"], ["3", "c"]]}))

    found = drops.read(pattern="*.xlsx")

    assert found.rows == [("1", "a"), ("3", "c")]
    assert [(m.row_number, m.rule, m.text) for m in found.malformed] == [(2, "*|column_count", "2\tb\tlost")]


def test_an_open_document_sheet(drops):
    drops.put("a.ods", ods({"S": [["ID", "Name"], ["1", "a"]]}))
    assert drops.read(pattern="*.ods").rows == [("1", "a")]


def test_headings_of_two_rows_with_merged_cells(drops):
    rows = [
        ["Export of 2 November"],
        ["Address", None, "Phone"],
        ["Street", "City", None],
        ["1 Elm", "Ames", "5"],
    ]
    drops.put("a.xlsx", xlsx({"S": rows}, merged=["A1:C1", "A2:B2", "C2:C3"]))

    found = drops.read(pattern="*.xlsx", skip_lines=1, header_rows=2)

    assert found.columns == ["Address Street", "Address City", "Phone"]
    assert found.rows == [("1 Elm", "Ames", "5")]


def test_the_sheet_is_chosen_by_name_by_number_or_is_the_first_one_shown(drops):
    book = xlsx({"Hidden": [["H"], ["h"]], "One": [["A"], ["1"]], "Two": [["B"], ["2"]]}, hidden=["Hidden"])
    drops.put("a.xlsx", book)

    assert drops.read(pattern="*.xlsx").columns == ["A"]
    assert drops.read(pattern="*.xlsx", sheet="two").columns == ["B"]
    assert drops.read(pattern="*.xlsx", sheet=1).columns == ["H"]
    with pytest.raises(DataError, match="'Three'; it has 'Hidden', 'One', 'Two'"):
        drops.read(pattern="*.xlsx", sheet="Three")


def test_a_sheet_that_begins_below_and_right_of_its_first_cell(drops):
    drops.put("a.xlsx", xlsx({"S": [[], [], [None, "ID", "Name"], [None, "1", Failed("#REF!")]]}))

    found = drops.read(pattern="*.xlsx")

    assert found.columns == ["column_1", "ID", "Name"]
    assert found.rows == [("", "1", "#REF!")]


def test_an_old_workbook(drops):
    drops.put("services.xls", OLD.read_bytes())

    found = drops.read(pattern="*.xls")

    assert found.columns == ["ID", "Name", "Count", "Day", "Open"]
    assert found.rows == [("00123", "Café Ñandú", "7", "2026-11-02", "true"), ("4", "two", "1.5", "", "")]


def test_an_old_workbook_that_is_cut_off_is_named(drops):
    drops.put("services.xls", OLD.read_bytes()[:2500])

    with pytest.raises(DataError, match="damaged") as raised:
        drops.read(pattern="*.xls")

    assert raised.value.rule == "file|readable"


def test_workbooks_in_archives(drops):
    book = xlsx({"S": [HEAD, ["1", "a"]]})
    drops.put("a.xlsx.gz", gzip.compress(book))
    drops.put_zip("sub/b_2026-11-02.zip", {"b.xlsx": book})

    assert drops.read(pattern="a.xlsx").rows == [("1", "a")]
    assert drops.read(path="sub", pattern="b.xlsx").rows == [("1", "a")]


@pytest.mark.parametrize(
    ("content", "rule", "words"),
    [
        (b"", "file|empty", "empty"),
        (b"a,b\n1,2\n", "file|readable", "text, not a workbook"),
        (b'{"a": 1}', "file|readable", "JSON, not a workbook"),
        (xlsx({"S": [HEAD]})[:900], "file|truncated", "not whole"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file|readable", "damaged"),
        (xlsx({"S": []}), "file|empty", "no heading row"),
    ],
)
def test_what_is_no_workbook_is_named(drops, content, rule, words):
    drops.put("a.xlsx", content)

    with pytest.raises(DataError, match=words) as raised:
        drops.read(pattern="*.xlsx")

    assert raised.value.rule == rule


def test_a_workbook_that_lies_about_its_size(drops):
    """A part that says that it is small, and unpacks to more than a workbook may have."""
    honest = xlsx({"S": [HEAD, ["1", "a" * 3_000_000]]})
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    drops.put("a.xlsx", honest.replace(struct.pack("<L", size), struct.pack("<L", 99)))

    with pytest.raises(DataError, match="unpacks to") as raised:
        drops.read(pattern="*.xlsx", max_bytes=1_000_000)

    assert raised.value.rule == "file|size"


def test_a_workbook_that_unpacks_to_more_than_is_allowed(drops):
    drops.put("a.xlsx", xlsx({"S": [HEAD, ["1", "a" * 50_000]]}))

    with pytest.raises(DataError, match="unpacks to") as raised:
        drops.read(pattern="*.xlsx", max_bytes=20_000)

    assert raised.value.rule == "file|size"
