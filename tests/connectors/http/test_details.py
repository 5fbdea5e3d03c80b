"""Lists of ids with their details: every id that is listed is there, or it is known why not."""

from __future__ import annotations

import json
import threading

import pytest

from dagster_ingest.errors import DataError
from dagster_ingest.testing.http import Answer, IdList, faults
from tests.connectors.http.conftest import rows_of
from tests.connectors.http.shapes import serve, settings


def _asked_ids(api) -> list[list[str]]:
    return [asked.params["id"] for asked in api.server.asked if asked.path == "/details"]


def test_ids_are_asked_for_some_at_a_time(api):
    serve(api.server, "ids", rows_of(10))

    found = api.read(settings("ids"))

    assert sorted(map(len, _asked_ids(api))) == [2, 4, 4]
    assert found.column("id") == [str(n) for n in range(1, 11)]
    assert found.places[0] == (f"{api.server.url}/details#batches=1-3", 1)


def test_a_single_id_may_be_answered_by_a_bare_record(api):
    serve(api.server, "ids", rows_of(5))

    assert len(api.read(settings("ids")).rows) == 5


def test_ids_joined_by_commas_and_in_a_body_and_in_the_path(api):
    rows = rows_of(3)
    ids = IdList(rows)
    api.server.route("/items", ids.listed)
    api.server.route("/details", ids.details)
    by_id = {str(row["id"]): row for row in rows}
    api.server.route("/one/*", lambda asked: Answer.json(by_id[asked.path.rpartition("/")[2]]))
    api.server.route("/post", lambda asked: Answer.json({"r": [by_id[i] for i in asked.json()["ids"]]}))

    comma = api.read({"details": {"path": "/details", "param": "id", "style": "comma"}})
    body = {"path": "/post", "method": "POST", "body": {"ids": "{ids}"}, "records": "r"}
    posted = api.read({"details": body})
    path = api.read({"details": {"path": "/one/{id}"}})

    assert comma.rows == posted.rows == path.rows
    assert len(path.rows) == 3
    assert path.places[0][0] == f"{api.server.url}/one#batches=1-3"


def test_an_id_that_is_deleted_meanwhile_is_no_loss(api):
    ids = IdList(rows_of(8))
    api.server.route("/items", ids.listed)
    api.server.route("/details", ids.details)
    api.server.script("/details", faults.first(lambda: ids.rows.pop(5)), on=2)

    found = api.read({**settings("ids"), "concurrency": 1})

    assert sorted(map(int, found.column("id"))) == [1, 2, 3, 4, 5, 7, 8]
    assert found.completeness.complete


def test_an_id_that_is_left_out_once_is_asked_for_again(api):
    serve(api.server, "ids", rows_of(8))
    api.server.script("/details", faults.altered(lambda answer: answer[1:]), on=1)

    found = api.read({**settings("ids"), "concurrency": 1})

    assert found.column("id") == [str(n) for n in range(1, 9)]


def test_an_id_that_is_listed_and_never_has_details_fails_the_load(api):
    ids = IdList(rows_of(8), hidden={"3", "7"})
    api.server.route("/items", ids.listed)
    api.server.route("/details", ids.details)

    with pytest.raises(DataError, match="2 ids are listed and without details: 3, 7") as failed:
        api.read(settings("ids"))

    assert failed.value.rule == "http|details"


def test_or_is_set_aside_and_holds_the_cursor_back(api):
    ids = IdList(rows_of(8), hidden={"3"})
    api.server.route("/items", ids.listed)
    api.server.route("/details", ids.details)
    details = {**settings("ids")["details"], "missing": "quarantine"}

    found = api.read({**settings("ids"), "details": details, "cursor": {"field": "modified"}})

    assert [(m.row_number, m.rule, m.text) for m in found.malformed] == [(3, "*|no_details", "3")]
    assert [number for _, number in found.places] == [1, 2, 4, 5, 6, 7, 8]
    assert json.loads(found.cursor)["greatest"] < ids.rows[2]["modified"]


def test_a_record_that_was_not_asked_for_is_refused(api):
    serve(api.server, "ids", rows_of(4))
    other = faults.altered(lambda answer: [{**answer[0], "id": 77}, *answer[1:]])
    api.server.script("/details", other, times=None)

    with pytest.raises(DataError, match="'77', which was not asked for"):
        api.read(settings("ids"))


def test_one_id_may_have_several_records(api):
    rows = [{"id": 1, "lang": "en"}, {"id": 1, "lang": "es"}, {"id": 2, "lang": "en"}]
    api.server.route("/items", lambda asked: Answer.json([1, 2]))
    api.server.route("/details", lambda asked: Answer.json(rows))

    found = api.read({"details": {"path": "/details", "param": "id", "id": "", "detail_id": "id"}})

    assert found.rows == [("1", "en"), ("1", "es"), ("2", "en")]


def test_an_entry_without_an_id_is_an_error(api):
    api.server.route("/items", lambda asked: Answer.json([{"key": 1}]))

    with pytest.raises(DataError, match="no id at 'id'; it has key"):
        api.read(settings("ids"))


def test_details_are_fetched_concurrently_and_keep_their_order(api):
    """Two requests have to be under way at once for either to be answered."""
    rows = rows_of(4)
    both = threading.Barrier(2, timeout=10)
    by_id = {str(row["id"]): row for row in rows}
    api.server.route("/items", lambda asked: Answer.json([{"id": row["id"]} for row in rows]))
    api.server.route("/one/*", lambda asked: Answer.json(by_id[asked.path.rpartition("/")[2]]))
    real = api.connector

    def meet(call, take, **more):
        if "/one/" in call.url:
            both.wait()
        return send(client, call, take, **more)

    from dagster_ingest.connectors.http import client as module
    from dagster_ingest.connectors.http.read import HttpRead
    from dagster_ingest.connectors.registry import parse_settings

    request = api.request({"details": {"path": "/one/{id}"}, "concurrency": 2})
    made = parse_settings("http", request.settings)
    with module.Client(made, request, real._timing) as client:
        send = module.Client.send
        client.send = meet
        read = HttpRead(client, made, request, real._timing)

    ids = [row[0] for batch in read.batches() for row in batch.frame.rows()]
    assert ids == ["1", "2", "3", "4"]
