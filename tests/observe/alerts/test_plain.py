"""Texts from anywhere that are shown by anything."""

from __future__ import annotations

import pytest

from dagster_ingest import redact
from dagster_ingest.observe.alerts.plain import cut, one_line, plain, without_values


@pytest.mark.parametrize(
    "hostile",
    [
        "<!channel>",
        "<!here|here>",
        "<@U024BE7LH>",
        "<http://evil.example|invoice>",
        "<at>All</at>",
        "<b>x</b>",
    ],
)
def test_nothing_is_a_tag(hostile):
    assert not {"<", ">"} & set(plain(f"see {hostile} now"))


@pytest.mark.parametrize("hostile", ["@here", "@channel", "@everyone", "x@everyone", "(@team)", "@anne"])
def test_nobody_is_mentioned(hostile):
    assert hostile not in plain(f"please {hostile}, look")


@pytest.mark.parametrize(
    "hostile",
    [
        "https://evil.example/x",
        "[pay](https://evil.example)",
        "[pay]: x",
        "www.evil.example",
        "mailto:a@b.example",
    ],
)
def test_nothing_links_anywhere(hostile):
    shown = plain(hostile)

    assert not any(part in shown for part in ("://", "](", "]:", "www.evil", "mailto:a"))


@pytest.mark.parametrize("hostile", ["# big", "   ## big", "**bold**", "`code`", "~~gone~~", "---", "===="])
def test_nothing_is_markup(hostile):
    assert plain(f"first\n{hostile}\nlast") != f"first\n{hostile}\nlast"


def test_owners_rules_and_commands_stay_as_they_are():
    text = (
        "Owner: team:gulf-data, resources@gulf.example\n  - *|row_count: 0 good rows\n"
        "  2. dagster-ingest run --tenant gulf --state AL --retry   # runs what was stopped"
    )

    assert plain(text) == text


def test_signs_that_hide_or_start_a_header_are_taken_out():
    assert plain("a\x00b\u202ec\u200bd\r\nBcc: x\x1b[31m") == "abcd\nBcc: x[31m"
    assert one_line("Subject\r\nBcc: all@evil.example\n\n<b>", 200) == "Subject Bcc: all@evil.example ‹b›"


def test_secrets_are_masked():
    redact.remember("hunter2-hunter2")
    try:
        assert plain("the key is hunter2-hunter2, as ever") == "the key is ∗∗∗, as ever"
    finally:
        redact.forget()


@pytest.mark.parametrize(
    ("longest", "shown"), [(20, "short enough"), (12, "short enough"), (6, "short…"), (1, "…")]
)
def test_what_is_too_long_is_cut(longest, shown):
    assert cut("short enough", longest) == shown


@pytest.mark.parametrize(
    "private",
    ["'Jane Roe'", '"Jane Roe"', "jane.roe@example.org", "+1 (555) 867-5309", "`Jane`", "123-45-6789"],
)
def test_what_an_error_quotes_is_left_out(private):
    assert private not in without_values(f"Could not convert {private} to INT32 in column 4")
