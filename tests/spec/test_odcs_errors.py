# ruff: noqa: E501 - a case is easier to compare on one line
"""What a contract asks for and nothing can execute is an error with its line. Nothing is skipped."""

from __future__ import annotations

import pytest

from dagster_ingest.spec.odcs import read_contract

BASE = """\
kind: DataContract
apiVersion: v3.1.0
id: a-b
version: 1.0.0
schema:
  - name: thing
    properties:
      - name: ID
        primaryKey: true
      - name: CODE
        logicalType: string
        logicalTypeOptions: {maxLength: 3}
      - name: SIZE
        logicalType: integer
        logicalTypeOptions: {minimum: 1, maximum: 9}
      - name: DAY
        logicalType: date
        logicalTypeOptions: {format: yyyy-MM-dd}
        quality: [{metric: nullValues, mustBe: 0}]
    relationships:
      - {from: CODE, to: other.ID}
    quality:
      - {metric: rowCount, mustBeGreaterOrEqualTo: 1}
"""

# what stands there, what is written instead, line, column, value, an allowed name, guess, words
CASES = {
    "unknown key at the top": ("version:", "verzion: 1\nversion:", 4, 1, "'verzion'", "version", "version", "unknown key"),
    "unknown key of a property": ("primaryKey:", "primarykey:", 9, 9, "'primarykey'", "primaryKey", "primaryKey", "unknown key"),
    "unknown key of a quality": ("metric: nullValues", "metrik: nullValues", 19, 20, "'metrik'", "metric", "metric", "unknown key"),
    "text for a boolean": ("primaryKey: true", 'primaryKey: "yes"', 9, 21, "'yes'", None, None, "true or false"),
    "number for the version": ("1.0.0", "1.0", 4, 10, "1.0", None, None, "in quotes"),
    "other kind": ("DataContract", "DataProduct", 1, 7, "'DataProduct'", "DataContract", "DataContract", "kind cannot be"),
    "old version of the standard": ("v3.1.0", "v2.2.2", 2, 13, "'v2.2.2'", "v3.1.0", "v3.2.0", "is not read"),
    "no id": ("id: a-b\n", "", 1, 1, None, None, None, "'id' is missing"),
    "bad table name": ("name: thing", "name: The Thing", 6, 11, None, None, None, "no table can be named"),
    "unknown type": ("logicalType: integer", "logicalType: integr", 14, 22, "'integr'", "integer", "integer", "logicalType cannot be"),
    "type that is not executed": ("logicalType: integer", "logicalType: array", 14, 22, "'array'", "timestamp", None, "logicalType cannot be"),
    "unknown option": ("maxLength", "maxLenght", 12, 30, "'maxLenght'", "maxLength", "maxLength", "the option 'maxLenght'"),
    "option of another type": ("maxLength: 3", "minimum: 3", 12, 30, "'minimum'", "maxLength", None, "of a string cannot be executed"),
    "option that is not executed": ("minimum: 1", "minLength: 1", 15, 30, "'minLength'", "minimum", None, "cannot be executed"),
    "unknown format": ("maxLength: 3", "format: e-mail", 12, 38, "'e-mail'", "email", "email", "format of a text"),
    "length that is none": ("maxLength: 3", "maxLength: -3", 12, 41, "-3", None, None, "not a count"),
    "bounds the wrong way round": ("minimum: 1", "minimum: 10", 15, 39, "10", None, None, "no row could pass"),
    "pattern with look-ahead": ("maxLength: 3", "pattern: '(?=a)b'", 12, 39, "'(?=a)b'", None, None, "look-around"),
    "pattern that is none": ("maxLength: 3", "pattern: '(a'", 12, 39, "'(a'", None, None, "not a regular expression"),
    "date format": ("yyyy-MM-dd", "yyyy-MM-QQ", 18, 38, "'yyyy-MM-QQ'", None, None, "'QQ' are not supported"),
    "date with a time": ("yyyy-MM-dd", "'%Y-%m-%d %H:%M'", 18, 38, "'%Y-%m-%d %H:%M'", None, None, "time of day"),
    "unknown classification": ("- name: CODE", "- name: CODE\n        classification: privat", 11, 25, "'privat'", "private", "private", "classification"),
    "nested properties": ("- name: CODE", "- name: CODE\n        properties: [{name: A}]", 11, 9, None, None, None, "'properties' cannot be executed"),
    "partitions": ("- name: CODE", "- name: CODE\n        partitioned: true", 11, 9, None, None, None, "'partitioned' cannot be executed"),
    "column twice": ("- name: SIZE", "- name: Code", 13, 15, "'Code'", None, None, "would both be the raw column"),
    "columns that fall together": ("- name: SIZE", "- name: 'CODE '", 13, 15, "'CODE '", None, None, "would both be the raw column"),
    "unknown custom property": (
        "- name: CODE", "- name: CODE\n        customProperties: [{property: optinal, value: false}]",
        11, 39, "'optinal'", "optional", "optional", "custom property",
    ),
    "bad custom value": (
        "- name: CODE", "- name: CODE\n        customProperties: [{property: optional, value: 'no'}]",
        11, 56, "'no'", None, None, "'optional' cannot be",
    ),
    "custom property at the wrong level": (
        "- name: thing", "- name: thing\n    customProperties: [{property: optional, value: true}]",
        7, 35, "'optional'", "nullTexts", None, "custom property",
    ),
    "optional key": (
        "primaryKey: true", "primaryKey: true\n        customProperties: [{property: optional, value: true}]",
        10, 9, None, None, None, "is optional and required",
    ),
    "unknown metric": ("nullValues", "nulValues", 19, 28, "'nulValues'", "nullValues", "nullValues", "metric 'nulValues'"),
    "metric of a table": ("nullValues, mustBe: 0", "rowCount, mustBe: 0", 19, 28, "'rowCount'", "nullValues", None, "metric 'rowCount'"),
    "missing values that are not listed": ("nullValues", "missingValues", 19, 19, "None", None, None, "needs the texts"),
    "threshold that is no number": ("mustBe: 0", "mustBe: none", 19, 48, "'none'", None, None, "is not a number"),
    "no threshold": (", mustBe: 0", "", 19, 19, None, "mustBeLessThan", None, "no threshold"),
    "unit": ("mustBe: 0}", "mustBe: 1, unit: share}", 19, 57, "'share'", "percent", None, "unit cannot be"),
    "severity": ("mustBe: 0}", "mustBe: 0, severity: eror}", 19, 61, "'eror'", "error", "error", "severity cannot be"),
    "a text": (
        "{metric: rowCount, mustBeGreaterOrEqualTo: 1}", "{type: text, description: Looks fine}",
        23, 16, "'text'", "library", None, "quality of type 'text'",
    ),
    "a schedule": ("GreaterOrEqualTo: 1}", "GreaterOrEqualTo: 1, schedule: '0 0 * * *'}", 23, 55, None, None, None, "'schedule' cannot"),
    "another engine": (
        "{metric: rowCount, mustBeGreaterOrEqualTo: 1}", "{type: custom, engine: soda, implementation: x}",
        23, 32, "'soda'", "dagster-ingest", None, "engine 'soda'",
    ),
    "unknown rule of our engine": (
        "{metric: rowCount, mustBeGreaterOrEqualTo: 1}",
        "{type: custom, engine: dagster-ingest, implementation: {rule: row_count_ration, min: 1}}",
        23, 71, "'row_count_ration'", "row_count_ratio", "row_count_ratio", "there is no rule",
    ),
    "ratio without bounds": (
        "{metric: rowCount, mustBeGreaterOrEqualTo: 1}",
        "{type: custom, engine: dagster-ingest, implementation: {rule: row_count_ratio}}",
        23, 48, None, None, None, "needs a `min`",
    ),
    "no count": ("GreaterOrEqualTo: 1", "GreaterOrEqualTo: 1.5", 23, 28, "1.5", None, None, "for a row count"),
    "count without bounds": (", mustBeGreaterOrEqualTo: 1", "", 23, 9, None, None, None, "bounds that a count can meet"),
    "rule twice": (
        "quality: [{metric: nullValues", "required: true\n        quality: [{metric: nullValues",
        20, 19, None, None, None, "two rules 'DAY|required'",
    ),
    "values that are no texts": (
        "nullValues", "invalidValues, arguments: {validValues: [true]}", 19, 68, "[True]", None, None, "must be texts",
    ),
    "unknown argument": (
        "nullValues", "invalidValues, arguments: {validValue: [a]}", 19, 55, "'validValue'", "validValues", "validValues", "argument",
    ),
    "invalid values without arguments": ("nullValues", "invalidValues", 19, 19, None, None, None, "needs arguments"),
    "foreign key from nowhere": ("from: CODE", "from: KODE", 21, 16, "'KODE'", "CODE", "CODE", "no column 'KODE'"),
    "foreign key to nowhere": ("to: other.ID", "to: other", 21, 26, "'other'", None, None, "names no column"),
    "foreign key with unlike sides": ("to: other.ID", "to: [other.A, other.B]", 21, 9, None, None, None, "same number of columns"),
    "other relationship": ("{from: CODE", "{type: oneToMany, from: CODE", 21, 16, "'oneToMany'", "foreignKey", None, "relationship cannot"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_cannot_be_executed_is_refused_with_its_line(tmp_path, case) -> None:
    old, new, line, column, value, allowed, guess, words = case
    assert BASE.count(old) == 1
    path = tmp_path / "thing.odcs.yaml"
    path.write_text(BASE.replace(old, new))

    contract, problems = read_contract(path, "contracts/thing.odcs.yaml")

    assert contract is None
    problem = next(p for p in problems if words in p.problem)
    assert (problem.file, problem.line, problem.column) == ("contracts/thing.odcs.yaml", line, column)
    assert (problem.value, problem.guess) == (value, guess)
    assert allowed is None or allowed in problem.allowed


def test_the_contract_that_cases_start_from_is_sound(tmp_path) -> None:
    path = tmp_path / "thing.odcs.yaml"
    path.write_text(BASE)

    contract, problems = read_contract(path)

    assert problems == []
    assert contract.table == "thing"


def test_several_tables_in_one_file_are_refused(tmp_path) -> None:
    path = tmp_path / "thing.odcs.yaml"
    path.write_text(BASE + "  - name: second\n    properties: [{name: ID}]\n")

    _, problems = read_contract(path)

    assert [(p.line, p.problem) for p in problems] == [(5, "a contract describes one table, not 2")]


def test_a_compound_key_without_an_order_is_refused(tmp_path) -> None:
    path = tmp_path / "thing.odcs.yaml"
    path.write_text(BASE.replace("- name: CODE", "- name: CODE\n        primaryKey: true"))

    _, problems = read_contract(path)

    assert [(p.line, p.problem) for p in problems] == [
        (9, "the order of the compound primary key is not clear")
    ]


def test_all_problems_of_a_contract_are_told_at_once(tmp_path) -> None:
    path = tmp_path / "thing.odcs.yaml"
    path.write_text(
        BASE.replace("integer", "integr").replace("maxLength", "maxLenght").replace("nullV", "nulV")
    )

    _, problems = read_contract(path)

    assert [p.line for p in problems] == [12, 14, 19]
