"""The encoding is decided over the whole file."""

from __future__ import annotations

import codecs

import pytest

from dagster_ingest.errors import DataError

FAR = b"".join(b"%d,plain\n" % i for i in range(200_000))  # well beyond the first block


def test_utf8(drops):
    drops.put("r.csv", "ID,NAME\n1,Peña\n")
    assert drops.read().rows == [("1", "Peña")]


def test_a_byte_order_mark_is_no_part_of_the_first_heading(drops):
    drops.put("r.csv", codecs.BOM_UTF8 + "ID,NAME\n1,Peña\n".encode())
    found = drops.read()
    assert found.columns == ["ID", "NAME"]
    assert found.rows == [("1", "Peña")]


def test_a_mark_before_a_quoted_heading(drops):
    drops.put("r.csv", codecs.BOM_UTF8 + b'"ID","NAME"\n1,a\n')
    assert drops.read().columns == ["ID", "NAME"]


def test_cp1252_is_found_at_the_end_of_a_long_file(drops):
    drops.put("r.csv", b"ID,NAME\n" + FAR + "900,Café “x” €\n".encode("cp1252"))
    assert drops.read().rows[-1] == ("900", "Café “x” €")


def test_utf8_is_cut_between_two_blocks(drops):
    body = "ID,NAME\n" + "x" * (2**18 - 9) + ",é\n2,ü\n"
    assert body.encode()[2**18 - 1 : 2**18 + 2] != body.encode("cp1252")[2**18 - 1 : 2**18 + 2]
    drops.put("r.csv", body)
    assert [row[1] for row in drops.read().rows] == ["é", "ü"]


def test_an_explicit_cp1252_reads_what_would_be_valid_utf8(drops):
    drops.put("r.csv", "ID,NAME\n1,Ã©\n".encode("cp1252"))
    assert drops.read(encoding="cp1252").rows == [("1", "Ã©")]
    assert drops.read(encoding="auto").rows == [("1", "é")]


def test_an_explicit_utf8_names_the_byte_that_is_none(drops):
    drops.put("r.csv", b"ID,NAME\n" + FAR + b"9,Caf\xe9\n")
    with pytest.raises(DataError) as caught:
        drops.read(encoding="utf-8")
    assert caught.value.rule == "file|encoding"
    assert f"byte {len(FAR) + 8 + 5:,} is not UTF-8" in str(caught.value)


def test_a_file_cut_inside_a_letter_is_not_utf8(drops):
    drops.put("r.csv", "ID,NAME\n1,é".encode()[:-1])
    with pytest.raises(DataError, match="byte 10 is not UTF-8"):
        drops.read(encoding="utf-8")


def test_bytes_that_are_neither_are_named(drops):
    drops.put("r.csv", b"ID,NAME\n1,\xe9\x81\n")
    with pytest.raises(DataError) as caught:
        drops.read()
    assert caught.value.rule == "file|encoding"
    assert "byte 11 (0x81) is neither UTF-8 nor cp1252" in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_gets_an_error_of_its_own(drops, encoding):
    drops.put("r.csv", "ID,NAME\n1,a\n".encode(encoding))
    with pytest.raises(DataError) as caught:
        drops.read()
    assert caught.value.rule == "file|encoding"
    assert "the file is UTF-16" in str(caught.value)
    assert "have it exported as UTF-8" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "kind"), [(b"PK\x03\x04xxxxxxxxxxxx", "Excel workbook"), (b"%PDF-1.7 ......", "a PDF")]
)
def test_what_is_no_text_is_called_by_its_name(drops, content, kind):
    drops.put("r.csv", content)
    with pytest.raises(DataError, match=kind):
        drops.read()


def test_rows_with_nul_bytes_are_malformed_and_the_others_are_read(drops):
    drops.put("r.csv", b"ID,NAME\n1,a\n2,b\0c\n3,d\n")
    found = drops.read()
    assert found.rows == [("1", "a"), ("3", "d")]
    assert found.numbers == [1, 3]
    assert [(m.row_number, m.rule, m.text) for m in found.malformed] == [(2, "*|nul_byte", "2,b\\0c")]
