"""Patterns are refused at `validate` where the audit's engine would refuse them, or read them otherwise."""

from __future__ import annotations

import polars as pl
import pytest

from dagster_ingest.spec.regex import fault


@pytest.mark.parametrize("pattern", [r"^ *[[{]", "[[:alpha:]]", "[a&&b]", "[a~~b]", "[+--]", "[^[]x"])
def test_classes_in_classes_and_sets_of_them_are_refused(pattern):
    assert "classes in classes" in (fault(pattern) or "")


@pytest.mark.parametrize("pattern", [r"^ *[\[{]", r"[a\-b]", "[a-z&]", "[]x]", r"[\]\[]", "[~-]"])
def test_a_bracket_that_is_escaped_is_a_sign_for_both(pattern):
    assert fault(pattern) is None
    pl.Series(["", "["]).str.contains(pattern)
