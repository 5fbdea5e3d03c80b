"""A read that was cut off goes on where it stopped, to the same rows; or begins anew where it must."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import AccessDenied, DataError, Unavailable
from dagster_ingest.testing.http import faults
from tests.connectors.http.conftest import rows_of
from tests.connectors.http.shapes import KINDS, serve, settings

ONCE = {"retry": {"attempts": 1}}


def _cut(api, kind, staging, at=3, **more):
    """A read that ends with a reset at request `at`."""
    path = "/details" if kind == "ids" else "/items"
    api.server.script(path, faults.reset, times=None, when=lambda asked: asked.number >= at)
    with pytest.raises(Unavailable):
        api.read({**settings(kind), **ONCE, **more}, staging=str(staging))
    api.server.heal()


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "none"])
def test_the_rows_are_those_of_a_read_that_was_not_cut(api, kind, tmp_path):
    serve(api.server, kind, rows_of(15))
    whole = api.read(settings(kind))
    asked = len(api.server.asked)
    _cut(api, kind, tmp_path / "pages", at=api.server.count("/details" if kind == "ids" else "/items") + 3)
    before = len(api.server.asked)

    found = api.read(settings(kind), staging=str(tmp_path / "pages"))

    assert (found.rows, found.places, found.columns) == (whole.rows, whole.places, whole.columns)
    assert len(api.server.asked) - before < asked


def test_pages_that_moved_meanwhile_are_read_anew(api, tmp_path):
    rows = rows_of(15)
    serve(api.server, "page", rows)
    _cut(api, "page", tmp_path / "pages")
    del rows[0]
    rows.append({"id": 99, "name": "New", "modified": "2026-01-01T00:00:00Z"})

    found = api.read(settings("page"), staging=str(tmp_path / "pages"))

    assert sorted(map(int, found.column("id"))) == [*range(2, 16), 99]


@pytest.mark.parametrize("change", ["settings", "cursor", "age", "format"])
def test_pages_of_something_else_are_not_used(api, tmp_path, change):
    serve(api.server, "page", rows_of(15))
    pages = tmp_path / "pages"
    _cut(api, "page", pages)
    asked, more = settings("page"), {}
    if change == "settings":
        asked["params"] = {"lang": "es"}
    elif change == "cursor":
        more["cursor"] = "something"
    elif change == "age":
        api.clock.at += 6 * 3600 + 1
    else:
        (pages / "http" / "read.json").write_text("{}")
    before = api.server.count("/items")

    api.read(asked, staging=str(pages), **more)

    pages_asked = [a.param("page") for a in api.server.asked[before:]]
    assert pages_asked[0] == "1"
    assert pages_asked.count("1") == 2  # both sweeps began at the first page


def test_a_damaged_page_is_fetched_again(api, tmp_path):
    serve(api.server, "cursor", rows_of(15))
    _cut(api, "cursor", tmp_path / "pages", at=4)
    [second] = (tmp_path / "pages").rglob("000002.gz")
    second.write_bytes(second.read_bytes()[:-9])

    found = api.read(settings("cursor"), staging=str(tmp_path / "pages"))

    assert len(found.rows) == 15


def test_a_renewed_secret_goes_on_with_the_pages_that_are_here(api, tmp_path):
    serve(api.server, "cursor", rows_of(15))
    api.server.script("/items", faults.unauthorized, times=None, when=lambda asked: asked.number >= 3)
    with pytest.raises(AccessDenied):
        api.read(settings("cursor"), staging=str(tmp_path))
    api.server.heal()

    found = api.read(settings("cursor"), staging=str(tmp_path))

    assert len(found.rows) == 15
    assert api.server.count("/items") == 3 + 3  # page 2 once more, then pages 3 and 4


def test_a_delivery_that_is_wrong_leaves_no_pages(api, tmp_path):
    serve(api.server, "page", rows_of(15))
    wrong = faults.altered(lambda answer: {**answer, "total": 99})
    api.server.script("/items", wrong, times=None)

    with pytest.raises(DataError):
        api.read(settings("page"), staging=str(tmp_path))

    assert list(tmp_path.rglob("*.gz")) == []


def test_staged_pages_are_for_the_owner_only(api, tmp_path):
    serve(api.server, "page", rows_of(15))

    api.read(settings("page"), staging=str(tmp_path / "pages"))

    staged = list((tmp_path / "pages").rglob("*.gz"))
    assert staged
    assert {path.stat().st_mode & 0o077 for path in staged} == {0}
