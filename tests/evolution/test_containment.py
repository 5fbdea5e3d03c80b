"""What relate.py says of two rules is true of every value: held against a slow reference."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_ingest.evolution.relate import relation

NUMBERS = st.integers(-4, 4)
# Values between the bounds as well as on them.
GRID = [number / 2 for number in range(-10, 11)]


def bounds(*keys: str):
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, NUMBERS))


def in_range(params, value) -> bool:
    return (
        value >= params.get("min", -99)
        and value <= params.get("max", 99)
        and value > params.get("above", -99)
        and value < params.get("below", 99)
    )


def in_list(params, value) -> bool:
    return value in params["values"]


def not_missing(params, value) -> bool:
    return value not in params["values"] and not (value is None and params["null"])


def is_multiple(params, value) -> bool:
    return Decimal(str(value)) % Decimal(params["of"]) == 0


def is_decimal(params, value) -> bool:
    before, _, after = value.partition(".")
    return len(before) <= params["precision"] - params["scale"] and len(after) <= params["scale"]


def counts(params, value) -> bool:
    tests = {
        "mustBe": lambda v: value == v,
        "mustNotBe": lambda v: value != v,
        "mustBeLessThan": lambda v: value < v,
        "mustBeLessOrEqualTo": lambda v: value <= v,
        "mustBeGreaterThan": lambda v: value > v,
        "mustBeGreaterOrEqualTo": lambda v: value >= v,
        "mustBeBetween": lambda v: v[0] <= value <= v[1],
        "mustNotBeBetween": lambda v: not v[0] <= value <= v[1],
    }
    return all(tests[operator](number) for operator, number in params["must"].items())


PAIRS = st.tuples(NUMBERS, NUMBERS).map(sorted)
OPERATORS = st.fixed_dictionaries(
    {},
    optional={
        **{
            f"must{name}": NUMBERS
            for name in (
                "Be",
                "NotBe",
                "BeLessThan",
                "BeLessOrEqualTo",
                "BeGreaterThan",
                "BeGreaterOrEqualTo",
            )
        },
        "mustBeBetween": PAIRS,
        "mustNotBeBetween": PAIRS,
    },
).filter(bool)
LETTERS = st.lists(st.sampled_from("abcd"), min_size=1, unique=True)
SIZES = st.tuples(st.integers(1, 5), st.integers(0, 5)).filter(lambda p: p[1] <= p[0])
DIGITS = [f"{'1' * before}.{'1' * after}" for before in range(6) for after in range(6)]

KINDS = {
    "range": (bounds("min", "max", "above", "below"), in_range, GRID),
    "length": (bounds("min", "max"), in_range, range(-5, 6)),
    "row_count": (bounds("min", "max"), in_range, range(-5, 6)),
    "enum": (st.fixed_dictionaries({"values": LETTERS}), in_list, "abcde"),
    "missing": (
        st.fixed_dictionaries({"values": LETTERS, "null": st.booleans()}),
        not_missing,
        [*"abcde", None],
    ),
    "multiple": (
        st.fixed_dictionaries({"of": st.sampled_from(["0.1", "0.2", "0.3", "0.5", "1"])}),
        is_multiple,
        [number / 10 for number in range(61)],
    ),
    "decimal": (SIZES.map(lambda p: {"precision": p[0], "scale": p[1]}), is_decimal, DIGITS),
    "null_values": (st.fixed_dictionaries({"must": OPERATORS}), counts, GRID),
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_wider_rule_lets_everything_pass_that_the_other_did(kind, data):
    params, passes, values = KINDS[kind]
    old, new = data.draw(params), data.draw(params)
    before = {value for value in values if passes(old, value)}
    after = {value for value in values if passes(new, value)}

    found = relation(kind, old, new)

    assert found != "wider" or before <= after
    assert found != "narrower" or after <= before
    assert found != "same" or before == after


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_what_is_wider_one_way_is_narrower_the_other(kind, data):
    params, _, _ = KINDS[kind]
    old, new = data.draw(params), data.draw(params)

    back = {"wider": "narrower", "narrower": "wider"}

    found = relation(kind, old, new)
    assert relation(kind, new, old) == back.get(found, found)
