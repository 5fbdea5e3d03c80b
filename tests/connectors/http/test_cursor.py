"""Reads that bring changes only, and what is gone meanwhile."""

from __future__ import annotations

import json

import pytest

from dagster_ingest.connectors.http.bodies import MISSING
from dagster_ingest.connectors.http.stamps import Greatest, moment
from dagster_ingest.errors import DataError, SpecError
from dagster_ingest.testing.http import Answer, IdList, Pages, faults

PAGING = {"kind": "page", "param": "page", "size_param": "size", "size": 4, "total": "total"}
BY_PARAM = {
    "records": "items",
    "key": "id",
    "paging": PAGING,
    "cursor": {"field": "modified", "param": "since", "overlap": "0s"},
}


def stamped(*days: int, start: int = 1) -> list[dict]:
    return [
        {"id": str(start + i), "name": f"N{start + i}", "modified": f"2026-01-{day:02}T08:00:00Z"}
        for i, day in enumerate(days)
    ]


def test_only_what_changed_is_asked_for(api):
    rows = stamped(1, 2, 3, 4, 5, 6)
    api.server.route("/items", Pages(rows))
    first = api.read(BY_PARAM)
    rows += stamped(9, start=7)
    rows[0] |= {"modified": "2026-01-08T00:00:00Z"}

    second = api.read(BY_PARAM, cursor=first.cursor)

    assert (first.snapshot, second.snapshot) == (True, False)
    assert second.column("id") == ["1", "6", "7"]
    assert json.loads(second.cursor)["greatest"] == "2026-01-09T08:00:00+00:00"


def test_the_overlap_is_asked_for_again_and_the_cursor_does_not_go_back(api):
    rows = stamped(1, 5, 6)
    api.server.route("/items", Pages(rows))
    asked = {**BY_PARAM, "cursor": {"field": "modified", "param": "since", "overlap": "1d"}}
    first = api.read(asked)
    del rows[1:]

    second = api.read(asked, cursor=first.cursor)

    assert api.server.asked[-1].param("since") == "2026-01-05T08:00:00Z"
    assert second.rows == []
    assert second.cursor == first.cursor


def test_columns_are_known_though_nothing_changed(api):
    rows = stamped(1, 2)
    api.server.route("/items", Pages(rows))
    first = api.read(BY_PARAM)
    rows[:] = []

    second = api.read(BY_PARAM, cursor=first.cursor)

    assert second.columns == ["id", "name", "modified"]


def test_a_stamp_in_the_future_hides_nothing(api):
    rows = [*stamped(1, 2), {"id": "3", "name": "typo", "modified": "2062-01-01T00:00:00Z"}]
    api.server.route("/items", Pages(rows))

    found = api.read(BY_PARAM)

    assert json.loads(found.cursor)["greatest"] == "2026-01-02T08:00:00+00:00"


def test_a_cursor_of_other_settings_is_not_used(api):
    api.server.route("/items", Pages(stamped(1, 2, 3)))
    first = api.read(BY_PARAM)

    other = api.read({**BY_PARAM, "params": {"lang": "es"}}, cursor=first.cursor)

    assert other.snapshot
    assert len(other.rows) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"greatest": "x", "for": "y"}', "2026-01-01"])
def test_a_cursor_that_is_none_reads_everything(api, text):
    api.server.route("/items", Pages(stamped(1, 2)))

    assert len(api.read(BY_PARAM, cursor=text).rows) == 2


def test_stamps_that_cannot_be_read_are_an_error(api):
    api.server.route("/items", Pages([{"id": "1", "modified": "yesterday"}]))

    with pytest.raises(DataError, match="'yesterday'"):
        api.read(BY_PARAM)


def test_the_stamp_is_written_as_the_source_wants_it(api):
    api.server.route("/items", lambda asked: Answer.json([{"id": 1, "at": "05/03/2026"}]))
    cursor = {"field": "at", "format": "%m/%d/%Y", "send": "date", "overlap": "2d", "initial": ""}
    asked = {"method": "POST", "body": {"since": "{since}", "term": "*"}, "cursor": cursor}
    first = api.read(asked)

    api.read(asked, cursor=first.cursor)

    bodies = [asked.json()["since"] for asked in api.server.asked]
    assert bodies[0] == ""
    assert bodies[-1] == "2026-05-01"


@pytest.mark.parametrize(
    ("value", "written", "expected"),
    [
        ("2026-05-03", "date", "2026-05-03T00:00:00+00:00"),
        ("2026-05-03T10:00:00-05:00", "iso", "2026-05-03T15:00:00+00:00"),
        (1777802400, "epoch", "2026-05-03T10:00:00+00:00"),
        ("1777802400000", "epoch_ms", "2026-05-03T10:00:00+00:00"),
        ("5/3/2026", "%m/%d/%Y", "2026-05-03T00:00:00+00:00"),
    ],
)
def test_stamps_in_their_formats(value, written, expected):
    assert moment(value, written).isoformat() == expected


@pytest.mark.parametrize("value", [None, MISSING, "", "n/a", True, [], "99999999999999999999"])
def test_what_is_no_stamp_is_none(value):
    assert moment(value, "epoch") is None


def test_what_was_held_back_holds_the_cursor_back():
    greatest = Greatest("iso", began=1_800_000_000.0)
    greatest.add("2026-01-09T00:00:00Z")
    greatest.hold_back("2026-01-05T00:00:00Z")

    assert greatest.settled(None).isoformat() == "2026-01-04T23:59:59+00:00"


def test_keys_that_are_left_are_listed_after_the_changes(api):
    rows = stamped(1, 2, 3, 4, 5)
    api.server.route("/items", Pages(rows))
    asked = {**BY_PARAM, "deletes": {"by": "id_list", "params": {"fields": "id"}}}
    first = api.read(asked)
    del rows[1]
    rows += stamped(8, start=6)

    second = api.read(asked, cursor=first.cursor)

    assert first.deletions is None
    assert second.deletions.kind == "present"
    assert sorted(second.deletions.keys["id"]) == ["1", "3", "4", "5", "6"]
    assert [bool(asked.param("fields")) for asked in api.server.asked][-3:] == [True] * 3


def test_nothing_is_said_before_the_last_row_was_taken(api):
    rows = stamped(1, 2, 3, 4, 5)
    api.server.route("/items", Pages(rows))
    asked = {**BY_PARAM, "deletes": {"by": "id_list"}}
    first = api.read(asked)

    read = api.connector.read(api.request(asked, cursor=first.cursor))

    assert (read.cursor(), read.deletions(), read.completeness().complete) == (None, None, False)
    list(read.batches())
    assert read.cursor()
    assert read.deletions().keys.height == 5
    assert read.completeness().complete


def test_an_id_list_that_cannot_be_proved_deletes_nothing(api):
    rows = stamped(1, 2, 3, 4, 5)
    api.server.route("/items", Pages(rows))
    asked = {**BY_PARAM, "deletes": {"by": "id_list", "params": {"fields": "id"}}}
    first = api.read(asked)
    short = faults.altered(lambda answer: {**answer, "items": answer["items"][1:]})
    api.server.script("/items", short, times=None, when=lambda asked: bool(asked.param("fields")))

    with pytest.raises(DataError, match="are stated"):
        api.read(asked, cursor=first.cursor)


def test_a_list_of_ids_serves_for_changes_and_deletions_at_once(api):
    ids = IdList(stamped(1, 2, 3, 4))
    api.server.route("/items", ids.listed)
    api.server.route("/details", ids.details)
    asked = {
        "key": "id",
        "details": {"path": "/details", "param": "id"},
        "cursor": {"field": "modified", "overlap": "0s"},
        "deletes": {"by": "id_list"},
    }
    first = api.read(asked)
    del ids.rows[0]
    ids.rows[0] |= {"name": "changed", "modified": "2026-01-20T00:00:00Z"}

    second = api.read(asked, cursor=first.cursor)

    assert second.rows == [("2", "changed", "2026-01-20T00:00:00Z"), ("4", "N4", "2026-01-04T08:00:00Z")]
    assert sorted(second.deletions.keys["id"]) == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"deletes": {"by": "id_list"}, "key": "id"}, "without one, rows that are absent are gone"),
        ({"deletes": {"by": "id_list"}, "cursor": {"field": "at"}}, "needs `key`"),
        ({"paging": {"kind": "cursor"}}, "needs one of `cursor`"),
        ({"paging": {"kind": "next"}}, "needs `next`"),
        ({"paging": {"kind": "page", "verify": "total"}}, "needs `total`"),
        ({"body": {}, "method": "GET"}, "method: POST"),
        ({"path": "https://elsewhere.example/x"}, "no path below"),
        ({"url": "https://user:word@api.example.org"}, "url"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(api, settings, words):
    with pytest.raises(SpecError, match=words):
        api.connector.read(api.request(settings))
