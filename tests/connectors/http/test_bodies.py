"""Bodies as records and records as text columns."""

from __future__ import annotations

import pytest

from dagster_ingest.connectors.http.bodies import MISSING, NoRecords, Unreadable, dig, parse
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.errors import DataError
from dagster_ingest.testing.http import Answer, Pages
from tests.connectors.http.conftest import rows_of


def parsed(content: str | bytes, kind: str = "json", records: str = "", **more):
    made = HttpSettings(url="https://api.example.org", format=kind, **more)
    content = content.encode() if isinstance(content, str) else content
    return parse(content, {"content-type": "text/plain; charset=utf-8"}, made, records)


def test_cells_keep_what_the_source_wrote(api):
    body = (
        b'[{"id": 12345678901234567890, "lat": 41.8780, "on": true, "none": null, "text": "007", '
        b'"list": [1, "a", 2.50], "map": {"b": 1, "a": null}, "small": 1e-7, "blank": ""}]'
    )
    api.server.route("/items", lambda asked: Answer(200, body, {"content-type": "application/json"}))

    found = api.read({})

    assert dict(zip(found.columns, found.rows[0], strict=True)) == {
        "id": "12345678901234567890",
        "lat": "41.8780",
        "on": "true",
        "none": None,
        "text": "007",
        "list": '[1,"a",2.50]',
        "map": '{"b":1,"a":null}',
        "small": "1e-07",
        "blank": "",
    }


def test_columns_of_all_pages_in_the_order_in_which_they_appear(api):
    rows = [{"id": 1, "b": "x"}, {"id": 2, "a": "y"}, {"c": "z", "id": 3}]
    api.server.route("/items", Pages(rows, kind="page", most=1))
    paging = {"kind": "page", "param": "page", "total": "total"}

    found = api.read({"records": "items", "paging": paging})

    assert found.columns == ["id", "b", "a", "c"]
    assert found.rows == [("1", "x", None, None), ("2", None, "y", None), ("3", None, None, "z")]


@pytest.mark.parametrize(("body", "records"), [("list", ""), ("jsonl", ""), ("csv", ""), ("xml", "item")])
def test_every_body_brings_the_same_rows(api, body, records):
    rows = rows_of(7)
    rows[2]["name"] = 'Peña, "quoted"\nand <broken>'
    api.server.route("/items", Pages(rows, kind="link", body=body, most=3))

    found = api.read({"records": records, "paging": {"kind": "link", "total_header": "x-total-count"}})

    assert found.columns == ["id", "name", "modified"]
    assert found.rows == [(str(r["id"]), r["name"], r["modified"]) for r in rows]


def test_csv_rows_of_another_width_are_malformed_and_counted(api):
    body = b"id,name\r\n1,a\r\n2,b,too much\r\n3\r\n4,d\r\n"
    api.server.route("/items", lambda asked: Answer(200, body, {"content-type": "text/csv"}))

    found = api.read({})

    assert found.rows == [("1", "a"), ("4", "d")]
    assert [number for _, number in found.places] == [1, 4]
    assert [(m.row_number, m.rule, m.text) for m in found.malformed] == [
        (2, "*|column_count", "2,b,too much"),
        (3, "*|column_count", "3"),
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('[{"id": 1}', "json"),
        ('[{"id": NaN}]', "json"),
        ("", "json"),
        ("[" * 100_000, "json"),
        ("[" + "9" * 5000 + "]", "json"),
        (b"[\xff\xfe]", "json"),
        ('{"id": 1}\n{"id":', "jsonl"),
        ('id,name\n1,"open', "csv"),
        ("id,name\n1,a\n2", "csv"),
        (b"id\n\xff\n", "csv"),
        ("<items><item>", "xml"),
        ('<!DOCTYPE i [<!ENTITY a "b">]><items>&a;</items>', "xml"),
        ('<!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/passwd">]><items>&x;</items>', "xml"),
    ],
)
def test_a_body_that_is_broken_is_unreadable(content, kind):
    with pytest.raises(Unreadable):
        parsed(content, kind)


@pytest.mark.parametrize(
    ("content", "path"),
    [('{"error": "x"}', ""), ('{"error": "x"}', "items"), ('{"items": 5}', "items"), ('"text"', "")],
)
def test_an_answer_without_the_list_is_never_an_empty_list(content, path):
    with pytest.raises(NoRecords):
        parsed(content, records=path)


def test_a_list_is_found_along_a_path():
    assert parsed('{"data": {"items": [{"a": 1}]}}', records="data.items").records == [{"a": 1}]
    assert parsed('{"data": [{"rows": [{"a": 1}]}]}', records="data.0.rows").records == [{"a": 1}]
    assert parsed('{"items": null}', records="items").records == []
    assert parsed("[1, null]").records == [{"value": 1}, {"value": None}]
    assert dig({"a.b": 1}, "a.b") == 1
    assert dig({"a": [0]}, "a.1") is MISSING


def test_elements_of_xml_by_local_name():
    body = """<s:Source xmlns:s="http://example.org/3_1"><s:Agency Key="7" Name="attribute">
        <s:Name>Food</s:Name><s:Phone Kind="main">1</s:Phone><s:Phone>2</s:Phone>
        <s:Site><s:Key>9</s:Key><s:Key>10</s:Key></s:Site><s:URL/></s:Agency></s:Source>"""

    [record] = parsed(body, "xml", "Agency").records

    assert record == {
        "Key": "7",
        "Name": "attribute",
        "Name (element)": "Food",
        "Phone": "1",
        "Phone@Kind": "main",
        "Phone (more)": ["2"],
        "Site": {"Key": ["9", "10"]},
        "URL": "",
    }


def test_half_of_a_surrogate_pair_stays_the_escape_that_it_was(api):
    body = rb'[{"id": 1, "name": "cut \ud83d"}, {"id": 2, "name": "whole \ud83d\ude00"}]'
    api.server.route("/items", lambda asked: Answer(200, body, {"content-type": "application/json"}))

    assert api.read({"key": "name"}).rows == [("1", "cut \\ud83d"), ("2", "whole 😀")]


def test_a_record_with_a_nul_is_malformed(api):
    api.server.route(
        "/items", lambda asked: Answer.json([{"id": 1, "n": "a"}, {"id": 2, "n": "b\0c"}, {"id": 3}])
    )

    found = api.read({})

    assert found.column("id") == ["1", "3"]
    assert [number for _, number in found.places] == [1, 3]
    assert [(m.row_number, m.rule) for m in found.malformed] == [(2, "*|nul_byte")]


@pytest.mark.parametrize("depth", [200, 900, 5_000, 100_000])
def test_deep_nesting_is_text_or_an_error(api, depth):
    body = b'[{"id": 1, "deep": ' + b"[" * depth + b"]" * depth + b"}]"
    api.server.route("/items", lambda asked: Answer(200, body, {"content-type": "application/json"}))

    if depth > 200:
        with pytest.raises(DataError, match="nested too deeply"):
            api.read({})
        return

    assert api.read({}).rows == [("1", "[" * depth + "]" * depth)]


def test_an_error_shows_what_the_answer_has_instead(api):
    api.server.route("/items", lambda asked: Answer.json({"rows": [], "count": 0}))

    with pytest.raises(DataError, match="nothing at 'items'; there is rows, count"):
        api.read({"records": "items"})
