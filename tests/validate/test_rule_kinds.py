"""Every kind of rule: what passes it, which rows break it, and under which id, from the contract's text on.

A case is a piece of a contract as people write it, rows that pass and rows that do not. Rules about
rows name the numbers of the rows; rules about the table name none and block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
import pytest
import yaml

from dagster_ingest.extract.questions import asker
from dagster_ingest.spec.contract import KINDS
from dagster_ingest.spec.models import Policy
from dagster_ingest.spec.odcs import read_contract
from dagster_ingest.validate.audit import Auditor

NOW = datetime(2024, 3, 1, 12, 0)
Cells = Mapping[str, Sequence[str | None]]


@dataclass(frozen=True)
class Kind:
    """good, bad: columns of cells; broken: numbers of the bad rows that the rule names, from 1.

    Of a rule about the table `broken` is empty, and `failed` is how often it counts as broken.
    """

    rule: str
    good: Cells
    bad: Cells
    broken: tuple[int, ...] = ()
    failed: int = 0
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)
    head: Mapping[str, Any] = field(default_factory=dict)


def typed(kind: str, **options: Any) -> dict[str, Any]:
    return {"logicalType": kind, "logicalTypeOptions": options} if options else {"logicalType": kind}


def library(metric: str, **more: Any) -> dict[str, Any]:
    return {"quality": [{"metric": metric, **more}]}


CASES = {
    "required": Kind(
        "A|required", {"A": ["x", " y "]}, {"A": ["x", "", None, " \u00a0", "n/a"]}, (2, 3, 4, 5),
        columns={"A": {"required": True}},
        table={"customProperties": [{"property": "nullTexts", "value": ["n/a"]}]},
    ),
    "missing": Kind(
        "A|missing", {"A": ["x", "0"]}, {"A": ["x", "N/A", " N/A ", "", None, "n/a"]}, (2, 3, 4, 5),
        columns={"A": library("missingValues", arguments={"missingValues": [None, "N/A"]}, mustBe=0)},
    ),
    "unique": Kind(
        "A|unique", {"A": ["x", "X", None, None]}, {"A": ["x", "y", " x", "y", None]}, (1, 3, 4),
        columns={"A": {"unique": True}},
    ),
    "unique: equal rows keep the first": Kind(
        "A|unique", {"A": ["1", "01"]}, {"A": ["x", "y", "x", "x"]}, (3, 4), columns={"A": {"unique": True}},
    ),
    "unique: of several columns": Kind(
        "A+B|unique", {"A": ["x", "x", None, None], "B": ["1", "2", "3", "3"]},
        {"A": ["x", "xa", "x"], "B": ["ab", "b", "ab "]}, (1, 3),
        columns={"A": {}, "B": {}},
        table=library("duplicateValues", arguments={"properties": ["A", "B"]}, mustBe=0),
    ),
    "primary_key": Kind(
        "*|primary_key", {"A": ["x", "x"], "B": ["1", "2"]},
        {"A": ["x", None, "y", "y"], "B": ["1", "1", "2", "2 "]}, (2, 3, 4),
        columns={n: {"primaryKey": True, "primaryKeyPosition": i} for i, n in ((1, "A"), (2, "B"))},
    ),
    "type: integer": Kind(
        "A|type", {"A": ["5", " -5 ", "+5", "007", str(2**63 - 1), "", None]},
        {"A": ["5", "5.0", "1e3", "1_000", "٣", "", str(2**63), "x"]}, (2, 3, 4, 5, 7, 8),
        columns={"A": typed("integer")},
    ),
    "type: integer of a width": Kind(
        "A|type", {"A": ["0", "255"]}, {"A": ["256", "-1", "12"]}, (1, 2),
        columns={"A": typed("integer", format="u8")},
    ),
    "type: number": Kind(
        "A|type", {"A": ["0.5", ".5", "5.", "1e5", "-0"]}, {"A": ["1,5", "inf", "NaN", "1e400", ".", "5"]},
        (1, 2, 3, 4, 5), columns={"A": typed("number")},
    ),
    "type: number of a width": Kind(
        "A|type", {"A": ["3.4e38", "1"]}, {"A": ["3.5e38", "-1e39", "1"]}, (1, 2),
        columns={"A": typed("number", format="f32")},
    ),
    "type: boolean": Kind(
        "A|type", {"A": ["yes", "NO", "True", "false", "0", "y"]},
        {"A": ["2", "ja", "yes"]}, (1, 2),
        columns={"A": typed("boolean")},
    ),
    "type: date": Kind(
        "A|type", {"A": ["2024-02-29", "0999-01-01", None]},
        {"A": ["2023-02-29", "2024-13-01", "29.02.2024", "20240229", "2024-02-28"]}, (1, 2, 3, 4),
        columns={"A": typed("date")},
    ),
    "type: date in formats": Kind(
        "A|type", {"A": ["02/29/2024", "2/9/2024"]},
        {"A": ["2024-02-29", "13/01/2024", "2/29/2023", "2/9/2024"]},
        (1, 2, 3), columns={"A": typed("date", format="MM/dd/yyyy")},
    ),
    "type: timestamp": Kind(
        "A|type",
        {"A": ["2024-02-29T12:00:00", "2024-02-29 12:00", "2024-02-29T12:00:00.5+02:00",
               "2024-02-29T12:00:00Z"]},
        {"A": ["2024-02-29T25:00:00", "2024-02-30 12:00:00", "noon", "2024-02-29T12:00:00"]}, (1, 2, 3),
        columns={"A": typed("timestamp")},
    ),
    "type: timestamp in a zone": Kind(
        "A|type", {"A": ["2024-03-10T01:59:59", "2024-11-03T01:30:00"]},
        {"A": ["2024-03-10T02:30:00", "2024-03-10T03:00:00"]},
        (1,), columns={"A": typed("timestamp", defaultTimezone="America/Chicago")},
    ),
    "type: timestamp with an offset": Kind(
        "A|type", {"A": ["2024-03-10T01:59:59Z", "2024-03-10T01:59:59-06:00"]},
        {"A": ["2024-03-10T01:59:59", "2024-03-10T01:59:59Z"]}, (1,),
        columns={"A": typed("timestamp", timezone=True)},
    ),
    "type: time": Kind(
        "A|type", {"A": ["07:05", "23:59:59"]}, {"A": ["24:00", "7 pm", "07:05"]}, (1, 2),
        columns={"A": typed("time")},
    ),
    "pattern": Kind(
        "A|pattern", {"A": ["00505", " 12345 ", None]}, {"A": ["505", "00505x", "00505"]}, (1, 2),
        columns={"A": typed("string", pattern="^[0-9]{5}$")},
    ),
    "enum": Kind(
        "A|enum", {"A": ["red", " blue", ""]}, {"A": ["Red", "red", "green"]}, (1, 3),
        columns={"A": library("invalidValues", arguments={"validValues": ["red", "blue"]}, mustBe=0)},
    ),
    "enum: of numbers": Kind(
        "A|enum", {"A": ["1", "+2", "01"]}, {"A": ["3", "1"]}, (1,),
        columns={"A": {**typed("integer"), "enum": [{"value": 1}, {"value": 2}]}},
    ),
    "range": Kind(
        "A|range", {"A": ["-90", "90.0", None]}, {"A": ["-90.0001", "90", "91"]}, (1, 3),
        columns={"A": typed("number", minimum=-90, maximum=90)},
    ),
    "range: at most": Kind(
        "A|range", {"A": ["5", "-1e9"]}, {"A": ["5.01", "5"]}, (1,),
        columns={"A": typed("number", maximum=5)},
    ),
    "range: bounds that do not belong to it": Kind(
        "A|range", {"A": ["0.001", "99.999"]}, {"A": ["0", "100", "50"]}, (1, 2),
        columns={"A": typed("number", exclusiveMinimum=0, exclusiveMaximum=100)},
    ),
    "range: of dates": Kind(
        "A|range", {"A": ["1/1/2024", "12/31/2024"]}, {"A": ["12/31/2023", "1/1/2025", "2/29/2024"]}, (1, 2),
        columns={"A": typed("date", format="M/d/yyyy", minimum="2024-01-01", exclusiveMaximum="2025-01-01")},
    ),
    "range: of moments in zones": Kind(
        "A|range", {"A": ["2024-03-01T00:00:00-06:00"]},
        {"A": ["2024-03-01T00:00:00+02:00", "2024-03-01T00:00:00Z"]}, (1,),
        columns={"A": typed("timestamp", minimum="2024-03-01T00:00:00Z")},
    ),
    "range: of times": Kind(
        "A|range", {"A": ["06:00", "22:00"]}, {"A": ["05:59", "22:01", "12:00"]}, (1, 2),
        columns={"A": typed("time", minimum="06:00:00", maximum="22:00:00")},
    ),
    "multiple": Kind(
        "A|multiple", {"A": ["0.3", "-1", "0", "7.10", None]}, {"A": ["0.35", "1e1", "0.1"]}, (1, 2),
        columns={"A": typed("number", multipleOf=0.1)},
    ),
    "decimal": Kind(
        "A|decimal", {"A": ["12345.67", "-0.10", "00012345.6700", "5."]},
        {"A": ["123456.7", "1.234", "1e2", "5"]}, (1, 2, 3),
        columns={"A": {**typed("number"), "physicalType": "decimal(7,2)"}},
    ),
    "length": Kind(
        "A|length", {"A": ["ab", " abcd ", "éé", None]}, {"A": ["a", "abcde", "abc"]}, (1, 2),
        columns={"A": typed("string", minLength=2, maxLength=4)},
    ),
    "format: email": Kind(
        "A|format", {"A": ["a@b.org"]}, {"A": ["a@b", "a b@c.org", "a@b.org, c@d.org", "a@b.org"]}, (1, 2, 3),
        columns={"A": typed("string", format="email")},
    ),
    "format: uri": Kind(
        "A|format", {"A": ["https://a.example/x", "mailto:a@b.org"]},
        {"A": ["www.a.example", "http://a b", "https://a"]},
        (1, 2), columns={"A": typed("string", format="uri")},
    ),
    "format: uuid": Kind(
        "A|format", {"A": ["123e4567-e89b-12d3-a456-426614174000"]},
        {"A": ["123e4567e89b12d3a456426614174000", "x", None]},
        (1, 2), columns={"A": typed("string", format="uuid")},
    ),
    "format: hostname": Kind(
        "A|format", {"A": ["a.example", "a-1"]}, {"A": ["-a.example", "a..b", "a_b", "a"]}, (1, 2, 3),
        columns={"A": typed("string", format="hostname")},
    ),
    "format: ipv4": Kind(
        "A|format", {"A": ["127.0.0.1"]}, {"A": ["256.0.0.1", "1.2.3", "01.2.3.4", None]}, (1, 2, 3),
        columns={"A": typed("string", format="ipv4")},
    ),
    "format: ipv6": Kind(
        "A|format", {"A": ["::1", "2001:db8::1", "::ffff:1.2.3.4"]},
        {"A": ["2001:db8::g", "1::2::3", "127.0.0.1", "::"]},
        (1, 2, 3), columns={"A": typed("string", format="ipv6")},
    ),
    "format: byte": Kind(
        "A|format", {"A": ["aGk=", "aGVsbG8h"]}, {"A": ["aGk", "a-k=", "aGk="]}, (1, 2),
        columns={"A": typed("string", format="byte")},
    ),
    "foreign_key": Kind(
        "A|foreign_key", {"A": ["p1", " p2 ", None, ""]}, {"A": ["p3", "p1"]}, (1,),
        columns={"A": {"relationships": [{"to": "parent.P"}]}},
    ),
    "foreign_key: of several columns": Kind(
        "A+B|foreign_key", {"A": ["p1", None, "p1"], "B": ["q1", "zz", None]},
        {"A": ["p1", "p2"], "B": ["q2", "q2"]},
        (1,), columns={"A": {}, "B": {}},
        table={"relationships": [{"from": ["t.A", "t.B"], "to": ["parent.P", "parent.Q"]}]},
    ),
    "foreign_key: the parts of a key do not run into each other": Kind(
        "A+B|foreign_key", {"A": ["p3\x1fq"], "B": ["3"]},
        {"A": ["p3", "p1q", "p1"], "B": ["q\x1f3", "1", "q1"]},
        (1, 2),
        columns={"A": {}, "B": {}},
        table={"relationships": [{"from": ["t.A", "t.B"], "to": ["parent.P", "parent.Q"]}]},
    ),
    "retention": Kind(
        "A|retention", {"A": ["2024-03-01", "2024-02-28", None]}, {"A": ["2024-02-27", "2024-02-29"]}, (1,),
        columns={"A": typed("date")},
        head={"slaProperties": [{"property": "retention", "value": 2, "unit": "d", "element": "t.A",
                                 "customProperties": [{"property": "severity", "value": "error"}]}]},
    ),
    "row_count": Kind(
        "*|row_count", {"A": ["x", "x"]}, {"A": ["x"]}, failed=1,
        columns={"A": {}}, table=library("rowCount", mustBeGreaterThan=1),
    ),
    "row_count: not": Kind(
        "*|row_count", {"A": ["x", "x"]}, {"A": ["x"]}, failed=1,
        columns={"A": {}}, table=library("rowCount", mustNotBe=1),
    ),
    "row_count_ratio": Kind(
        "*|row_count_ratio", {"A": ["x", "x"]}, {"A": ["x"]}, failed=1,
        columns={"A": {}},
        table={"quality": [
            {"type": "custom", "engine": "dagster-ingest",
             "implementation": {"rule": "row_count_ratio", "min": 0.5}},
        ]},
    ),
    "null_values": Kind(
        "A|null_values", {"A": ["x", None]}, {"A": ["x", None, ""]}, failed=2,
        columns={"A": library("nullValues", mustBeLessThan=2)},
    ),
    "missing_values": Kind(
        "A|missing_values", {"A": ["x", "N/A"]}, {"A": ["x", "N/A", None, "N/A "]}, failed=2,
        columns={"A": library("missingValues", arguments={"missingValues": ["N/A"]}, mustBeLessOrEqualTo=1)},
    ),
    "invalid_values": Kind(
        "A|invalid_values", {"A": ["a", "b", "a", "x", None]}, {"A": ["a", "x", "y", None]}, failed=2,
        columns={"A": library("invalidValues",
            arguments={"validValues": ["a", "b"]}, mustBeBetween=[0, 20], unit="percent")},
    ),
    "duplicate_values": Kind(
        "A|duplicate_values", {"A": ["x", "x", None, None]}, {"A": ["x", " x", "x", "y"]}, failed=2,
        columns={"A": library("duplicateValues", mustBeLessThan=2)},
    ),
    "freshness": Kind(
        "A|freshness", {"A": ["2024-02-28", "1999-01-01", None]}, {"A": ["2024-02-27", None]}, failed=1,
        columns={"A": typed("date")},
        head={"slaProperties": [{"property": "latency", "value": 2, "unit": "d", "element": "t.A"}]},
    ),
    "sql": Kind(
        "A|sql", {"A": ["1", "2"]}, {"A": ["1", "1"]}, failed=1,
        columns={"A": {"quality": [
            {"type": "sql", "query": "select count(distinct {property}) from {object}",
             "mustBeGreaterThan": 1},
        ]}},
    ),
    "decodes": Kind(
        "A|decodes", {"A": ["[1]", "", None], "A_json": ["[1]", None, None]},
        {"A": ["[1", "[2]"], "A_json": [None, "[2]"]},
        (1,),
    ),
}  # fmt: skip


@pytest.fixture
def compiled(tmp_path):
    """The contract of a case, compiled from its text."""

    def make(case: Kind):
        if case.rule.endswith("|decodes"):  # asked for by the system's file, not by a contract
            from tests.validate.contracts import contract, rule

            return contract(rule("decodes", "A", codec="python_literal"))
        document = {
            "kind": "DataContract", "apiVersion": "v3.1.0", "id": "t", "version": "1.0.0", "status": "active",
            **case.head,
            "schema": [{"name": "t", "properties": [{"name": n, **p} for n, p in case.columns.items()],
                **case.table}],
        }  # fmt: skip
        path = tmp_path / "t.odcs.yaml"
        path.write_text(yaml.safe_dump(document))
        contract, problems = read_contract(path)
        assert problems == []
        return contract

    return make


def run(contract, cells: Cells):
    """(verdict, numbers of rejected rows by rule) of an audit in batches of two rows."""
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    frame = frame.with_columns(
        _source_uri=pl.lit("drops/t.csv"),
        _row_number=pl.int_range(1, frame.height + 1, dtype=pl.Int64),
        _row_hash=pl.struct(pl.all()).hash(),
    )
    parents = {"parent": pl.DataFrame({"P": ["p1", "p2", "p3\x1fq"], "Q": ["q1", "q2", "3"]})}
    auditor = Auditor(contract, Policy(on_reject="quarantine", max_share=1.0), parents, 3, now=NOW)
    rejected: dict[str, list[int]] = {}
    accepted: list[pl.DataFrame] = []
    for batch in frame.iter_slices(2):
        good, bad = auditor.batch(batch)
        accepted.append(good)
        for number, rules in bad.select("_row_number", "_rules").rows():
            for rule in rules:
                rejected.setdefault(rule, []).append(number)
    verdict, late = auditor.finish(asker(contract, lambda late: accepted))
    for rule, rows in late.items():
        rejected[rule] = sorted([*rejected.get(rule, []), *rows["_row_number"]])
    return verdict, rejected


def test_every_kind_of_rule_has_a_case():
    assert {name.partition(":")[0] for name in CASES} == set(KINDS)
    assert all(case.rule.endswith(f"|{name.partition(':')[0]}") for name, case in CASES.items())


@pytest.mark.parametrize("name", CASES)
def test_good_rows_pass(name, compiled):
    case = CASES[name]

    verdict, rejected = run(compiled(case), case.good)

    assert rejected == {}
    assert [r.rule for r in verdict.failed_rules] == []
    assert verdict.outcome == "commit"


@pytest.mark.parametrize("name", CASES)
def test_bad_rows_are_named(name, compiled):
    case = CASES[name]

    verdict, rejected = run(compiled(case), case.bad)

    assert rejected == ({case.rule: list(case.broken)} if case.broken else {})
    (result,) = verdict.failed_rules
    assert (result.rule, result.failed) == (case.rule, len(case.broken) or case.failed)
    assert [s.row_number for s in result.samples][: len(case.broken)] == list(case.broken)[:5]
    assert verdict.outcome == ("commit" if case.broken else "block")
    if not case.broken:
        assert result.rule in verdict.reason
        assert result.observed
