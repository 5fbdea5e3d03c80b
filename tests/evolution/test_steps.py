"""Semantic versions of contracts and of patched ones."""

from __future__ import annotations

import pytest

from dagster_ingest.evolution.steps import needed, parse, problem, step


@pytest.mark.parametrize(
    "text", ["1.4.0", "0.0.1", "1.4.0+gulf.1.0.0", "1.4.0-rc.1", "2.0.0+gulf_coast.0.3.1"]
)
def test_a_version_reads_as_it_is_written(text):
    assert str(parse(text)) == text


@pytest.mark.parametrize("text", ["1", "1.4", "v1.4.0", "01.0.0", "1.0.0+gulf", "1.0.0 ", "", None, 1.4])
def test_other_texts_are_no_versions(text):
    assert parse(text) is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("1.0.0", "1.0.0", "none"),
        ("1.0.0", "1.0.1", "patch"),
        ("1.0.5", "1.1.0", "minor"),
        ("1.9.9", "2.0.0", "major"),
        ("1.1.0", "1.0.9", None),
        ("1.4.0+gulf.1.0.0", "1.5.0+gulf.1.0.0", "minor"),
        ("1.4.0+gulf.1.0.0", "1.4.1+gulf.2.0.0", "major"),
        ("1.4.0+gulf.1.1.0", "1.5.0+gulf.1.0.0", None),
        ("1.4.0", "1.4.0+gulf.1.0.0", "major"),
        ("1.4.0+gulf.1.0.0", "1.4.0", "major"),
        ("1.0.0-rc.1", "1.0.0", "patch"),
        ("1.0.0", "1.0.0-rc.1", None),
    ],
)
def test_the_step_between_two_versions(old, new, expected):
    assert step(parse(old), parse(new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "size", "words"),
    [
        ("1.0.0", "1.0.0", "none", None),
        ("1.0.0", "1.0.0", "patch", "the contract changed and the version did not: still 1.0.0"),
        ("1.0.0", "1.1.0", "major", "a minor step, from 1.0.0 to 1.1.0, where a major step is needed"),
        ("1.0.0", "2.0.0", "major", None),
        ("1.0.0", "0.9.0", "none", "the version went backwards, from 1.0.0 to 0.9.0"),
        ("0.3.0", "0.3.1", "major", None),
        ("0.3.0", "0.3.0", "major", "the version did not: still 0.3.0"),
        ("1.0.0-rc.1", "1.0.0-rc.2", "major", None),
        ("1.5.0-rc.1", "1.5.0-rc.2", "minor", None),
        ("1.5.0-rc.1", "1.5.0-rc.2", "major", "a patch step, from 1.5.0-rc.1 to 1.5.0-rc.2"),
        ("1.5.1-rc.1", "1.5.1-rc.2", "minor", "where a minor step is needed"),
    ],
)
def test_a_step_that_is_missing_is_a_problem(old, new, size, words):
    found = problem(parse(old), parse(new), size)

    assert found is None if words is None else words in found


@pytest.mark.parametrize(
    ("old", "size", "expected"),
    [
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "major", "2.0.0"),
        ("0.2.3", "major", "0.3.0"),
        ("1.4.0+gulf.1.0.0", "major", "1.4.0+gulf.2.0.0"),
    ],
)
def test_the_version_that_would_do_is_enough(old, size, expected):
    found = needed(parse(old), size)

    assert str(found) == expected
    assert problem(parse(old), found, size) is None
