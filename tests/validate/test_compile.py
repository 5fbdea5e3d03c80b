from __future__ import annotations

import pytest

from dagster_ingest.errors import SpecError
from dagster_ingest.spec.contract import KINDS, STRING_FORMATS
from dagster_ingest.validate import compile as compiler
from tests.validate.contracts import contract, rule


def failing(audit, rows, made_rule, values, **options) -> list[str | None]:
    """The values that `made_rule` rejects."""
    column = made_rule.columns[0]
    _, rejected, _, _ = audit(contract(made_rule, **options), rows(**{column: values}))
    return rejected[column].to_list()


@pytest.mark.parametrize(
    ("made", "good", "bad"),
    [
        (rule("required", "c"), ["x", " x "], ["", "  ", None, "\t\n"]),
        (
            rule("type", "c", type="integer"),
            ["0", "-7", "+3", " 12 "],
            ["1.0", "1e3", "x", "1,000", "9" * 20],
        ),
        (
            rule("type", "c", type="number"),
            ["0", ".5", "-1e3", " 2.50"],
            ["nan", "inf", "-Infinity", "1,5", "x"],
        ),
        (
            rule("type", "c", type="boolean"),
            ["Yes", "no", "TRUE", "0", "y", "N "],
            ["2", "maybe", "ja", "on"],
        ),
        (rule("type", "c", type="date"), ["2024-02-29", " 2024-01-01"], ["2023-02-29", "01/02/2024", "x"]),
        (
            rule("type", "c", type="timestamp"),
            ["2024-01-01 10:00:00", "2024-01-01T10:00:00.123Z", "2024-01-01T10:00:00+05:00", "2024-01-01"],
            ["2024-01-01 25:00:00", "10:00", "2024-13-01"],
        ),
        (
            rule("type", "c", type="timestamp", formats=["%m/%d/%Y %H:%M", "%Y/%m/%d"]),
            ["12/31/2023 23:59", "2023/12/31"],
            ["2023-12-31", "31/12/2023 00:00"],
        ),
        (rule("type", "c", type="date", formats=["%d.%m.%Y"]), ["31.12.2023"], ["2023-12-31"]),
        (rule("type", "c", type="string"), ["anything", "\U0001f600"], []),
        (rule("pattern", "c", pattern="^[A-Z]{2}-[0-9]+$"), ["AB-1", " AB-1 "], ["ab-1", "AB-1\nx", "xAB-1"]),
        (rule("enum", "c", values=["FL", 7]), ["FL", "FL ", "7"], ["fl", "F", "L"]),
        (rule("range", "c", min=-90, max=90), ["-90", "90.0"], ["90.01", "nan", "x"]),
        (rule("range", "c", min=0), ["0", "1e9"], ["-0.1"]),
        (rule("range", "c", max=0), ["0", "-5"], ["0.1"]),
        (rule("length", "c", min=2, max=3), ["ab", "äöü", " ab  "], ["a", "abcd", "\U0001f600"]),
        (
            rule("format", "c", format="email"),
            ["a.b@x.example"],
            ["a@b", "a b@x.example", "a@x.example, c@y.example"],
        ),
        (
            rule("format", "c", format="uri"),
            ["https://x.example/a?b", "mailto:a@x.example"],
            ["x.example", "http: //x"],
        ),
        (rule("format", "c", format="uuid"), ["6F0C1F6E-3f0e-5a53-9a3c-2f2d6a0e8b11"], ["6f0c1f6e"]),
        (rule("format", "c", format="hostname"), ["a-b.example"], ["-a.example", "a_b", "a..b"]),
        (rule("format", "c", format="ipv4"), ["10.0.0.255"], ["10.0.0.256", "10.0.0", "10.0.0.1."]),
        (rule("format", "c", formats=["%H:%M on %Y-%m-%d"]), ["10:30 on 2024-01-01"], ["2024-01-01"]),
    ],
    ids=lambda value: value.id if hasattr(value, "id") else None,
)
def test_what_a_rule_takes_and_refuses(audit, rows, made, good, bad):
    assert failing(audit, rows, made, [*good, *bad]) == bad


@pytest.mark.parametrize("kind", ["type", "pattern", "enum", "range", "length", "format"])
def test_null_and_null_texts_pass_every_rule_but_required(audit, rows, kind):
    params = {
        "type": {"type": "integer"},
        "pattern": {"pattern": "^[0-9]$"},
        "enum": {"values": ["1"]},
        "range": {"min": 1},
        "length": {"max": 1},
        "format": {"format": "email"},
    }[kind]

    nulls = ("", "N/A", "-1")

    assert (
        failing(audit, rows, rule(kind, "c", **params), [None, "", " ", "N/A", " -1 "], null_texts=nulls)
        == []
    )


def test_null_texts_count_as_missing_for_required(audit, rows):
    found = failing(audit, rows, rule("required", "c"), ["N/A", " N/A", "n/a", "x"], null_texts=("", "N/A"))

    assert found == ["N/A", " N/A"]


def test_a_range_of_dates_is_compared_as_dates(audit, rows):
    made = contract(
        rule("type", "c", type="date", formats=["%m/%d/%Y"]),
        rule("range", "c", min="2000-01-01", max="12/31/2030"),
    )

    _, rejected, _, _ = audit(made, rows(c=["01/01/2000", "12/31/1999", "01/01/2031", "x"]))

    assert rejected.select("c", "_rules").rows() == [
        ("12/31/1999", ["c|range"]),
        ("01/01/2031", ["c|range"]),
        ("x", ["c|type"]),
    ]


def test_a_big_integer_is_not_compared_as_a_float(audit, rows):
    made = contract(rule("type", "c", type="integer"), rule("range", "c", max=9007199254740992))

    _, rejected, _, _ = audit(made, rows(c=["9007199254740992", "9007199254740993"]))

    assert rejected["c"].to_list() == ["9007199254740993"]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (rule("patern", "c"), "did you mean 'pattern'"),
        (rule("pattern", "c", pattern="(?=look)ahead"), "not a regular expression"),
        (rule("pattern", "c"), "has no pattern"),
        (rule("type", "c", type="integr"), "did you mean 'integer'"),
        (rule("format", "c", format="emial"), "did you mean 'email'"),
        (rule("format", "c"), "format"),
        (rule("enum", "c", values=[]), "allows no value"),
        (rule("range", "c"), "has no bound"),
        (rule("range", "c", min="x"), "no number"),
        (rule("length", "c"), "has no bound"),
        (rule("required"), "names no column"),
        (rule("foreign_key", "c", table="p", columns=["a", "b"]), "parent's columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.id,
)
def test_a_rule_that_cannot_be_compiled_is_named(made, message):
    with pytest.raises(SpecError) as caught:
        compiler.compile_contract(contract(made), {})

    assert message in str(caught.value)
    assert made.id in str(caught.value)
    assert "contracts/sample.odcs.yaml" in str(caught.value)


def test_every_kind_and_format_of_the_spec_is_known():
    assert set(compiler.EVERY_KIND) == set(KINDS)
    assert set(compiler.NAMED_FORMATS) == set(STRING_FORMATS)


def test_the_schema_is_panderas_and_carries_the_rule_ids():
    gate = compiler.compile_contract(contract(rule("required", "c"), rule("enum", "c", values=["a"])), {})

    assert [check.error for check in gate.schema.columns["c"].checks] == ["c|required", "c|enum"]
