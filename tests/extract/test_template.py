"""The template row is known by what it says, leaves the data, and leaves its code lists behind."""

from __future__ import annotations

import polars as pl
import pytest

from dagster_ingest.extract.template import TemplateRows, code_list

CODES = '[77 => "Active", 78 => "Cancelled - DO NOT USE", "x" => "It\'s \\"x\\""]'
TEMPLATE = {
    "Id": "Unchangeable",
    "Name": "*REQUIRED* text",
    "Status": CODES,
    "Lat": "decimal(10,7)",
    "Note": "",
}


def frame(*rows, start=1):
    records = [{**dict.fromkeys(TEMPLATE, ""), **row} for row in rows]
    numbers = pl.int_range(start, start + len(rows), dtype=pl.Int64, eager=True).alias("_row_number")
    return pl.DataFrame(records, schema=dict.fromkeys(TEMPLATE, pl.String)).with_columns(numbers)


def dropped(*rows, start=1):
    template = TemplateRows(["Id"])
    return template, template.drop(frame(*rows, start=start), "_row_number")["_row_number"].to_list()


DATA = {"Id": "1", "Name": "Text", "Status": '["Active"]', "Lat": "41.5", "Note": "Unchangeable"}


@pytest.mark.parametrize("before", [0, 1, 3, 500])
def test_it_is_found_wherever_it_stands(before):
    template, kept = dropped(*[DATA] * before, TEMPLATE, DATA)
    assert template.taken == 1
    assert kept == [n for n in range(1, before + 3) if n != before + 1]


def test_its_code_lists_are_kept():
    template, _ = dropped(TEMPLATE)
    assert template.code_lists == {
        "Status": {"77": "Active", "78": "Cancelled - DO NOT USE", "x": 'It\'s "x"'}
    }


@pytest.mark.parametrize(
    "row",
    [
        DATA,
        {"Id": "12", "Name": "Date", "Status": "Time"},
        {"Id": "Text"},
        {"Id": "5", "Name": "Required text messages", "Status": "number of rooms", "Lat": "url of the site"},
        {},
    ],
)
def test_data_is_not_taken_for_it(row):
    template, kept = dropped(row)
    assert (template.taken, kept) == (0, [1])


@pytest.mark.parametrize(
    "row",
    [
        {"Id": "EXPORT ONLY", "Name": "text"},
        {
            "Id": "integer, Unchangeable",
            "Name": "*REQUIRED* varchar(255)",
            "Note": "some remark of the vendor",
        },
        {"Id": "Number", "Name": "Text", "Status": "list", "Lat": "Decimal"},
        {"Name": "*REQUIRED* text", "Status": "EXPORT ONLY datetime"},
    ],
)
def test_what_vendors_write(row):
    assert dropped(row)[0].taken == 1


def test_a_lone_code_list_text():
    assert code_list("[1 => 'a', 2 => 'b']") == {"1": "a", "2": "b"}
    assert code_list('["Active"]') == {}
    assert code_list("a => b") == {}


def test_it_does_not_reach_raw_and_is_told_in_the_result(world, make):
    world.table("services", make.contract("ID", "NAME", "NOTE"), path="{state}", template_row=True)
    world.put("ia/services.csv", 'ID,NAME,NOTE\nUnchangeable,*REQUIRED* text,"[1 => ""On""]"\n7,a,\n')
    result = world.load()
    assert result.outcome == "committed"
    assert result.code_lists == {"NOTE": {"1": "On"}}
    assert (result.verdict.rows_read, result.verdict.rows_rejected) == (1, 0)
    assert world.rows("ID", "_row_number") == [("7", 2)]


def test_without_the_flag_it_is_data_and_breaks_the_contract(world, make):
    rules = (make.rule("ID", "type", type="integer"),)
    world.table("services", make.contract("ID", "NAME", "NOTE", rules=rules), path="{state}")
    world.put("ia/services.csv", "ID,NAME,NOTE\nUnchangeable,*REQUIRED* text,text\n7,a,\n")
    assert world.load().outcome == "blocked"
