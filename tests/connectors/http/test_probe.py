"""check, discover, fingerprint and samples."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import Unavailable
from dagster_ingest.testing.http import Answer, Bearer, Pages, faults
from tests.connectors.http.conftest import rows_of
from tests.connectors.http.shapes import KINDS, serve, settings

BEARER = {"kind": "bearer", "token": {"secret": "KEY"}}


def test_check_says_what_the_first_page_has(api):
    serve(api.server, "page", rows_of(9))

    checked = api.connector.check(api.request(settings("page")))

    assert checked.ok
    assert checked.words == "reached; the first page has 4 records"
    assert checked.details == {"address": f"{api.server.url}/items", "login": "none"}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.unauthorized, "does not accept our login"),
        (faults.status(403), "does not let us read"),
        (faults.status(404), "refuses the request (404)"),
        (faults.status(500), "answers 500"),
        (faults.reset, "connection failed"),
        (faults.altered(lambda answer: {"rows": []}), "nothing at 'items'; there is rows"),
    ],
)
def test_check_gives_the_reason_after_one_attempt(api, fault, words):
    serve(api.server, "page", rows_of(9))
    api.server.script("/items", fault, times=None)

    checked = api.connector.check(api.request(settings("page")))

    assert not checked.ok
    assert words in checked.words
    assert api.server.count("/items") == 1


def test_check_of_a_source_asks_the_path_that_is_named_for_it(api):
    api.server.route("/me", lambda asked: Answer.json({"user": "us"}))
    api.server.gate(Bearer("right"))
    api.secrets["KEY"] = "right"

    checked = api.connector.check(api.request({"check_path": "/me", "auth": BEARER}, table=""))

    assert checked.ok
    assert [asked.path for asked in api.server.asked] == ["/me"]


def test_discover_tells_columns_types_and_the_likely_key(api):
    rows = [
        {"agency_id": 5, "id": "a1", "name": "X", "lat": 41.5, "open": True, "tags": [], "at": {}, "n": None},
        {"agency_id": 5, "id": "a2", "name": None, "lat": 4, "open": False, "tags": [1], "at": {}},
    ]
    api.server.route("/items", Pages(rows))

    [found] = api.connector.discover(api.request({"records": "items"}))

    assert found.table == "services"
    assert found.keys == ("id",)
    assert {c.name: (c.type, c.nullable) for c in found.columns} == {
        "agency_id": ("integer", False),
        "id": ("string", False),
        "name": ("string", True),
        "lat": ("number|integer", False),
        "open": ("boolean", False),
        "tags": ("array", False),
        "at": ("object", False),
        "n": (None, True),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_a_few_rows_and_no_whole(api, kind):
    serve(api.server, kind, rows_of(40))

    found = api.read({**settings(kind), "cursor": {"field": "modified"}}, sample=5)

    assert len(found.rows) == 5
    assert len(api.server.asked) <= 4
    assert not found.completeness.complete
    assert found.cursor is None


def test_without_being_told_how_nothing_is_known_of_a_change(api):
    found = api.connector.fingerprint(api.request({}))

    assert (found.value, found.parts) == ("", (f"{api.server.url}/items",))
    assert api.server.asked == []


@pytest.mark.parametrize("by", ["etag", "last_modified", "probe"])
def test_a_fingerprint_is_one_cheap_request(api, by):
    said = {"stamp": "1"}
    api.server.route(
        "/items",
        lambda asked: Answer.json({"meta": said}, etag=said["stamp"], last_modified=said["stamp"]),
    )
    request = api.request({"fingerprint": {"by": by, "value": "meta.stamp"}})

    first, again = api.connector.fingerprint(request), api.connector.fingerprint(request)
    said["stamp"] = "2"
    changed = api.connector.fingerprint(request)
    other = api.connector.fingerprint(api.request({**request.settings, "params": {"lang": "es"}}))

    assert first.value == again.value
    assert len({"", first.value, changed.value, other.value}) == 4
    assert {asked.method for asked in api.server.asked} == {"GET" if by == "probe" else "HEAD"}


def test_a_source_that_says_nothing_is_always_read(api):
    api.server.route("/items", lambda asked: Answer.json([]))

    assert api.connector.fingerprint(api.request({"fingerprint": {"by": "etag"}})).value == ""


def test_a_fingerprint_that_cannot_be_had_is_unavailable(api):
    api.server.route("/items", lambda asked: Answer.json([]))
    api.server.script("/items", faults.status(503), times=None)

    with pytest.raises(Unavailable):
        api.connector.fingerprint(api.request({"fingerprint": {"by": "probe"}}))
