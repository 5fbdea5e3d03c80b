"""Heading rows: quoted, padded, repeated, blank, several, none."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import DataError


@pytest.mark.parametrize("content", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_refused(drops, content):
    drops.put("r.csv", content)
    with pytest.raises(DataError) as caught:
        drops.read()
    assert caught.value.rule == "file|empty"
    assert f"the file is empty ({len(content)} bytes, no heading row)" in str(caught.value)


@pytest.mark.parametrize("content", ["ID,NAME", "ID,NAME\n", "ID,NAME\r\n\r\n"])
def test_headings_alone_are_a_delivery_without_rows(drops, content):
    drops.put("r.csv", content)
    found = drops.read()
    assert found.columns == ["ID", "NAME"]
    assert (found.rows, found.malformed) == ([], [])
    assert found.completeness.complete


def test_discover_gives_the_headings(drops):
    drops.put("r.csv", 'ID,"Name, public",Peña\n1,a,b\n')
    (table,) = drops.connector.discover(drops.request())
    assert [c.name for c in table.columns] == ["ID", "Name, public", "Peña"]


def test_headings_are_kept_as_spelled(drops):
    drops.put("r.csv", ' ID ,"Na""me","two\nlines",Phone5name\n1,a,b,c\n')
    assert drops.read().columns == [" ID ", 'Na"me', "two\nlines", "Phone5name"]


def test_repeated_and_blank_headings_are_made_unique(drops):
    drops.put("r.csv", "ID,NAME,,NAME, ,NAME_2\n1,a,b,c,d,e\n")
    found = drops.read()
    assert found.columns == ["ID", "NAME", "column_3", "NAME_2", "column_5", "NAME_2_2"]
    assert found.rows == [("1", "a", "b", "c", "d", "e")]


def test_title_lines_comments_and_blank_lines_before_the_heading(drops):
    drops.put("r.csv", 'Export of "today\nby me\n\n# a comment, here\nID,NAME\n1,a\n')
    assert drops.read(skip_lines=2, comment="#").rows == [("1", "a")]


def test_comments_between_rows_count_as_records_but_are_no_data(drops):
    drops.put("r.csv", "ID,NAME\n1,a\n# one\n# two, cells\n2,b\n# three, c, d\n")
    found = drops.read(comment="#")
    assert found.rows == [("1", "a"), ("2", "b")]
    assert found.numbers == [1, 4]
    assert found.malformed == []


def test_two_heading_rows_are_joined(drops):
    drops.put("r.csv", "Agency,,Phone\nid,name,main\n1,a,555\n")
    assert drops.read(header_rows=2).columns == ["Agency id", "name", "Phone main"]


def test_a_file_without_headings_takes_those_of_the_settings(drops):
    drops.put("r.csv", "1,a\n2,b\n")
    found = drops.read(header_rows=0, columns=["ID", "NAME"])
    assert found.columns == ["ID", "NAME"]
    assert found.rows == [("1", "a"), ("2", "b")]


def test_lines_to_skip_beyond_the_end(drops):
    drops.put("r.csv", "ID,NAME\n")
    with pytest.raises(DataError, match="no heading row after the skipped lines"):
        drops.read(skip_lines=3)


def test_a_heading_whose_quote_never_closes(drops):
    drops.put("r.csv", 'ID,"NAME\n1,a\n')
    with pytest.raises(DataError) as caught:
        drops.read()
    assert caught.value.rule == "file|truncated"
    assert "a quote in the heading row is never closed" in str(caught.value)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(drops, end):
    drops.put("r.csv", f'ID,NAME{end}1,"a{end}b"{end}2,c{end}')
    assert drops.read().rows == [("1", f"a{end}b"), ("2", "c")]


def test_one_column(drops):
    drops.put("r.csv", 'ID\n1\n""\n2')
    assert drops.read().rows == [("1",), ("",), ("2",)]
