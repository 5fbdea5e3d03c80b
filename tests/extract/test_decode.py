"""Nested cells become valid JSON or null, and never run anything."""

from __future__ import annotations

import ast
import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_ingest.errors import SpecError
from dagster_ingest.extract.decode import Decoder, json_text, python_literal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[]", []),
        ("  [ ]  ", []),
        ("{'a': None, 'b': [True, False, 1.5, -2]}", {"a": None, "b": [True, False, 1.5, -2]}),
        ("[{'name': \"St. Mary's\"}]", [{"name": "St. Mary's"}]),
        ("{'a': 'None, True'}", {"a": "None, True"}),
        (r"{'a': 'line\nbreak', 'b': '\xe9'}", {"a": "line\nbreak", "b": "é"}),
        ("('a', 'b')", ["a", "b"]),
        ("[u'x', 'a' 'b']", ["x", "ab"]),
        ("{1: 'a', None: 'b'}", {"1": "a", "null": "b"}),
        ("'plain'", "plain"),
        ("None", None),
        ("[1_000, 0x10]", [1000, 16]),
        ("{'phone': '--555+1234'}", {"phone": "--555+1234"}),
    ],
)
def test_python_literals(text, value):
    assert json.loads(python_literal(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "Spanish, English", "[true]", "{'a': }", "[1, 2", "{1, 2}", "b'bytes'", "1+2j", "nan",
        "__import__('os').system('true')", "[x for x in 'abc']", "open('f')", "{'a': 1e999}",
        "[" * 200 + "]" * 200, "-" * 5000 + "1", "{'k': '\\ud800'}", "'" + "x" * 2**20 + "'",
        "lambda: 0", "f'{1}'", "[1]*9", "9" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_plain_value_does_not_decode(text):
    assert python_literal(text) is None


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(VALUE)
def test_every_repr_of_a_plain_value_decodes_to_it(value):
    assert json.loads(python_literal(repr(value))) == value


@given(st.text(st.sampled_from("[]{}(),:'\"\\ aNone1True-.e"), max_size=30))
def test_it_agrees_with_python_on_any_text(text):
    found = python_literal(text)
    if found is not None:
        # tuples have become lists, and keys texts: compare what JSON makes of both
        assert json.loads(found) == json.loads(json.dumps(ast.literal_eval(text.strip())))


@pytest.mark.parametrize("text", ["[]", '{"a": 1.10, "b": null}', '"x"', " [1] "])
def test_valid_json_stays_as_it_is(text):
    assert json_text(text) == text


def test_raw_control_signs_in_json_strings_are_escaped():
    assert json_text('{"a": "x\x0by"}') == '{"a":"x\\u000by"}'


@pytest.mark.parametrize(
    "text", ["", "Spanish,English", "[1,]", "NaN", "[Infinity]", "{'a': 1}", "[" * 99, '"\\ud800"']
)
def test_what_is_no_json_does_not_decode(text):
    assert json_text(text) is None


def test_companions_stand_beside_verbatim_cells():
    frame = pl.DataFrame({"A": ["[]", "{'x': 1}", "oops", "", None, "[]"], "B": ["[1]"] * 6})
    found = Decoder({"A": "python_literal", "B": "json"})(frame)
    assert found.columns == ["A", "B", "A_json", "B_json"]
    assert found["A_json"].to_list() == ["[]", '{"x":1}', None, None, None, "[]"]
    assert found["B_json"].to_list() == ["[1]"] * 6
    assert found["A"].to_list() == frame["A"].to_list()


def test_a_batch_in_which_nothing_decodes_is_still_text():
    found = Decoder({"A": "json"})(pl.DataFrame({"A": ["x", "y"]}))
    assert found.schema["A_json"] == pl.String
    assert found["A_json"].to_list() == [None, None]


def test_an_unknown_codec_is_guessed():
    with pytest.raises(SpecError, match="did you mean 'python_literal'"):
        Decoder({"A": "python_literals"})


def test_a_cell_that_does_not_decode_breaks_the_rule_of_its_column(world, make):
    of = make.contract("ID", "NAME", rules=(make.rule("NAME", "decodes", codec="python_literal"),))
    world.table("services", of, policy=make.quarantine, decode={"NAME": "python_literal"}, path="{state}")
    world.put("ia/services.csv", "ID,NAME\n1,\"['a']\"\n2,['a\n3,\n4,[]\n")
    result = world.load()
    assert world.rows("ID", "NAME", "NAME_json") == [
        ("1", "['a']", '["a"]'),
        ("3", "", None),
        ("4", "[]", "[]"),
    ]
    assert [r.rule for r in result.verdict.failed_rules] == ["NAME|decodes"]
