"""Containment of what rules let pass."""

from __future__ import annotations

import pytest

from dagster_ingest.evolution.relate import DEFAULT_FORMATS, relation, types, width

CASES = [
    ("range", {"min": 0}, {"above": 0}, "narrower"),
    ("range", {"max": 10}, {"below": 10}, "narrower"),
    ("range", {"below": 10}, {"max": 9}, "narrower"),
    ("range", {"min": 0, "max": 10}, {"min": -1, "max": 11}, "wider"),
    ("range", {"min": 0}, {"max": 10}, "changed"),
    ("range", {"min": 0, "above": 3}, {"above": 3}, "same"),
    ("range", {"min": "2020-01-01"}, {"min": "2020-01-01T00:00:00"}, "same"),
    ("range", {"min": "2020-01-01T00:00:00Z"}, {"min": "2020-01-01T00:00:00"}, "changed"),
    ("range", {"min": "08:00"}, {"min": "09:00"}, "narrower"),
    ("row_count", {"min": 1}, {"min": 1, "not": 5}, "changed"),
    ("enum", {"values": ["a"]}, {"values": ["b", "a"]}, "wider"),
    ("enum", {"values": ["a"]}, {"values": ["a", "b"], "folded": True}, "changed"),
    ("missing", {"values": ["x"], "null": False}, {"values": ["x"], "null": True}, "narrower"),
    ("missing", {"values": ["x", "y"], "null": False}, {"values": ["x"], "null": False}, "wider"),
    ("multiple", {"of": "0.1"}, {"of": "0.3"}, "narrower"),
    ("multiple", {"of": "0.2"}, {"of": "0.3"}, "changed"),
    ("decimal", {"precision": 5, "scale": 2}, {"precision": 6, "scale": 2}, "wider"),
    ("decimal", {"precision": 5, "scale": 2}, {"precision": 5, "scale": 3}, "changed"),
    ("freshness", {"minutes": 60}, {"minutes": 30}, "narrower"),
    ("null_values", {"must": {"mustBeBetween": [0, 5]}}, {"must": {"mustBe": 3}}, "narrower"),
    ("null_values", {"must": {"mustNotBe": 5}}, {"must": {"mustBe": 3}}, "changed"),
    ("null_values", {"must": {"mustBe": 5}, "unit": "rows"}, {"must": {"mustBe": 5}}, "changed"),
    ("invalid_values", {"values": ["a"], "must": {"mustBeLessThan": 5}},
     {"values": ["a", "b"], "must": {"mustBeLessThan": 5}}, "wider"),
    ("invalid_values", {"values": ["a"], "must": {"mustBeGreaterThan": 5}},
     {"values": ["a", "b"], "must": {"mustBeGreaterThan": 5}}, "changed"),
    ("missing_values", {"values": ["x"], "null": True, "must": {"mustBeLessThan": 5}},
     {"values": ["x", "y"], "null": True, "must": {"mustBeLessThan": 5}}, "narrower"),
    ("pattern", {"pattern": "a"}, {"pattern": "a|b"}, "changed"),
    ("never heard of", {"a": 1}, {"a": 1}, "same"),
]  # fmt: skip
BACK = {"wider": "narrower", "narrower": "wider"}


@pytest.mark.parametrize(("kind", "old", "new", "expected"), CASES)
def test_a_rule_relates_to_what_it_was(kind, old, new, expected):
    assert relation(kind, old, new) == expected
    assert relation(kind, new, old) == BACK.get(expected, expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [("i8", "i16", "wider"), ("u8", "i16", "wider"), ("u8", "i8", "changed"), ("i64", "i64", "same"),
     ("f64", "f32", "narrower"), ("i64", None, "changed"), (None, None, "same")],
)  # fmt: skip
def test_widths(old, new, expected):
    assert width(old, new) == expected


def test_every_value_is_a_text_and_no_other_type_holds_boolean():
    kinds = ("integer", "number", "boolean", "date", "timestamp", "time")

    assert {types(kind, "string") for kind in kinds} == {"wider"}
    assert {types("boolean", kind) for kind in kinds if kind != "boolean"} == {"changed"}


def test_what_no_format_means_is_what_the_audit_executes():
    from dagster_ingest.validate import parse

    assert {kind: set(formats) for kind, formats in DEFAULT_FORMATS.items()} == {
        "date": set(parse.DATE_FORMATS),
        "time": set(parse.TIME_FORMATS),
        "timestamp": set(parse.TIMESTAMP_FORMATS),
    }
