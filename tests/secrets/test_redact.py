"""A value of a secret stands in no text, however it is written."""

from __future__ import annotations

import base64
import json
import pickle
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_ingest import redact
from dagster_ingest.errors import AccessDenied, DataError, SpecError, Unavailable

SECRET = "k3y/+with=signs & blanks"


def _stands_in(secret: str, text: str) -> bool:
    return any(form in text for form in (secret, quote_plus(secret), json.dumps(secret)[1:-1]))


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {SECRET}",
        "https://host/?" + urlencode({"key": SECRET, "page": 3}),
        json.dumps({"token": SECRET}),
        repr({"token": SECRET}),
        "Basic " + base64.b64encode(f"user:{SECRET}".encode()).decode(),
        "Basic " + base64.b64encode(f"us:{SECRET}".encode()).decode(),
        "Basic " + base64.b64encode(f"u:{SECRET}".encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_each_way_to_write_it_is_masked(text):
    redact.remember(SECRET)

    masked = redact.redact(text)

    assert "***" in masked
    assert not _stands_in(SECRET, masked)
    for word in masked.replace("***", " ").split():
        assert len(word) < 12 or "k3y" not in _decoded(word)


def _decoded(word: str) -> str:
    return base64.b64decode(word + "=" * (-len(word) % 4)).decode(errors="replace")


def test_the_rest_of_the_text_stands():
    redact.remember(SECRET)

    assert redact.redact(f"GET /v1?key={SECRET}&page=3 failed") == "GET /v1?key=***&page=3 failed"


def test_a_longer_value_is_masked_before_one_that_it_holds():
    redact.remember("alpha")
    redact.remember("alpha-beta")

    assert redact.redact("alpha-beta, alpha") == "***, ***"


def test_lines_of_a_key_are_masked_one_by_one():
    redact.remember("-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----\n")

    assert redact.redact("it starts with MIIEvQIBADAN") == "it starts with ***"


def test_a_short_value_is_not_masked_and_says_so():
    with pytest.warns(UserWarning, match=r"the secret PIN is shorter than 4 characters and is not masked"):
        redact.remember("123", "PIN")

    assert redact.redact("page 123") == "page 123"


@pytest.mark.parametrize("kind", [SpecError, DataError, Unavailable, AccessDenied])
def test_errors_hold_no_value(kind):
    redact.remember(SECRET)

    error = kind(
        f"refused: {SECRET}",
        where=f"https://host?key={quote_plus(SECRET)}",
        not_done=SECRET,
        fix=f"drop {SECRET}",
        source={"host": "host", "page": 3, "answer": f"<p>{SECRET}</p>", "request id": None},
    )

    for text in (str(error), repr(error), repr(error.__dict__), pickle.dumps(error).decode("latin-1")):
        assert not _stands_in(SECRET, text)
    assert "source: host host, page 3, answer <p>***</p>" in str(error)


def test_an_error_made_before_the_secret_was_known_is_masked_when_it_is_shown():
    error = Unavailable(f"no answer to {SECRET}")
    redact.remember(SECRET)

    assert str(error) == "no answer to ***"


def test_an_error_is_the_same_after_pickling():
    error = DataError("short", rule="file|truncated", where="x", fix="y", source={"page": 3, "host": "h"})

    again = pickle.loads(pickle.dumps(error))

    assert (str(again), again.rule, again.source) == (str(error), error.rule, {"page": "3", "host": "h"})


@given(st.text(min_size=redact.SHORTEST, max_size=40).filter(str.strip), st.text(), st.text())
def test_no_value_survives(secret, before, after):
    redact.forget()
    if len(secret.strip()) < redact.SHORTEST:
        return
    redact.remember(secret)

    # A value may be built of what stands around the mask; so the mask's own signs are left out.
    if "*" in secret:
        return
    masked = redact.redact(f"{before}\x00{secret}\x00{after}")

    assert f"\x00{secret}\x00" not in masked
