"""Every fault under every kind of paging: the same rows as without it, or a failed load. Never fewer rows."""

from __future__ import annotations

import json

import pytest

from dagster_ingest.errors import AccessDenied, DataError, Unavailable
from dagster_ingest.testing.http import faults
from tests.connectors.http.conftest import rows_of
from tests.connectors.http.shapes import KINDS, serve, settings

COUNT = 11
# Where rows always lack, only these can tell: the others have nothing that says how many there are.
TOTALLED = [k for k in KINDS if k == "ids" or {"total", "total_header"} & set(settings(k)["paging"])]
PATIENCE = {"timeouts": {"read": 0.15, "connect": 1}}
FAILED = (Unavailable, DataError, AccessDenied)
HURRIED = {"retry": {"attempts": 3}, **PATIENCE}


def _without_rows(answer):
    if isinstance(answer, list):
        return []
    return {**answer, "items": []} if "items" in answer else answer


def _wrong_total(answer):
    return (
        {**answer, "total": answer["total"] + 3} if isinstance(answer, dict) and "total" in answer else answer
    )


def _short(answer):
    if isinstance(answer, list):
        return answer[:-1]
    return {**answer, "items": answer["items"][:-1]} if "items" in answer else answer


# name: (what happens, whether the rows must come all the same, given that it happens once)
ON_THE_WIRE = {
    "timeout": lambda server: faults.silent(server.hold),
    "reset": lambda server: faults.reset,
    "cut": lambda server: faults.cut,
    "429": lambda server: faults.too_many("3"),
    "429_date": lambda server: faults.too_many("Fri, 15 Jan 2027 08:00:07 GMT"),
    "500": lambda server: faults.status(500),
    "503": lambda server: faults.status(503),
    "truncated": lambda server: faults.truncated,
    "empty_body": lambda server: lambda asked, handler: type(handler(asked))(200, b""),
    "error_with_200": lambda server: faults.altered(lambda answer: {"error": "try later"}),
}
IN_THE_DATA = {
    "empty_page": faults.altered(_without_rows),
    "short_page": faults.altered(_short),
    "wrong_total": faults.altered(_wrong_total),
}


def _expected(api, kind):
    serve(api.server, kind, rows_of(COUNT))
    found = sorted(api.read({**settings(kind), **PATIENCE}).rows)
    api.server.clear()
    serve(api.server, kind, rows_of(COUNT))
    return found


def _path(kind, on):
    return ("/details", on - 1) if kind == "ids" and on > 1 else ("/items", on)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ON_THE_WIRE)
@pytest.mark.parametrize("on", [1, 2])
def test_a_passing_fault_on_the_wire_changes_nothing(api, kind, fault, on):
    expected = _expected(api, kind)
    path, number = _path(kind, on)
    api.server.script(path, ON_THE_WIRE[fault](api.server), on=number)

    found = api.read({**settings(kind), **PATIENCE})

    assert sorted(found.rows) == expected
    assert found.completeness.complete


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ON_THE_WIRE)
def test_a_lasting_fault_on_the_wire_fails_the_load(api, kind, fault):
    _expected(api, kind)
    path, number = _path(kind, 2)
    number = 1 if kind == "none" else number
    api.server.script(path, ON_THE_WIRE[fault](api.server), times=None, when=lambda a: a.number >= number)

    with pytest.raises(FAILED) as failed:
        api.read({**settings(kind), **HURRIED})

    assert failed.value.source["host"] == api.server.host
    assert "not done: nothing was committed" in str(failed.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", IN_THE_DATA)
@pytest.mark.parametrize("on", [1, 2, 3])
def test_a_page_that_lies_once_never_costs_a_row(api, kind, fault, on):
    expected = _expected(api, kind)
    path, number = _path(kind, on)
    api.server.script(path, IN_THE_DATA[fault], on=number)

    try:
        found = api.read({**settings(kind), **PATIENCE})
    except FAILED:
        return

    assert sorted(found.rows) == expected


@pytest.mark.parametrize("kind", TOTALLED)
@pytest.mark.parametrize("fault", ["empty_page", "short_page"])
def test_pages_that_always_lack_rows_fail_where_a_total_tells(api, kind, fault):
    _expected(api, kind)
    path, number = _path(kind, 2)
    number = 1 if kind == "none" else number
    api.server.script(path, IN_THE_DATA[fault], times=None, when=lambda a: a.number >= number)

    with pytest.raises(FAILED):
        api.read({**settings(kind), **PATIENCE})


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("none", "ids")])
def test_a_page_that_is_shown_twice_is_noticed(api, kind):
    expected = _expected(api, kind)
    repeated = faults.Repeated()
    api.server.script("/items", repeated.keep, on=1)
    api.server.script("/items", repeated.again, on=2)

    found = api.read({**settings(kind), **PATIENCE})

    assert sorted(found.rows) == expected


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("none", "ids")])
def test_a_server_that_always_gives_the_first_page_is_a_loop(api, kind):
    _expected(api, kind)
    repeated = faults.Repeated()
    api.server.script("/items", repeated.keep, on=1)
    api.server.script("/items", repeated.again, times=None, when=lambda a: a.number > 1)

    with pytest.raises(DataError) as failed:
        api.read({**settings(kind), **PATIENCE})

    assert failed.value.rule == "http|paging"
    assert api.server.count("/items") < 30


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "none"])
@pytest.mark.parametrize("change", ["deleted", "inserted", "both"])
@pytest.mark.parametrize("on", [2, 3])
def test_rows_that_move_while_pages_are_read_are_never_missed(api, kind, change, on):
    rows = rows_of(COUNT)
    _expected(api, kind)
    serve(api.server, kind, rows)

    def move():
        if change in ("deleted", "both"):
            del rows[0]
        if change in ("inserted", "both"):
            rows.insert(len(rows) if change == "both" else 0, {**rows[0], "id": 99, "name": "New"})

    path, number = _path(kind, on)
    api.server.script(path, faults.first(move), on=number)

    try:
        found = api.read({**settings(kind), **PATIENCE})
    except FAILED:
        return

    ids = list(map(int, found.column("id")))
    stayed = set(range(2, COUNT + 1)) if change != "inserted" else set(range(1, COUNT + 1))
    assert stayed <= set(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("kind", "on"), [("none", 1), *((k, on) for k in KINDS[1:] for on in (1, 2))])
def test_a_login_that_is_refused_midway_fails_the_load(api, kind, on):
    _expected(api, kind)
    path, number = _path(kind, on)
    api.server.script(path, faults.unauthorized, times=None, when=lambda a: a.number >= number)
    api.secrets["TOKEN"] = "a-very-secret-token"
    auth = {"kind": "bearer", "token": {"secret": "TOKEN"}}
    with pytest.raises(AccessDenied) as failed:
        api.read({**settings(kind), **PATIENCE, "auth": auth})

    assert "a-very-secret-token" not in str(failed.value)
    assert api.server.count(path) <= number + (kind == "ids")  # two requests for details at once


def test_an_error_names_host_request_page_and_shows_an_excerpt(api):
    serve(api.server, "page", rows_of(COUNT))
    api.server.script(
        "/items", faults.status(500, x_request_id="abc-7"), times=None, when=lambda a: a.number > 1
    )

    with pytest.raises(Unavailable) as failed:
        api.read({**settings("page"), **HURRIED})

    said = failed.value.source
    assert said == {
        "host": api.server.host,
        "request id": "abc-7",
        "page": "page 2",
        "status": "500",
        "answer": json.dumps({"error": "simulated 500"}),
    }
    assert "after 3 attempts" in failed.value.problem
