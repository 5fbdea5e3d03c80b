"""Names and settings as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_ingest import naming
from dagster_ingest.errors import SpecError
from dagster_ingest.scaffold.names import name_of, new_name, one_of, valid
from dagster_ingest.scaffold.settings import parsed


@settings(deadline=None)
@given(st.text(max_size=80))
def test_a_guess_is_a_name_or_nothing(text):
    found = name_of(text)

    assert found is None or naming.is_name(found)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Prairie 211", "prairie_211"),
        ("211 Iowa", "iowa"),
        ("Peña's", "pena_s"),
        ("__", None),
        ("日本", None),
    ],
)
def test_what_a_person_may_have_meant(text, name):
    assert name_of(text) == name


def test_a_name_that_is_taken_is_refused():
    assert new_name("tenant", "acme", ["other"]) == "acme"
    with pytest.raises(SpecError, match="there is a tenant 'acme' already"):
        new_name("tenant", "acme", ["acme"])


def test_what_is_not_known_is_listed():
    with pytest.raises(SpecError) as found:
        one_of("system", "Welsky", ["wellsky", "icarol"])
    assert "use one of icarol, wellsky; did you mean 'wellsky'?" in str(found.value)


def test_what_the_model_refuses_is_refused_in_its_words():
    with pytest.raises(SpecError, match="'IA' stands twice"):
        valid("list of states", ["IA", "IA"])
    with pytest.raises(SpecError, match="cron"):
        valid("cron", "1 2 3")


def test_settings_are_yaml_where_they_look_like_it():
    texts = [
        "url=https://x.org/a?b=c", "pages.by=number", "pages.size=50", "full=true", "at=2026-01-01",
        "auth={kind: bearer, token: {secret: KEY}}", "path={state}/x", "note=a: b", "path2={state}",
    ]  # fmt: skip

    assert parsed(texts) == {
        "url": "https://x.org/a?b=c",
        "pages": {"by": "number", "size": 50},
        "full": True,
        "at": "2026-01-01",
        "auth": {"kind": "bearer", "token": {"secret": "KEY"}},
        "path": "{state}/x",
        "note": "a: b",
        "path2": "{state}",
    }


@pytest.mark.parametrize("texts", [["=1"], ["a"], ["a..b=1"], ["a=1", "a=2"], ["a=1", "a.b=2"]])
def test_what_is_no_setting_is_refused(texts):
    with pytest.raises(SpecError):
        parsed(texts)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_value_raises_anything_else(text):
    assert set(parsed([f"key={text}"])) == {"key"}
