"""Date formats of contracts as strptime."""

from __future__ import annotations

import pytest

from dagster_ingest.spec.formats import BadFormat, strptime


@pytest.mark.parametrize(
    ("text", "directives"),
    [
        ("yyyy-MM-dd", "%Y-%m-%d"),
        ("M/d/yy", "%m/%d/%y"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "%Y-%m-%dT%H:%M:%S%.f"),
        ("yyyy-MM-ddTHH:mm:ssXXX", "%Y-%m-%dT%H:%M:%S%:z"),
        ("dd MMM yyyy hh:mm a", "%d %b %Y %I:%M %p"),
        ("MM/dd/yyyy 'o''clock'", "%m/%d/%Y oclock"),
        ("%m/%d/%y %H:%M", "%m/%d/%y %H:%M"),
    ],
)
def test_patterns_of_the_standard_and_strptime_are_read(text: str, directives: str) -> None:
    assert strptime(text, "timestamp") == directives


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", "date", "is empty"),
        ("MM/dd", "date", "names no year"),
        ("yyyy-MM-dd HH:mm", "date", "time of day"),
        ("yyyy-[MM]", "date", "the sign '['"),
        ("yyyy-MM-dd'T", "timestamp", "quote that does not end"),
        ("yyyy-ww", "date", "'ww' are not supported"),
        ("yyyy-MM-dd SSS", "timestamp", "must follow a point"),
        ("%Y-%q", "date", "'%q' is not supported"),
        ("%Y-%", "date", "is not supported"),
        ("y" * 81, "date", "longer than 80"),
    ],
)
def test_other_formats_are_refused(text: str, kind: str, words: str) -> None:
    with pytest.raises(BadFormat, match=words.replace("[", r"\[")):
        strptime(text, kind)
