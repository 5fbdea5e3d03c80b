"""Rows as they stand: nothing shifted, trimmed, guessed or lost."""

from __future__ import annotations

import pytest

from dagster_ingest.connectors.files import rows
from dagster_ingest.errors import DataError


def test_cells_are_verbatim(drops):
    drops.put(
        "r.csv", 'A,B,C,D,E\n  x  ,NULL,n/a,,""\n007,1e5,-1,None,"NULL"\n3.7000,TRUE,2026-13-45,NaN,#N/A\n'
    )
    assert drops.read().rows == [
        ("  x  ", "NULL", "n/a", "", ""),
        ("007", "1e5", "-1", "None", "NULL"),
        ("3.7000", "TRUE", "2026-13-45", "NaN", "#N/A"),
    ]


def test_short_and_long_rows_are_malformed_and_shift_nothing(drops):
    drops.put("r.csv", 'ID,A,B\n1,a,b\n2,a\n3,"a\nx",b\n4,a,b,c\n\n5,a,b\n')
    found = drops.read()
    assert [r[0] for r in found.rows] == ["1", "3", "5"]
    assert found.numbers == [1, 3, 5]
    assert [(m.row_number, m.rule, m.text, m.uri) for m in found.malformed] == [
        (2, "*|column_count", "2,a", "acme/r.csv"),
        (4, "*|column_count", "4,a,b,c", "acme/r.csv"),
    ]


def test_a_heading_one_column_short_loses_no_row_silently(drops):
    drops.put("r.csv", "ID,A\n1,a,b\n2,a,b\n3,a,b\n")
    found = drops.read()
    assert found.rows == []
    assert [m.row_number for m in found.malformed] == [1, 2, 3]


def test_malformed_rows_at_both_ends(drops):
    drops.put("r.csv", "ID,A\nx\n1,a\ny\nz\n")
    found = drops.read()
    assert found.numbers == [2]
    assert [m.row_number for m in found.malformed] == [1, 3, 4]


def test_quotes_inside_a_cell_are_text(drops):
    drops.put("r.csv", 'ID,A\n1,5" pipe\n2,say ""hi""\n')
    assert drops.read().rows == [("1", '5" pipe'), ("2", 'say ""hi""')]


def test_quotes_switched_off(drops):
    drops.put("r.csv", 'ID|A\n1|"x\n2|y"\n')
    assert drops.read(delimiter="|", quote=None).rows == [("1", '"x'), ("2", 'y"')]


def test_escapes(drops):
    drops.put("r.csv", 'ID,A\n1,"a \\"b\\", c"\n2,d\\,e\n')
    assert drops.read(escape="\\").rows == [("1", 'a "b", c'), ("2", "d,e")]


def test_a_file_that_ends_inside_a_quote_is_truncated(drops):
    for content in ('ID,A\n1,a\n2,"b', 'ID,A\n1,a\n2,"b\n', 'ID,A\n1,a\n2,"b\n3,c\n', 'ID,A\n1,a\n"2,b\n'):
        drops.put("r.csv", content)
        with pytest.raises(DataError) as caught:
            drops.read()
        assert caught.value.rule == "file|truncated"
        assert "breaks off inside a quoted cell" in str(caught.value)


def test_a_one_column_file_that_ends_inside_a_quote(drops):
    drops.put("r.csv", 'ID\n1\n"2')
    with pytest.raises(DataError, match="breaks off inside a quoted cell"):
        drops.read()


def test_a_quoted_cell_that_ends_in_a_line_end_is_complete(drops):
    drops.put("r.csv", 'ID,A\n1,"b\n"\n2,"\n"')
    assert drops.read().rows == [("1", "b\n"), ("2", "\n")]


def test_a_last_line_without_a_line_end_is_complete(drops):
    drops.put("r.csv", "ID,A\n1,a\n2,b")
    found = drops.read()
    assert found.rows[-1] == ("2", "b")
    assert found.completeness.complete


def test_a_last_line_that_is_short_and_has_no_end_is_not_complete(drops):
    drops.put("r.csv", "ID,A,B\n1,a,b\n2,a")
    found = drops.read()
    assert [m.row_number for m in found.malformed] == [2]
    assert not found.completeness.complete
    assert found.completeness.reason == "acme/r.csv breaks off in record 2, inside a row"


def test_a_last_line_that_is_short_but_ended_is_merely_malformed(drops):
    drops.put("r.csv", "ID,A,B\n1,a,b\n2,a\n")
    assert drops.read().completeness.complete


def test_a_record_beyond_the_block_is_refused(drops, monkeypatch):
    monkeypatch.setattr(rows, "BLOCK_BYTES", 4096)
    drops.put("r.csv", 'ID,A\n1,"' + "x" * 10_000 + '"\n')
    with pytest.raises(DataError) as caught:
        drops.read()
    assert caught.value.rule == "file|record_size"
    assert "a quote is never closed" in str(caught.value)


def test_a_flood_of_malformed_rows_ends_the_read(drops, monkeypatch):
    monkeypatch.setattr(rows, "_MAX_PENDING", 100)
    drops.put("r.csv", "ID,A\n" + "1,2,3\n" * 500)
    with pytest.raises(DataError) as caught:
        drops.read()
    assert caught.value.rule == "*|column_count"
    assert "have other than the heading's 2 cells" in str(caught.value)


def test_the_text_of_a_malformed_row_is_bounded(drops):
    drops.put("r.csv", "ID,A\n1,2,3" + "x" * 50_000 + "\n")
    assert len(drops.read().malformed[0].text) == rows._MAX_TEXT
