from __future__ import annotations

import gzip
import json

import pytest

from dagster_ingest.errors import DataError


def test_values_are_text_in_the_one_form(drops):
    record = (
        '{"a":"x","b":1.50,"c":12345678901234567890,"d":true,"e":null,"f":{"g":[1,2.0,"é"]},"h":1e-7,"i":""}'
    )
    drops.put("a.json", f"[{record}]")

    found = drops.read(pattern="*.json")

    assert found.columns == list("abcdefhi")
    row = ("x", "1.50", "12345678901234567890", "true", None, '{"g":[1,2.0,"é"]}', "1e-07", "")
    assert found.rows == [row]


def test_columns_are_the_keys_of_all_records(drops):
    drops.put("a.jsonl", '{"a":1}\n\n{"b":2,"a":3}\n')

    found = drops.read(pattern="*.jsonl")

    assert found.columns == ["a", "b"]
    assert found.rows == [("1", None), ("3", "2")]
    assert found.numbers == [1, 2]


def test_records_lie_at_a_path(drops):
    document = {"meta": {"items": 9}, "data": {"more": [1], "items": [{"a": "x"}, {"a": "y"}]}, "next": None}
    drops.put("a.json", json.dumps(document, indent=1))

    assert drops.read(pattern="*.json", records="data.items").rows == [("x",), ("y",)]


@pytest.mark.parametrize(
    ("document", "records", "rule", "words"),
    [
        ('{"items": [{"a": 1}]}', "", "file|readable", "lists in it: items"),
        ('{"items": [{"a": 1}]}', "rows", "file|readable", "nothing at 'rows'; there is items"),
        ('[{"a": 1}, {"a": 2', "", "file|truncated", "breaks off"),
        ('[{"a": 1}', "", "file|truncated", "breaks off"),
        ('{"x": {"y": [{"a": 1}], "n": 1', "x.y", "file|truncated", "breaks off"),
        ('[{"a": 1}] []', "", "file|readable", "behind its end"),
        ('[{"a": 1,}]', "", "file|readable", "no JSON"),
        ('[{"a": NaN}]', "", "file|readable", "NaN is no JSON number"),
        ('[{"a": 1, "a": 2}]', "", "file|readable", "'a' stands in one object more than once"),
        ("[" * 100_000, "", "file|readable", "nested too deeply"),
        ("[]", "", "file|empty", "no columns"),
        ("", "", "file|empty", "is empty"),
        ("a,b\n1,2\n", "", "file|readable", "text, not JSON"),
        ("<a/>", "", "file|readable", "XML or HTML, not JSON"),
    ],
)
def test_what_is_no_list_of_records_is_named(drops, document, records, rule, words):
    drops.put("a.json", document)

    with pytest.raises(DataError, match=words) as raised:
        drops.read(pattern="*.json", records=records)

    assert raised.value.rule == rule


def test_a_value_may_lie_across_the_pieces_in_which_a_document_is_read(drops):
    records = [{"id": str(i), "n": i * 1000, "text": "é" * 997} for i in range(700)]
    drops.put("a.json", json.dumps({"items": records}, ensure_ascii=False))

    found = drops.read(pattern="*.json", records="items")

    assert found.rows == [(r["id"], str(r["n"]), r["text"]) for r in records]


def test_a_line_that_is_no_json_is_set_apart(drops):
    drops.put("a.jsonl", '{"a":1}\n{"a":\n{"a":3}\n')

    found = drops.read(pattern="*.jsonl")

    assert found.rows == [("1",), ("3",)]
    assert found.numbers == [1, 3]
    assert [(m.row_number, m.rule, m.text) for m in found.malformed] == [(2, "*|json", '{"a":')]


def test_a_last_line_that_breaks_off_fails_the_file(drops):
    drops.put("a.jsonl", '{"a":1}\n{"a":')

    with pytest.raises(DataError, match="breaks off in record 2") as raised:
        drops.read(pattern="*.jsonl")

    assert raised.value.rule == "file|truncated"


def test_one_list_is_no_json_lines(drops):
    drops.put("a.jsonl", '[{"a":1}]')

    with pytest.raises(DataError, match="one JSON list"):
        drops.read(pattern="*.jsonl")


def test_rows_that_no_store_takes_are_set_apart(drops):
    drops.put("a.jsonl", '{"a":"x"}\n{"a":"\\u0000"}\n{"a":"\\ud800"}\n{"a":"y"}\n')

    found = drops.read(pattern="*.jsonl")

    assert found.rows == [("x",), ("y",)]
    assert found.numbers == [1, 4]
    assert [(m.row_number, m.rule) for m in found.malformed] == [(2, "*|nul_byte"), (3, "*|encoding")]


def test_a_record_that_is_nested_too_deeply_is_set_apart(drops):
    drops.put("a.jsonl", '{"a":1}\n{"a":' + "[" * 800 + "]" * 800 + "}\n")

    found = drops.read(pattern="*.jsonl")

    assert found.rows == [("1",)]
    assert len(found.malformed) == 1


def test_packed_and_marked_files(drops):
    drops.put("a.jsonl.gz", gzip.compress(b'\xef\xbb\xbf{"a":1}\n'))
    drops.put_zip("b.zip", {"b.json": b'\xef\xbb\xbf[{"a":2}]'})

    assert drops.read(pattern="a.jsonl").rows == [("1",)]
    assert drops.read(pattern="b.json").rows == [("2",)]


def test_bytes_that_are_no_utf8_are_named_or_read_as_said(drops):
    drops.put("a.json", '[{"a":"é"}]'.encode("cp1252"))

    with pytest.raises(DataError, match="not UTF-8") as raised:
        drops.read(pattern="*.json")

    assert raised.value.rule == "file|encoding"
    assert drops.read(pattern="*.json", encoding="cp1252").rows == [("é",)]
