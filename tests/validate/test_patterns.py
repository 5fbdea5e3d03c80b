from __future__ import annotations

import ipaddress

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_ingest.validate.patterns import NAMED_FORMATS, decimal_patterns


def matches(pattern: str, texts: list[str]) -> list[bool]:
    return pl.Series(texts, dtype=pl.String).str.contains(pattern).to_list()


GROUPS = st.text(alphabet="0123456789abcdefABCDEF", min_size=0, max_size=5)
ADDRESSES = st.one_of(
    st.ip_addresses(v=6).map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded),
    st.lists(GROUPS, min_size=1, max_size=10).map(":".join),
    st.tuples(st.lists(GROUPS, max_size=7), st.ip_addresses(v=4)).map(lambda p: ":".join([*p[0], str(p[1])])),
)


def is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(ADDRESSES, min_size=1, max_size=20))
def test_ipv6_is_what_the_standard_library_takes(texts: list[str]) -> None:
    assert matches(NAMED_FORMATS["ipv6"], texts) == [is_ipv6(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "good"),
    [("TQ==", True), ("TWE=", True), ("TWFu", True), ("TWF", False), ("TW F", False), ("T===", False)],
)
def test_byte_is_base64(text: str, good: bool) -> None:
    assert matches(NAMED_FORMATS["byte"], [text]) == [good]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("123.45", True), ("-0123.450", True), ("+.5", True), ("5.", True), ("0", True), ("000", True),
        ("1234", False), ("1.234", False), ("1e2", False), (".", False), ("-", False), ("1,5", False),
        ("1.2300", True), ("", False),
    ],
)  # fmt: skip
def test_a_decimal_has_so_many_digits(text: str, good: bool) -> None:
    found = [matches(pattern, [text])[0] for pattern in decimal_patterns(5, 2)]

    assert all(found) is good


def test_a_decimal_may_have_no_digit_before_the_point() -> None:
    inside = [all(matches(p, [text])[0] for p in decimal_patterns(2, 2)) for text in ("0.25", ".25", "1.25")]

    assert inside == [True, True, False]
