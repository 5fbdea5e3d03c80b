"""What the indices held is asked for again when somebody wrote to them, and only then."""

from __future__ import annotations

import copy

import pytest

from dagster_ingest.errors import AccessDenied, PublishError
from dagster_ingest.publish.opensearch import OpenSearchReader
from dagster_ingest.publish.opensearch.server import Server
from dagster_ingest.publish.opensearch.shelf import Shelf
from dagster_ingest.spec.models import OpenSearchTarget
from dagster_ingest.testing.opensearch import ask, found
from tests.publish.changing import changed, partition, rows
from tests.search_servers import STAND_IN, WRITTEN_TO

pytestmark = pytest.mark.parametrize("server", WRITTEN_TO, indirect=True)
ALIASES = ("gulf-resources_en", "gulf-taxonomies_v2_en", "organizations")


@pytest.fixture
def at(url, tmp_path, engine):
    """A reader on a machine of this name."""

    def make(machine: str = "one") -> OpenSearchReader:
        given = {"reader": "opensearch", "url": "URL", "engine": engine, "max_delete_share": 0.9}
        target = OpenSearchTarget.model_validate(given)
        return OpenSearchReader(target, environ={"URL": url}, memory=tmp_path / machine)

    return make


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """Indices of which all was asked for."""
    indices: list[str] = []
    real = Shelf.shown
    monkeypatch.setattr(Shelf, "shown", lambda self, index: indices.append(index) or real(self, index))
    return indices


def said(url):
    ask(url, "POST", "/_refresh")
    every = {"match_all": {}}
    return {n: {d.get("id") or d["organization_id"]: d for d in found(url, n, every)} for n in ALIASES}


def same_as_anew(url, at, *partitions) -> bool:
    """Whether the indices say what they say after everything was built anew."""
    before = said(url)
    for each in partitions:
        at("another").apply(each, bulk=True)
    return said(url) == before


def test_indices_that_nobody_wrote_to_are_not_asked_for_what_they_hold(url, at, asked) -> None:
    some = rows()
    for each in (some, changed(some), some, changed(some)):
        at().publish(partition(each))

    assert asked == []
    assert same_as_anew(url, at, partition(changed(some)))


def test_other_states_of_the_tenant_are_part_of_it(url, at, asked) -> None:
    florida, georgia = rows("FL"), rows("GA")
    shared = georgia["search_record"][0] = copy.deepcopy(florida["search_record"][0])
    at().publish(partition(florida))
    at().publish(partition(georgia, "GA"))
    at().publish(partition(changed(florida)))
    without = copy.deepcopy(georgia)
    without["search_record"].remove(shared)
    at().publish(partition(without, "GA"))

    assert asked == []
    shown = said(url)["gulf-resources_en"]
    assert shown[shared["service_at_location_id"]]["ingest"]["states"] == ["FL"]
    assert same_as_anew(url, at, partition(changed(florida)), partition(without, "GA"))


@pytest.mark.parametrize("what", ["changed", "deleted", "added", "another machine", "a state withdrawn"])
def test_what_others_wrote_is_seen_and_mended(url, at, asked, what) -> None:
    some = rows()
    at().publish(partition(some))
    at().publish(partition(changed(some)))
    index = next(iter(ask(url, "GET", "/_alias/gulf-resources_en")))
    key = next(iter(said(url)["gulf-resources_en"]))
    if what == "changed":
        ask(url, "POST", f"/{index}/_update/{key}", {"doc": {"ingest": {"hash": "0"}}})
    elif what == "deleted":
        ask(url, "DELETE", f"/{index}/_doc/{key}")
    elif what == "added":
        document = ask(url, "GET", f"/{index}/_doc/{key}")["_source"]
        ask(url, "PUT", f"/{index}/_doc/stranger", document)
    elif what == "another machine":
        at("two").publish(partition(some))
    else:
        at("two").publish(partition(rows("GA"), "GA"))
        at("two").withdraw("gulf", "GA")

    at().publish(partition(some))

    assert index in asked
    assert at().verify(partition(some)).problems == ()
    assert same_as_anew(url, at, partition(some))


def test_a_bulk_publish_asks_and_what_comes_after_it_does_not(url, at, asked) -> None:
    some = rows()
    at().publish(partition(some))
    at().apply(partition(some), bulk=True)
    assert asked
    asked.clear()
    at().publish(partition(changed(some)))
    assert asked == []
    assert same_as_anew(url, at, partition(changed(some)))


def test_after_a_rollback_other_indices_are_asked(url, at, asked) -> None:
    some = rows()
    at().publish(partition(some))
    at().apply(partition(changed(some)), bulk=True)
    asked.clear()
    at().rollback("gulf")
    at().publish(partition(changed(some)))

    assert asked
    assert same_as_anew(url, at, partition(changed(some)))


def test_a_write_in_the_midst_of_a_publish_is_found_by_the_next(url, at, asked, monkeypatch) -> None:
    some = rows()
    at().publish(partition(some))
    index = next(iter(ask(url, "GET", "/_alias/gulf-resources_en")))
    document = found(url, "gulf-resources_en", {"match_all": {}})[0]
    key = document["id"]
    real = Shelf.marks

    def late(self, indices):
        marks = real(self, indices)
        ask(url, "POST", f"/{index}/_update/{key}", {"doc": {"ingest": {"hash": "0"}}})
        return marks

    with monkeypatch.context() as patch:
        patch.setattr(Shelf, "marks", late)
        at().publish(partition(changed(some)))
    assert asked == []
    at().publish(partition(some))

    assert index in asked
    assert same_as_anew(url, at, partition(some))


@pytest.mark.parametrize("refusal", [AccessDenied, PublishError, None])
def test_a_server_that_does_not_say_how_far_it_has_come_is_asked(
    url, at, asked, monkeypatch, refusal
) -> None:
    def silent(self, indices):
        if refusal is None:
            return {}
        raise refusal("it does not say", not_done="nothing", fix="ask")

    monkeypatch.setattr(Shelf, "marks", silent)
    some = rows()
    at().publish(partition(some))
    at().publish(partition(changed(some)))

    assert asked
    assert at().verify(partition(changed(some))).problems == ()


def test_nothing_is_left_of_what_was_withdrawn(at, tmp_path) -> None:
    at().publish(partition(rows()))
    assert list((tmp_path / "one").rglob("*.shown"))
    at().withdraw("gulf", "FL")
    assert not [path for path in (tmp_path / "one").rglob("*") if path.is_file()]


def test_a_mark_counts_every_write(url, request) -> None:
    # The stand-in numbers the writes of an index, and makes up numbers where it has several shards.
    shards = 1 if request.node.callspec.params["server"] == STAND_IN else 3
    body = {"settings": {"index": {"number_of_shards": shards, "number_of_replicas": 0}}}
    with Server(url) as server:
        server.ask("PUT", "/gulf-x", body)
        shelf = Shelf(server, "gulf")
        assert shelf.marks(["gulf-x"])["gulf-x"].writes == 0
        for number in range(7):
            server.ask("PUT", f"/gulf-x/_doc/{number}", {"a": number})
        server.ask("DELETE", "/gulf-x/_doc/3")
        before = shelf.marks(["gulf-x"])["gulf-x"]
        assert before.writes == 8
        server.ask("DELETE", "/gulf-x")
        server.ask("PUT", "/gulf-x", body)
        assert shelf.marks(["gulf-x"])["gulf-x"].history != before.history
        assert shelf.marks([]) == {}
        server.ask("DELETE", "/gulf-x")
