"""The text macros, each on a few spellings: compiled by dbt, run by DuckDB."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

CASES = {
    "clean_text": [
        ("  padded  ", "padded"),
        ("a\vb\r\nc", "a\nb\nc"),
        ("\u00a0", None),
        ("<p>kept</p>", "<p>kept</p>"),
    ],
    "plain_text": [
        ("<b>Bold</b>\n  name", "Bold name"),
        ("Ages < 5 & > 3", "Ages < 5 & > 3"),
        ("A&amp;B &quot;C&quot;", 'A&B "C"'),
    ],
    "rich_text": [
        ("<p>a</p><script>x()\ny()</script>", "<p>a</p>"),
        ("a<STYLE type='c'>b{}</STYLE>c", "ac"),
    ],
    "parse_bool": [
        ("Yes", True),
        (" TRUE ", True),
        ("No", False),
        ("false", False),
        ("", None),
        ("maybe", None),
    ],
    "parse_number": [("42.5", 42.5), (" -93 ", -93.0), ("", None), ("n/a", None)],
    "parse_timestamp": [
        ("2025-06-09 19:29:58", dt.datetime(2025, 6, 9, 19, 29, 58)),
        ("12/3/11 14:36", dt.datetime(2011, 12, 3, 14, 36)),
        ("3/16/12", dt.datetime(2012, 3, 16)),
        ("3/16/2012", dt.datetime(2012, 3, 16)),
        ("2023/03/30", dt.datetime(2023, 3, 30)),
        ("2024-05-06T07:08:09Z", dt.datetime(2024, 5, 6, 7, 8, 9)),
        ("5/6/2024 7:08:09 PM", dt.datetime(2024, 5, 6, 19, 8, 9)),
        ("1900-01-01 0:00:00", None),
        ("yesterday", None),
        ("13/45/12", None),
    ],
    "clean_email": [
        ("Info@A.Example; b@b.example", "info@a.example"),
        ("mailto:x@y.example", "x@y.example"),
        ("call", None),
    ],
    "clean_url": [
        ("www.a.example", "http://www.a.example"),
        ("HTTPS://a.example/B?c=1", "HTTPS://a.example/B?c=1"),
        ("a.example; b.example", "http://a.example"),
        ("see our page", None),
        ("javascript:alert(1)", None),
        ("n/a", None),
    ],
    "phone_number": [
        ("(515) 555-0100 ext. 12", "(515) 555-0100"),
        ("515-555-0100 x012", "515-555-0100 x012"),
        ("211", "211"),
        ("none", None),
    ],
    "phone_extension": [("515-555-0100, Ext 12", "12"), ("515-555-0100 x012", None), ("515-555-0100", None)],
    "language_code": [
        ("Spanish", "es"),
        ("SPANISH (on request)", "es"),
        ("American Sign Language", "ase"),
        ("Klingon", None),
    ],
    "language_tag": [("en", "en"), ("en-US", "en"), ("ES_mx", "es"), ("English", "en"), ("", None)],
}


@pytest.fixture(scope="module")
def expressions(dbt_elt):
    """Macro to its SQL over a column `text`, in one compilation."""
    template = " ;; ".join("{{ " + name + "('text') }}" for name in CASES)
    return dict(zip(CASES, dbt_elt.render(template).split(" ;; "), strict=True))


@pytest.fixture(scope="module")
def results(expressions):
    """(macro, text) to what the macro makes of it, in one query each."""
    found = {}
    with duckdb.connect() as connection:
        for name, cases in CASES.items():
            for text, _ in cases:
                query = f"select {expressions[name]} from (select ?::varchar as text)"
                found[name, text] = connection.execute(query, [text]).fetchone()[0]
    return found


@pytest.mark.parametrize(
    ("macro", "text", "expected"), [(m, *c) for m, cases in CASES.items() for c in cases]
)
def test_text(results, macro, text, expected):
    assert results[macro, text] == expected


@pytest.mark.parametrize("macro", CASES)
def test_a_column_without_any_value_can_be_compared(expressions, macro):
    """DuckDB 2.0 fails to plan some comparisons over a column whose statistics say that all is null."""
    with duckdb.connect() as connection:
        connection.execute("create table t as select null::varchar as text, 'x' as other from range(3)")
        for compared in ("= other", "<> other", "is not null", "= 'x'"):
            query = f"select * from t where ({expressions[macro]})::varchar {compared}"
            assert connection.execute(query).fetchall() == []


def test_defaults_are_those_of_the_spec(dbt_elt):
    from dagster_ingest.spec.models import Adaptation, Privacy

    for group, model in (("privacy_choice", Privacy()), ("adapt_choice", Adaptation())):
        values = model.model_dump()
        template = " ;; ".join(f"{{{{ {group}('{name}') }}}}" for name in values)
        assert dbt_elt.render(template).split(" ;; ") == [str(v) for v in values.values()]
