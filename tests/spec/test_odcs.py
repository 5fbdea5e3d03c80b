"""ODCS documents become columns and rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_ingest.spec.contract import KINDS, Contract
from dagster_ingest.spec.draft import DIMENSIONS
from dagster_ingest.spec.odcs import read_contract, rule_lines

EVERYTHING = """\
kind: DataContract
apiVersion: v3.1.0
id: a-everything
version: 2.1.0
status: active
name: Everything
tags: [a]
domain: social-services
description: {purpose: One of each}
servers: [{server: s, type: local, path: x}]
support: [{channel: c, url: https://example.org}]
price: {priceAmount: 0}
slaProperties: [{property: generalAvailability, value: '2024-01-01'}]
roles: [{role: reader}]
team:
  name: data
  members: [{username: ann@example.org, role: Owner}, {username: bob@example.org, role: editor}]
schema:
  - name: everything
    description: One of each rule
    customProperties: [{property: nullTexts, value: ["n/a"]}, {property: mood, value: 1, vendor: other}]
    properties:
      - {name: KEY B, primaryKey: true, primaryKeyPosition: 2}
      - {name: KEY A, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: Email, unique: true, logicalTypeOptions: {format: email, minLength: 3, maxLength: 80}}
      - name: Status
        classification: private
        logicalTypeOptions: {pattern: '^[A-Z]+$'}
        quality:
          - metric: invalidValues
            arguments: {validValues: [OPEN, SHUT]}
            mustBe: 0
            severity: warn
            dimension: accuracy
            description: Known states only
      - {name: Size, logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 9}}
      - {name: Share, logicalType: number}
      - {name: Open, logicalType: boolean, customProperties: [{property: optional, value: false}]}
      - name: Born
        logicalType: date
        logicalTypeOptions: {format: MM/dd/yy, minimum: '1900-01-01'}
      - name: Seen
        logicalType: timestamp
        customProperties:
          - {property: formats, value: ['yyyy-MM-dd HH:mm:ss', '%m/%d/%y']}
          - {property: severity, value: warn}
      - {name: Kind, enum: [{value: a}, {value: b}]}
      - {name: Parent, relationships: [{to: everything.KEY A}]}
    relationships:
      - type: foreignKey
        from: [everything.Size, Share]
        to: [other.Big Size, other.Share]
        customProperties: [{property: severity, value: warn}]
    quality:
      - {metric: rowCount, mustBeBetween: [1, 100]}
      - {type: custom, engine: dagster-ingest, implementation: {rule: row_count_ratio, min: 0.8}}
      - {metric: duplicateValues, arguments: {properties: [Size, Share]}, mustBe: 0}
"""


def contract(folder: Path, text: str) -> Contract:
    path = folder / "everything.odcs.yaml"
    path.write_text(text)
    found, problems = read_contract(path)
    assert problems == []
    return found


@pytest.fixture
def everything(tmp_path: Path) -> Contract:
    return contract(tmp_path, EVERYTHING)


def test_every_rule_has_one_id_and_its_params(everything: Contract) -> None:
    rules = {rule.id: (rule.columns, rule.params) for rule in everything.rules}

    assert rules == {
        "KEY_A|required": (("KEY_A",), {}),
        "Email|unique": (("Email",), {}),
        "Email|format": (("Email",), {"format": "email"}),
        "Email|length": (("Email",), {"min": 3, "max": 80}),
        "Status|pattern": (("Status",), {"pattern": "^[A-Z]+$"}),
        "Status|enum": (("Status",), {"values": ["OPEN", "SHUT"]}),
        "Size|type": (("Size",), {"type": "integer"}),
        "Size|range": (("Size",), {"min": 1, "max": 9}),
        "Share|type": (("Share",), {"type": "number"}),
        "Open|type": (("Open",), {"type": "boolean"}),
        "Born|type": (("Born",), {"type": "date", "formats": ["%m/%d/%y"]}),
        "Born|range": (("Born",), {"min": "1900-01-01"}),
        "Seen|type": (("Seen",), {"type": "timestamp", "formats": ["%Y-%m-%d %H:%M:%S", "%m/%d/%y"]}),
        "Kind|enum": (("Kind",), {"values": ["a", "b"]}),
        "*|primary_key": (("KEY_A", "KEY_B"), {}),
        "Parent|foreign_key": (("Parent",), {"table": "everything", "columns": ["KEY_A"]}),
        "Size+Share|foreign_key": (
            ("Size", "Share"),
            {"table": "other", "columns": ["Big_Size", "Share"]},
        ),
        "*|row_count": ((), {"min": 1, "max": 100}),
        "*|row_count_ratio": ((), {"min": 0.8}),
        "Size+Share|unique": (("Size", "Share"), {}),
    }


def test_severity_dimension_and_words_come_from_the_document(everything: Contract) -> None:
    rules = {rule.id: rule for rule in everything.rules}

    enum = rules["Status|enum"]
    assert (enum.severity, enum.dimension, enum.description) == ("warn", "accuracy", "Known states only")
    assert rules["Seen|type"].severity == "warn"
    assert rules["Size+Share|foreign_key"].severity == "warn"
    assert rules["Status|pattern"].severity == "error"


def test_columns_keep_the_heading_beside_the_raw_name(everything: Contract) -> None:
    key = everything.column("key_a")

    assert (key.name, key.field, key.key, key.required, key.optional) == ("KEY A", "KEY_A", True, True, False)
    assert everything.keys == ("KEY_A", "KEY_B")
    assert everything.column("Status").private
    assert not everything.column("Email").private


def test_a_column_may_be_missing_unless_it_is_key_required_or_declared(everything: Contract) -> None:
    mandatory = [c.name for c in everything.columns if not c.optional]

    assert mandatory == ["KEY B", "KEY A", "Open"]


def test_the_head_of_the_document_is_kept(everything: Contract) -> None:
    assert (everything.id, everything.version, everything.owner) == (
        "a-everything",
        "2.1.0",
        "ann@example.org",
    )
    assert everything.description == "One of each rule"
    assert everything.null_texts == ("", "n/a")


def test_a_single_key_goes_by_its_column(tmp_path: Path) -> None:
    text = EVERYTHING.replace("primaryKey: true, primaryKeyPosition: 2", "description: none")

    assert "KEY_A|primary_key" in {rule.id for rule in contract(tmp_path, text).rules}


@pytest.mark.parametrize(
    ("operator", "bounds"),
    [
        ("mustBe: 5", {"min": 5, "max": 5}),
        ("mustBeGreaterThan: 5", {"min": 6}),
        ("mustBeGreaterOrEqualTo: 5", {"min": 5}),
        ("mustBeLessThan: 5", {"max": 4}),
        ("mustBeLessOrEqualTo: 5", {"max": 5}),
        ("mustBeGreaterThan: 1, mustBeLessThan: 5", {"min": 2, "max": 4}),
    ],
)
def test_row_counts_take_every_operator_of_the_standard(tmp_path: Path, operator: str, bounds: dict) -> None:
    text = EVERYTHING.replace("mustBeBetween: [1, 100]", operator)

    rules = {rule.id: rule.params for rule in contract(tmp_path, text).rules}

    assert rules["*|row_count"] == bounds


def test_severity_may_differ_by_kind_of_rule(tmp_path: Path) -> None:
    text = EVERYTHING.replace(
        "{name: Size, ", "{name: Size, customProperties: [{property: severity, value: {range: warning}}], "
    )

    rules = {rule.id: rule.severity for rule in contract(tmp_path, text).rules}

    assert (rules["Size|range"], rules["Size|type"]) == ("warn", "error")


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("purpose: One of each", "purpose: Something else", True),
        ("description: One of each rule", "description: Another", True),
        ("version: 2.1.0", "version: 2.1.1", True),
        ("maximum: 9", "maximum: 10", False),
        ("severity: warn\n", "severity: error\n", False),
        ("'^[A-Z]+$'", "'^[A-Z]*$'", False),
        ("classification: private", "classification: public", False),
        ('["n/a"]', '["-"]', False),
        ("property: optional, value: false", "property: optional, value: true", False),
        ("primaryKeyPosition: 1", "primaryKeyPosition: 3", False),
    ],
)
def test_the_checksum_changes_with_what_decides_a_verdict(
    tmp_path: Path, everything: Contract, old: str, new: str, same: bool
) -> None:
    assert EVERYTHING.count(old) == 1

    changed = contract(tmp_path, EVERYTHING.replace(old, new))

    assert (changed.checksum == everything.checksum) is same


def test_lines_of_rules_are_found_on_demand(tmp_path: Path, everything: Contract) -> None:
    lines = EVERYTHING.splitlines()

    found = rule_lines(everything.file)

    assert set(found) == {rule.id for rule in everything.rules}
    assert "metric: invalidValues" in lines[found["Status|enum"] - 1]
    assert "name: Size" in lines[found["Size|range"] - 1]
    assert "rowCount" in lines[found["*|row_count"] - 1]


def test_lines_follow_the_file_when_it_changes(tmp_path: Path, everything: Contract) -> None:
    before = rule_lines(everything.file)["*|row_count"]

    Path(everything.file).write_text("# one line more\n" + EVERYTHING)

    assert rule_lines(everything.file)["*|row_count"] == before + 1


def test_lines_of_a_file_that_is_gone_are_none(tmp_path: Path) -> None:
    assert rule_lines(tmp_path / "gone.odcs.yaml") == {}


def test_every_kind_of_rule_has_a_dimension() -> None:
    assert set(DIMENSIONS) == set(KINDS)
