"""Whether an API has something new: what a sign says, and what it costs."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import DataError, Unavailable
from dagster_ingest.testing.http import Answer, IdList, Pages

HOUR = 3600.0
PAGING = {"kind": "page", "param": "page", "size_param": "size", "size": 4, "total": "total"}
SINCE = {
    "records": "items",
    "key": "id",
    "paging": PAGING,
    "cursor": {"field": "modified", "param": "since", "overlap": "1h"},
}


def row(number: int, day: int, hour: int = 8) -> dict:
    """The clock of the test begins on the 15th at 8:00."""
    stamp = f"2027-01-{day:02}T{hour:02}:00:00Z"
    return {"id": str(number), "name": f"N{number}", "modified": stamp}


def test_nothing_changed_since_it_began(api):
    api.server.route("/items", Pages([row(n, 3) for n in range(9)]))
    first = api.connector.sign(api.request(SINCE), "")
    again = api.connector.sign(api.request(SINCE), first.base)
    assert again == first
    assert (first.after, first.after_base, first.fingerprint) == (first.value, first.base, "")
    assert "since" in str(api.server.asked[-1])


def test_a_change_is_seen_and_once_it_is_loaded_it_is_not_new(api):
    rows = [row(n, 3) for n in range(9)]
    api.server.route("/items", Pages(rows))
    first = api.connector.sign(api.request(SINCE), "")
    api.clock.at += 2 * HOUR
    rows[4] = {**row(4, 15, 9), "name": "changed"}
    changed = api.connector.sign(api.request(SINCE), first.base)
    assert changed.value != first.value
    assert changed.base == first.base
    assert changed.after_base == "2027-01-15T09:00:00+00:00"
    loaded = api.connector.sign(api.request(SINCE), changed.after_base)
    assert loaded.value == changed.after


def test_what_changed_while_it_was_loaded_is_still_new(api):
    rows = [row(n, 3) for n in range(9)]
    api.server.route("/items", Pages(rows))
    first = api.connector.sign(api.request(SINCE), "")
    api.clock.at += 2 * HOUR
    rows[4] = row(4, 15, 9)
    seen = api.connector.sign(api.request(SINCE), first.base)
    rows[5] = row(5, 15, 9)  # of the same second as what was seen
    after = api.connector.sign(api.request(SINCE), seen.after_base)
    assert after.value != seen.after


def test_a_stamp_far_ahead_does_not_hide_what_comes_after(api):
    rows = [row(n, 3) for n in range(3)]
    api.server.route("/items", Pages(rows))
    first = api.connector.sign(api.request(SINCE), "")
    rows[0] = {**row(0, 3), "modified": "2031-01-01T00:00:00Z"}
    odd = api.connector.sign(api.request(SINCE), first.base)
    assert odd.after_base == first.base
    api.clock.at += 2 * HOUR
    rows[1] = row(1, 15, 9)
    assert api.connector.sign(api.request(SINCE), odd.after_base).value != odd.after


def test_a_list_of_ids_is_enough(api):
    rows = [row(n, 3) for n in range(6)]
    api.server.route("/items", IdList(rows).listed)
    asked = {"records": "", "key": "id", "cursor": {"field": "modified"}}
    asked["details"] = {"path": "/items/{id}"}
    first = api.connector.sign(api.request(asked), "")
    rows[2] = row(2, 15, 9)
    api.clock.at += 2 * HOUR
    assert api.connector.sign(api.request(asked), first.base).value != first.value
    assert {seen.path for seen in api.server.asked} == {"/items"}


def test_a_fingerprint_is_the_sign_where_there_is_one(api):
    api.server.route("/items", lambda asked: Answer(200, b"", {"etag": '"one"'}))
    settings = {"fingerprint": {"by": "etag"}}
    sign = api.connector.sign(api.request(settings), "")
    assert sign.value == sign.fingerprint == api.connector.fingerprint(api.request(settings)).value
    assert len(api.server.asked) == 2


def test_a_source_that_does_not_say_is_an_error(api):
    api.server.route("/items", lambda asked: Answer(200, b"", {}))
    with pytest.raises(DataError, match="does not say"):
        api.connector.sign(api.request({"fingerprint": {"by": "etag"}}), "")


def test_a_source_that_is_away_is_unavailable(api):
    api.server.route("/items", lambda asked: Answer(503, b"", {}))
    with pytest.raises(Unavailable):
        api.connector.sign(api.request(SINCE), "")
