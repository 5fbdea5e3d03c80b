# ruff: noqa: E501 - a case is easier to compare on one line
"""What a contract may ask for is executed as one rule with exact params, or refused at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_ingest.spec.contract import Contract, Review
from dagster_ingest.spec.odcs import read_contract
from dagster_ingest.spec.problem import SpecProblem

HEAD = """\
kind: DataContract
apiVersion: v3.1.0
id: a-b
version: 1.0.0
"""
TABLE = """\
schema:
  - name: thing
    id: thing_tbl
    properties:
      - {name: ID, id: id_prop, primaryKey: true}
      - {name: Day, logicalType: date}
      - name: CODE
"""


def read(
    folder: Path, *, column: str = "", table: str = "", head: str = ""
) -> tuple[Contract | None, list[SpecProblem], list[str]]:
    """The contract with those lines added, its problems, and its lines."""
    text = HEAD + "".join(f"{line}\n" for line in head.splitlines()) + TABLE
    text += "".join(f"        {line}\n" for line in column.splitlines())
    text += "".join(f"    {line}\n" for line in table.splitlines())
    path = folder / "thing.odcs.yaml"
    path.write_text(text)
    contract, problems = read_contract(path, "thing.odcs.yaml")
    return contract, problems, text.splitlines()


# what stands at the column CODE -> rule id, params
AT_COLUMN = {
    "exclusive bounds": ("logicalType: integer\nlogicalTypeOptions: {exclusiveMinimum: 0, exclusiveMaximum: 9}", "CODE|range", {"above": 0, "below": 9}),
    "mixed bounds": ("logicalType: number\nlogicalTypeOptions: {minimum: 0, exclusiveMaximum: 1.5}", "CODE|range", {"min": 0, "below": 1.5}),
    "times as bounds": ("logicalType: time\nlogicalTypeOptions: {minimum: '08:00', maximum: '18:00'}", "CODE|range", {"min": "08:00", "max": "18:00"}),
    "multiple": ("logicalType: number\nlogicalTypeOptions: {multipleOf: 0.1}", "CODE|multiple", {"of": "0.1"}),
    "width of an integer": ("logicalType: integer\nlogicalTypeOptions: {format: u8}", "CODE|type", {"type": "integer", "format": "u8"}),
    "width of a number": ("logicalType: number\nlogicalTypeOptions: {format: f32}", "CODE|type", {"type": "number", "format": "f32"}),
    "decimal": ("logicalType: number\nphysicalType: DECIMAL(10, 2)", "CODE|decimal", {"precision": 10, "scale": 2}),
    "decimal without scale": ("logicalType: integer\nphysicalType: numeric(5)", "CODE|decimal", {"precision": 5, "scale": 0}),
    "time": ("logicalType: time\nlogicalTypeOptions: {format: 'hh:mm a'}", "CODE|type", {"type": "time", "formats": ["%I:%M %p"]}),
    "time without a zone": ("logicalType: time\nlogicalTypeOptions: {timezone: false}", "CODE|type", {"type": "time"}),
    "default time zone": ("logicalType: timestamp\nlogicalTypeOptions: {defaultTimezone: America/Chicago}", "CODE|type", {"type": "timestamp", "zone": "America/Chicago"}),
    "default time zone UTC": ("logicalType: timestamp\nlogicalTypeOptions: {defaultTimezone: Etc/UTC}", "CODE|type", {"type": "timestamp"}),
    "format with a zone": ("logicalType: timestamp\nlogicalTypeOptions: {format: \"yyyy-MM-ddTHH:mm:ssZ\", timezone: true}", "CODE|type", {"type": "timestamp", "formats": ["%Y-%m-%dT%H:%M:%S%#z"]}),
    "enum of numbers": ("logicalType: integer\nenum: [{value: 1}, {value: 2}]", "CODE|enum", {"values": [1, 2]}),
    "enum of texts for numbers": ("logicalType: integer\nenum: [{value: '01'}]", "CODE|enum", {"values": ["01"]}),
    "format byte": ("logicalTypeOptions: {format: byte}", "CODE|format", {"format": "byte"}),
    "format ipv6": ("logicalTypeOptions: {format: ipv6}", "CODE|format", {"format": "ipv6"}),
    "some nulls": ("quality: [{metric: nullValues, mustBeLessThan: 5}]", "CODE|null_values", {"must": {"mustBeLessThan": 5}, "unit": "rows"}),
    "a percentage of nulls": ("quality: [{metric: nullValues, mustBeLessOrEqualTo: 0.5, unit: percent}]", "CODE|null_values", {"must": {"mustBeLessOrEqualTo": 0.5}, "unit": "percent"}),
    "two thresholds told apart": ("quality:\n  - {id: few, metric: nullValues, mustBeLessThan: 9, severity: warn}\n  - {metric: nullValues, mustBeLessThan: 5}", "CODE|null_values:few", {"must": {"mustBeLessThan": 9}, "unit": "rows"}),
    "no nulls": ("quality: [{metric: nullValues, mustBe: 0}]", "CODE|required", {}),
    "no nulls in percent": ("quality: [{metric: nullValues, mustBe: 0, unit: percent}]", "CODE|required", {}),
    "missing values": ("quality: [{metric: missingValues, arguments: {missingValues: [null, '', 'N/A']}, mustBeLessThan: 9}]", "CODE|missing_values", {"values": ["N/A"], "null": True, "must": {"mustBeLessThan": 9}, "unit": "rows"}),
    "no missing values": ("quality: [{metric: missingValues, arguments: {missingValues: ['N/A']}, mustBe: 0}]", "CODE|missing", {"values": ["N/A"], "null": False}),
    "missing is null": ("quality: [{metric: missingValues, arguments: {missingValues: [null, '']}, mustBe: 0}]", "CODE|required", {}),
    "some invalid values": ("quality: [{metric: invalidValues, arguments: {validValues: [a], pattern: '^[a-z]$'}, mustBeBetween: [0, 3]}]", "CODE|invalid_values", {"values": ["a"], "pattern": "^[a-z]$", "must": {"mustBeBetween": [0, 3]}, "unit": "rows"}),
    "no duplicates": ("quality: [{metric: duplicateValues, mustBe: 0}]", "CODE|unique", {}),
    "few duplicates": ("quality: [{metric: duplicateValues, mustBeLessThan: 1, unit: percent}]", "CODE|duplicate_values", {"must": {"mustBeLessThan": 1}, "unit": "percent"}),
    "nullCheck of 3.0": ("quality: [{type: library, rule: nullCheck}]", "CODE|required", {}),
    "duplicateCount of 3.0": ("quality: [{rule: duplicateCount, mustBeLessThan: 10, unit: rows}]", "CODE|duplicate_values", {"must": {"mustBeLessThan": 10}, "unit": "rows"}),
    "validValues of 3.0": ("quality: [{rule: validValues, arguments: {validValues: [a, b]}}]", "CODE|enum", {"values": ["a", "b"]}),
    "sql at a column": ("quality: [{type: sql, query: 'SELECT COUNT(*) FROM {object} WHERE {property} IS NULL', mustBeLessThan: 9}]", "CODE|sql", {"query": 'SELECT COUNT(*) FROM "thing" WHERE "CODE" IS NULL', "columns": ["CODE"], "must": {"mustBeLessThan": 9}}),
    "foreign key by id": ("relationships: [{to: schema/thing_tbl/properties/id_prop}]", "CODE|foreign_key", {"table": "thing", "columns": ["ID"]}),
    "foreign key to a nested name": ("relationships: [{to: other.address.street}]", "CODE|foreign_key", {"table": "other", "columns": ["address_street"]}),
}  # fmt: skip

AT_TABLE = {
    "never this count": ("quality: [{metric: rowCount, mustNotBe: 100}]", "*|row_count", {"not": 100}),
    "not between": ("quality: [{metric: rowCount, mustNotBeBetween: [10, 20]}]", "*|row_count", {"not_between": [10, 20]}),
    "rowCount of 3.0": ("quality: [{rule: rowCount, mustBeBetween: [1, 9]}]", "*|row_count", {"min": 1, "max": 9}),
    "few doubled pairs": ("quality: [{metric: duplicateValues, arguments: {properties: [CODE, Day]}, mustBeLessThan: 5}]", "CODE+Day|duplicate_values", {"must": {"mustBeLessThan": 5}, "unit": "rows"}),
    "sql": ("quality: [{type: sql, query: 'select max(Day) is not null from ${table}', mustBe: true}]", "*|sql", {"query": 'select max(Day) is not null from "thing"', "columns": ["Day"], "must": {"mustBe": True}}),
    "sql by its name": ("quality: [{type: sql, name: No two!, query: 'select count(*) from thing', mustBe: 2}]", "*|sql:no_two", {"query": "select count(*) from thing", "columns": [], "must": {"mustBe": 2}}),
    "foreign key by ids": ("relationships: [{from: schema/thing_tbl/properties/id_prop, to: other.ID}]", "ID|foreign_key", {"table": "other", "columns": ["ID"]}),
}  # fmt: skip

AT_HEAD = {
    "latency": ("slaProperties: [{property: latency, value: 2, unit: d, element: thing.Day}]", "Day|freshness", {"minutes": 2880}),
    "latency by its synonym": ("slaProperties: [{property: LY, value: 1.5, unit: hours, element: Day}]", "Day|freshness", {"minutes": 90}),
    "the default element": ("slaDefaultElement: thing.Day\nslaProperties: [{property: freshness, value: 1, unit: w}]", "Day|freshness", {"minutes": 10080}),
    "retention": ("slaProperties: [{property: retention, value: 3, unit: y, element: thing.Day}]", "Day|retention", {"minutes": 1576800}),
    "volume": ("slaProperties: [{property: volume, value: 10, valueExt: 90, unit: rows}]", "*|row_count", {"min": 10, "max": 90}),
}  # fmt: skip
CASES = [
    pytest.param(place, *case, id=name)
    for place, cases in (("column", AT_COLUMN), ("table", AT_TABLE), ("head", AT_HEAD))
    for name, case in cases.items()
]


@pytest.mark.parametrize(("place", "text", "rule", "params"), CASES)
def test_what_is_asked_for_is_one_rule(tmp_path, place, text, rule, params) -> None:
    contract, problems, _ = read(tmp_path, **{place: text})

    assert problems == []
    assert {r.id: r.params for r in contract.rules}[rule] == params


# place, what stands there, words of the problem, what the line holds
REFUSED = {
    "bounds that meet": ("column", "logicalType: integer\nlogicalTypeOptions: {minimum: 5, exclusiveMaximum: 5}", "no row could pass", "minimum: 5"),
    "step of nothing": ("column", "logicalType: integer\nlogicalTypeOptions: {multipleOf: 0}", "not a number above 0", "multipleOf"),
    "unknown width": ("column", "logicalType: integer\nlogicalTypeOptions: {format: i33}", "format of an integer cannot be 'i33'", "i33"),
    "whole width of a number": ("column", "logicalType: number\nlogicalTypeOptions: {format: i32}", "format of a number cannot be 'i32'", "i32"),
    "decimal of a text": ("column", "physicalType: decimal(5,2)", "cannot be the decimal", "decimal(5,2)"),
    "too many digits": ("column", "logicalType: number\nphysicalType: decimal(50,2)", "is no decimal", "decimal(50,2)"),
    "fractions of an integer": ("column", "logicalType: integer\nphysicalType: decimal(5,2)", "is no decimal", "decimal(5,2)"),
    "password": ("column", "logicalTypeOptions: {format: password}", "format of a text cannot be 'password'", "password"),
    "binary": ("column", "logicalTypeOptions: {format: binary}", "format of a text cannot be 'binary'", "binary"),
    "time with a zone": ("column", "logicalType: time\nlogicalTypeOptions: {timezone: true}", "time zone cannot be compared", "timezone"),
    "time of a day with a date": ("column", "logicalType: time\nlogicalTypeOptions: {format: 'yyyy-MM-dd HH:mm'}", "more than a time of day", "yyyy"),
    "format without the offset": ("column", "logicalType: timestamp\nlogicalTypeOptions: {format: 'yyyy-MM-dd HH:mm', timezone: true}", "names no offset", "timezone"),
    "format with an offset": ("column", "logicalType: timestamp\nlogicalTypeOptions: {format: 'yyyy-MM-dd HH:mm XXX', timezone: false}", "names an offset", "timezone"),
    "no such zone": ("column", "logicalType: timestamp\nlogicalTypeOptions: {defaultTimezone: Mars/Base}", "no time zone 'Mars/Base'", "Mars/Base"),
    "formats of a text": ("column", "customProperties: [{property: formats, value: [yyyy]}]", "'formats' is for dates", "formats"),
    "nested": ("column", "logicalType: object", "logicalType cannot be 'object'", "object"),
    "vector": ("column", "logicalType: vector", "logicalType cannot be 'vector'", "vector"),
    "a measure": ("column", "semanticType: measure", "semanticType cannot be", "measure"),
    "numbers for texts": ("column", "enum: [{value: 1}]", "enum values must be texts", "enum"),
    "true for a boolean": ("column", "logicalType: boolean\nenum: [{value: true}]", "enum values must be texts", "enum"),
    "fractions for integers": ("column", "logicalType: integer\nenum: [{value: 1.5}]", "must be texts or numbers", "enum"),
    "no value at all": ("column", "enum: []", "enum values must be texts", "enum"),
    "unknown classification": ("column", "classification: tope-secret", "classification cannot be", "tope-secret"),
    "renamed from nothing": ("column", "customProperties: [{property: was, value: ' '}]", "'was' cannot be", "was"),
    "unknown severity of a kind": ("column", "customProperties: [{property: severity, value: {rang: warn}}]", "no kind of rule 'rang'", "customProperties"),
    "rule beside metric": ("column", "quality: [{rule: nullCheck, metric: nullValues, mustBe: 0}]", "side by side", "rule"),
    "unknown rule of 3.0": ("column", "quality: [{rule: countCheck}]", "metric 'countCheck' cannot", "countCheck"),
    "duplicates of 3.0 without a threshold": ("column", "quality: [{rule: duplicateCount}]", "no threshold", "duplicateCount"),
    "bounds the wrong way round": ("column", "quality: [{metric: nullValues, mustBeBetween: [9, 1]}]", "wrong way round", "[9, 1]"),
    "no unit at all": ("column", "quality: [{metric: nullValues, mustBe: 0, unit: percnt}]", "unit cannot be 'percnt'", "percnt"),
    "unknown dimension": ("column", "quality: [{metric: nullValues, mustBe: 0, dimension: completness}]", "dimension cannot be", "completness"),
    "unknown custom property of a rule": ("column", "quality: [{metric: nullValues, mustBe: 0, customProperties: [{property: revew, value: required}]}]", "custom property 'revew'", "revew"),
    "missing numbers": ("column", "quality: [{metric: missingValues, arguments: {missingValues: [-1]}, mustBe: 0}]", "needs the texts", "[-1]"),
    "the method": ("column", "quality: [{metric: nullValues, mustBe: 0, method: reconciliation}]", "'method' cannot be executed", "method"),
    "soda": ("table", "quality: [{type: custom, engine: soda, implementation: 'x: 1'}]", "engine 'soda' cannot", "soda"),
    "great expectations": ("table", "quality: [{type: custom, engine: greatExpectations, implementation: 'x: 1'}]", "engine 'greatExpectations' cannot", "greatExpectations"),
    "custom at a column": ("column", "quality: [{type: custom, engine: dagster-ingest, implementation: {rule: row_count_ratio, min: 1}}]", "type 'custom' cannot", "custom"),
    "a text": ("column", "quality: [{type: text, description: Looks fine}]", "type 'text' cannot", "text"),
    "percent of rows": ("table", "quality: [{metric: rowCount, mustBe: 5, unit: percent}]", "unit must be rows", "percent"),
    "counts that exclude each other": ("table", "quality: [{metric: rowCount, mustBe: 5, mustNotBe: 5}]", "a count can meet", "rowCount"),
    "two counts at once": ("table", "quality: [{metric: rowCount, mustBe: 5}, {metric: rowCount, mustBe: 6}]", "two rules '*|row_count'", "rowCount"),
    "physical name of the table": ("table", "physicalName: tbl_1", "'physicalName' cannot be executed", "physicalName"),
    "reference into a file": ("column", "relationships: [{to: other.yaml#/schema/a/properties/b}]", "points into another file", "other.yaml"),
    "reference to an unknown id": ("column", "relationships: [{to: schema/thing_tbl/properties/nope}]", "no property with the id 'nope'", "nope"),
    "reference to another table's id": ("column", "relationships: [{to: schema/other_tbl/properties/id}]", "no table of this file has the id", "other_tbl"),
    "half a reference": ("column", "relationships: [{to: schema/thing_tbl}]", "is not schema/ID/properties/ID", "schema/thing_tbl"),
    "latency without an element": ("head", "slaProperties: [{property: latency, value: 1, unit: d}]", "needs an element", "latency"),
    "latency of a text": ("head", "slaProperties: [{property: latency, value: 1, unit: d, element: thing.CODE}]", "is no date or timestamp", "thing.CODE"),
    "latency of no column": ("head", "slaProperties: [{property: latency, value: 1, unit: d, element: thing.Dya}]", "no column 'Dya'", "Dya"),
    "latency in no unit": ("head", "slaProperties: [{property: latency, value: 1, element: Day}]", "is no unit of time", "latency"),
    "minutes or months": ("head", "slaProperties: [{property: latency, value: 1, unit: m, element: Day}]", "'m' is no unit of time", "unit: m"),
    "latency of nothing": ("head", "slaProperties: [{property: latency, value: 0, unit: d, element: Day}]", "not a number above 0", "value: 0"),
    "frequency": ("head", "slaProperties: [{property: frequency, value: 1, unit: d}]", "SLA property 'frequency' cannot", "frequency"),
    "an unknown property": ("head", "slaProperties: [{property: lateny, value: 1}]", "SLA property 'lateny' cannot", "lateny"),
    "scheduled": ("head", "slaProperties: [{property: latency, value: 1, unit: d, element: Day, schedule: '0 1 * * *'}]", "'schedule' cannot", "schedule"),
    "volume in bytes": ("head", "slaProperties: [{property: volume, value: 1, unit: GB}]", "unit must be rows", "GB"),
    "no semantic version": ("head", "tags: [a]\nstatus: current", "status cannot be 'current'", "current"),
    "inferred and active": ("head", "status: active\ncustomProperties: [{property: inferred, value: true}]", "drafted from data", "status: active"),
    "review of an unknown column": ("table", "customProperties: [{property: review, value: {columns: [NAME]}}]", "no column 'NAME'", "customProperties"),
    "review above everything": ("table", "customProperties: [{property: review, value: {removed_above: 5}}]", "not a share", "customProperties"),
    "review that never ends": ("table", "customProperties: [{property: review, value: {removed_above: 0.1, expires: never}}]", "'expires' cannot be", "customProperties"),
    "review of a typo": ("table", "customProperties: [{property: review, value: {remved_above: 0.1}}]", "cannot ask for 'remved_above'", "customProperties"),
    "optional review": ("table", "customProperties: [{property: review, value: optional}]", "'review' cannot be", "optional"),
}  # fmt: skip


@pytest.mark.parametrize(("place", "text", "words", "held"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_executed_is_refused_at_its_line(tmp_path, place, text, words, held) -> None:
    contract, problems, lines = read(tmp_path, **{place: text})

    assert contract is None
    problem = next((p for p in problems if words in p.problem), None)
    assert problem is not None, problems
    assert held in lines[problem.line - 1]


@pytest.mark.parametrize(
    "version", ["1.0", "v1.0.0", "01.0.0", "1.0.0.0", "2024-01-01", "1.0.0+b5", "1.0.0+gulf.1.0.0"]
)
def test_a_version_is_semantic(tmp_path, version) -> None:
    path = tmp_path / "thing.odcs.yaml"
    path.write_text((HEAD + TABLE).replace("1.0.0", f"'{version}'"))

    _, problems = read_contract(path)

    assert [(p.line, "no semantic version" in p.problem) for p in problems] == [(4, True)]


def test_what_the_standard_lists_for_people_makes_no_rule(tmp_path) -> None:
    head = "slaProperties:\n" + "".join(
        f"  - {{property: {name}, value: '2030-01-01', driver: regulatory}}\n"
        for name in ("generalAvailability", "endOfSupport", "EL", "timeToDetect", "tn", "timeToRepair")
    )

    contract, problems, _ = read(tmp_path, head=head)

    assert problems == []
    assert [rule.id for rule in contract.rules] == ["Day|type", "ID|primary_key"]


@pytest.mark.parametrize(
    ("word", "private"),
    [("public", False), ("Internal", False), ("confidential", True), ("RESTRICTED", True), ("pii", True)],
)
def test_everything_but_public_and_internal_is_private(tmp_path, word, private) -> None:
    contract, problems, _ = read(tmp_path, column=f"classification: {word}\ntags: [a, b]")

    assert problems == []
    column = contract.column("CODE")
    assert (column.private, column.classification, column.tags) == (private, word.lower(), ("a", "b"))


def test_a_column_says_what_it_was_called_before(tmp_path) -> None:
    contract, _, _ = read(tmp_path, column="customProperties: [{property: was, value: Old Code}]")

    assert contract.column("CODE").was == "Old_Code"


@pytest.mark.parametrize(
    ("team", "owners"),
    [
        ("{name: data}", ("data",)),
        (
            "{members: [{username: a, role: owner}, {username: b, role: Data Owner}, {username: c}]}",
            ("a", "b"),
        ),
        ("[{username: a, role: owner, dateOut: '2024-01-01'}, {username: b, role: owner}]", ("b",)),
        ("{members: [{username: a}]}", ()),
    ],
)
def test_a_team_has_several_owners(tmp_path, team, owners) -> None:
    contract, problems, _ = read(tmp_path, head=f"team: {team}\ntags: [x]", table="tags: [y, x]")

    assert problems == []
    assert (contract.owners, contract.owner) == (owners, owners[0] if owners else None)
    assert contract.tags == ("x", "y")


REVIEWS = {
    "always": ("customProperties: [{property: review, value: required}]", Review(always=True)),
    "above": ("customProperties: [{property: review, value: {removed_above: 0.05, columns: [CODE], expires: 36h}}]", Review(removed_above=0.05, columns=("CODE",), expires=2160)),
    "a rule": ("quality: [{metric: rowCount, mustBe: 5, customProperties: [{property: review, value: required}]}]", Review(rules=("*|row_count",))),
    "an expiry alone": ("customProperties: [{property: review, value: {expires: 3d}}]", Review(always=True, expires=4320)),
}  # fmt: skip


@pytest.mark.parametrize(("text", "review"), REVIEWS.values(), ids=REVIEWS)
def test_a_review_is_asked_for_by_the_table_or_a_rule(tmp_path, text, review) -> None:
    contract, problems, _ = read(tmp_path, table=text)

    assert problems == []
    assert contract.review == review


def test_a_rule_that_asks_for_a_review_only_warns(tmp_path) -> None:
    column = "logicalType: integer\nlogicalTypeOptions: {maximum: 9}\n"
    column += "customProperties: [{property: severity, value: {range: review}}]"

    contract, _, _ = read(tmp_path, column=column)

    rule = next(r for r in contract.rules if r.id == "CODE|range")
    assert (rule.severity, contract.review) == ("warn", Review(rules=("CODE|range",)))


def test_a_synonym_of_a_dimension_is_its_word(tmp_path) -> None:
    contract, _, _ = read(tmp_path, column="quality: [{metric: nullValues, mustBe: 0, dimension: ac}]")

    assert next(r for r in contract.rules if r.kind == "required").dimension == "accuracy"


SECOND = TABLE.replace("schema:\n", "").replace("thing", "second").replace("CODE", "NAME")


def test_one_of_several_tables_is_read_by_its_name(tmp_path) -> None:
    path = tmp_path / "both.odcs.yaml"
    both = (
        HEAD + "slaProperties: [{property: latency, value: 1, unit: d, element: 'second.Day, thing.Day'}]\n"
    )
    path.write_text(
        both + TABLE + SECOND + "        relationships: [{to: schema/thing_tbl/properties/id_prop}]\n"
    )

    thing, no_problems = read_contract(path, table="thing")
    second, none_either = read_contract(path, table="second")

    assert (no_problems, none_either) == ([], [])
    assert [c.name for c in thing.columns] == ["ID", "Day", "CODE"]
    assert [r.id for r in second.rules] == [
        "Day|type", "ID|primary_key", "NAME|foreign_key", "Day|freshness",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "words"), [(None, "describes one table, not 2"), ("thin", "no table 'thin'")]
)
def test_of_several_tables_one_must_be_named(tmp_path, table, words) -> None:
    path = tmp_path / "both.odcs.yaml"
    path.write_text(HEAD + TABLE + SECOND)

    _, problems = read_contract(path, table=table)

    assert [(p.line, words in p.problem) for p in problems] == [(5, True)]


def test_the_problems_of_a_second_table_stand_at_its_lines(tmp_path) -> None:
    path = tmp_path / "both.odcs.yaml"
    text = HEAD + TABLE + SECOND + "        logicalType: tiem\n"
    path.write_text(text)

    _, problems = read_contract(path, table="second")

    assert [text.splitlines()[p.line - 1].strip() for p in problems] == ["logicalType: tiem"]
