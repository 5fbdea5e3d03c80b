"""Logins: what is sent, what runs out, and where a secret must not show."""

from __future__ import annotations

import logging

import pytest

from dagster_ingest.connectors.http.listing import secured
from dagster_ingest.errors import AccessDenied, DataError, SpecError, Unavailable
from dagster_ingest.testing.http import Answer, Basic, Bearer, FakeServer, Key, OAuth, Pages, faults
from tests.connectors.http.conftest import rows_of
from tests.connectors.http.shapes import serve, settings

KEY = "k3y with/odd=signs&more"
BEARER = {"kind": "bearer", "token": {"secret": "KEY"}}
IN_QUERY = {"kind": "key", "place": "query", "name": "key", "value": {"secret": "KEY"}}


@pytest.mark.parametrize(
    ("gate", "auth"),
    [
        (Bearer(KEY), BEARER),
        (Basic("reports", KEY), {"kind": "basic", "user": "reports", "password": {"secret": "KEY"}}),
        (Key("x-api-key", KEY), {"kind": "key", "value": {"secret": "KEY"}}),
        (
            Key("key", KEY, query=True),
            {"kind": "key", "place": "query", "name": "key", "value": {"secret": "KEY"}},
        ),
    ],
    ids=["bearer", "basic", "key", "query"],
)
def test_each_login_is_let_in_and_does_not_show(api, gate, auth, caplog):
    caplog.set_level(logging.DEBUG)
    serve(api.server, "next", rows_of(9))
    api.server.gate(gate)
    api.secrets["KEY"] = KEY
    asked = {**settings("next"), "auth": auth}

    found = api.read(asked)
    api.server.script("/items", faults.status(500), times=None)
    with pytest.raises(Unavailable) as failed:
        api.read({**asked, "retry": {"attempts": 1}})

    assert len(found.rows) == 9
    assert caplog.text
    for shown in (str(failed.value), caplog.text, str(found.places)):
        assert KEY not in shown
        assert "k3y" not in shown


def test_a_key_that_the_server_repeats_in_its_addresses_is_sent_once(api):
    serve(api.server, "next", rows_of(9))
    api.server.gate(Key("key", "right", query=True))
    api.secrets["KEY"] = "right"

    api.read({**settings("next"), "auth": IN_QUERY})

    assert api.server.count("/items") > 2
    assert all(asked.params["key"] == ["right"] for asked in api.server.asked)


def _oauth(api, uses: int) -> tuple[OAuth, dict]:
    oauth = OAuth("me", "the-secret-of-me", uses=uses)
    serve(api.server, "page", rows_of(11))
    api.server.route("/oauth/token", oauth.token)
    api.server.gate(oauth)
    api.secrets["CLIENT"] = "the-secret-of-me"
    auth = {
        "kind": "oauth2",
        "token_url": f"{api.server.url}/oauth/token",
        "client_id": "me",
        "client_secret": {"secret": "CLIENT"},
    }
    return oauth, {**settings("page"), "auth": auth}


def test_a_token_is_used_for_all_requests(api):
    oauth, asked = _oauth(api, uses=1000)

    api.read(asked)

    assert len(oauth.given) == 1


@pytest.mark.parametrize("send", ["basic", "form"])
def test_a_token_that_runs_out_midway_is_renewed(api, send):
    oauth, asked = _oauth(api, uses=2)
    asked["auth"]["send"] = send

    found = api.read(asked)

    assert len(found.rows) == 11
    assert len(oauth.given) == 3  # six requests, two of each


def test_a_fresh_token_that_is_refused_is_a_refusal(api):
    oauth, asked = _oauth(api, uses=0)

    with pytest.raises(AccessDenied) as failed:
        api.read(asked)

    assert len(oauth.given) == 2
    assert "token-" not in str(failed.value)


def test_a_client_that_is_unknown_gets_no_token(api):
    _, asked = _oauth(api, uses=9)
    api.secrets["CLIENT"] = "another-secret"

    with pytest.raises(AccessDenied, match="gives no token") as failed:
        api.read(asked)

    assert "another-secret" not in str(failed.value)


def test_a_token_endpoint_that_is_down_is_tried_again(api):
    _, asked = _oauth(api, uses=100)
    api.server.script("/oauth/token", faults.status(503))
    api.server.script("/oauth/token", faults.reset, on=2)

    assert len(api.read(asked).rows) == 11


@pytest.mark.parametrize("to", ["http://other.invalid/items", "//other.invalid/items", "https://127.0.0.1/x"])
def test_a_redirect_to_another_host_is_not_followed(api, to):
    api.server.route("/items", lambda asked: Answer(302, b"", {"location": to}))
    api.secrets["KEY"] = KEY

    with pytest.raises(DataError, match="redirects to"):
        api.read({**settings("page"), "auth": BEARER})

    assert len(api.server.asked) == 1


def test_a_redirect_on_the_same_host_is_followed_with_the_login(api):
    serve(api.server, "page", rows_of(2))
    api.server.route("/old", lambda asked: Answer(308, b"", {"location": "/items"}))
    api.server.gate(Key("key", "right", query=True))
    api.secrets["KEY"] = "right"

    found = api.read({**settings("page"), "path": "/old", "auth": IN_QUERY})

    assert len(found.rows) == 2


def test_redirects_in_circles_end(api):
    api.server.route("/items", lambda asked: Answer(302, b"", {"location": "/items"}))

    with pytest.raises(DataError, match="circles"):
        api.read(settings("page"))


def test_an_address_of_the_next_page_on_another_host_is_not_followed(api):
    with FakeServer() as other:
        other.route("/items", Pages(rows_of(3)))
        api.server.route("/items", lambda a: Answer.json({"items": rows_of(1), "next": other.url + "/items"}))

        with pytest.raises(DataError, match="another host"):
            api.read({**settings("next"), "paging": {"kind": "next", "next": "next"}})

        assert other.asked == []


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ("http://api.example.org/x?page=2", "https://api.example.org/x?page=2"),
        ("http://api.example.org:80/x", "http://api.example.org:80/x"),
        ("http://other.example.org/x", "http://other.example.org/x"),
        ("https://api.example.org/y", "https://api.example.org/y"),
    ],
)
def test_a_next_address_never_leaves_https(named, asked):
    assert secured(named, "https://api.example.org/v1/items") == asked


def test_a_secret_is_resolved_once_a_read(api):
    serve(api.server, "page", rows_of(9))
    api.server.gate(Bearer("right-token"))
    api.secrets["KEY"] = "right-token"

    api.read({**settings("page"), "auth": BEARER})

    assert api.asked_for == ["KEY"]


def test_a_login_over_plain_http_is_refused(api):
    request = api.request({"url": "http://api.example.org", "auth": BEARER})

    with pytest.raises(SpecError, match="https only"):
        api.connector.read(request)


def test_a_literal_where_a_secret_is_named_is_refused_and_not_shown(api):
    request = api.request({"auth": {"kind": "bearer", "token": "the-token-itself"}})

    with pytest.raises(SpecError, match="name a secret") as failed:
        api.connector.read(request)

    assert "the-token-itself" not in str(failed.value)


def test_secrets_in_params_headers_and_body(api):
    got = []
    api.server.route("/items", lambda asked: (got.append(asked), Answer.json([{"id": 1}]))[1])
    api.secrets |= {"ONE": "first-value", "TWO": "second-value", "THREE": "third-value"}

    api.read(
        {
            "method": "POST",
            "params": {"a": {"secret": "ONE"}},
            "headers": {"X-B": {"secret": "TWO"}},
            "body": {"deep": [{"secret": "THREE"}]},
        }
    )

    assert got[0].param("a") == "first-value"
    assert got[0].headers["x-b"] == "second-value"
    assert got[0].json() == {"deep": ["third-value"]}
