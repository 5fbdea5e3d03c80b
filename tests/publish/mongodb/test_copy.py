"""What the collection held is asked for again when another publisher was there, or something does not fit."""

from __future__ import annotations

import copy

import pytest

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.mongodb import MongoReader
from dagster_ingest.publish.mongodb.driver import connected
from dagster_ingest.publish.mongodb.keys import Resources
from dagster_ingest.spec.models import MongoTarget
from dagster_ingest.testing.mongodb import documents
from tests.publish.changing import changed, partition, rows

pytestmark = pytest.mark.mongodb


@pytest.fixture
def at(uri, database, tmp_path):
    """A reader on a machine of this name."""

    def make(machine: str = "one") -> MongoReader:
        given = {"reader": "mongodb", "url": "MONGO_URL", "database": database, "max_delete_share": 0.9}
        target = MongoTarget.model_validate(given)
        return MongoReader(target, environ={"MONGO_URL": uri}, memory=tmp_path / machine)

    return make


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """Tenants of which all was asked for."""
    tenants: list[str] = []
    real = Resources.shown
    monkeypatch.setattr(Resources, "shown", lambda self: tenants.append(self.tenant_id) or real(self))
    return tenants


def said(uri, database):
    """What documents say, and not by whom they were written."""
    found = documents(uri, database, "resources")
    return {key: {**d, "ingest": {n: d["ingest"][n] for n in ("hash", "states")}} for key, d in found.items()}


def same_as_anew(uri, database, at, *partitions) -> bool:
    before = said(uri, database)
    for each in partitions:
        at("another").apply(each, bulk=True)
    return said(uri, database) == before


def test_a_collection_that_no_other_publisher_held_is_not_asked_for_what_it_holds(
    uri, database, at, asked
) -> None:
    some, georgia = rows(), rows("GA")
    shared = georgia["search_record"][0] = copy.deepcopy(some["search_record"][0])
    at().publish(partition(some))
    asked.clear()
    at().publish(partition(georgia, "GA"))
    at().publish(partition(changed(some)))
    without = copy.deepcopy(georgia)
    without["search_record"].remove(shared)
    at().publish(partition(without, "GA"))

    assert asked == []
    assert same_as_anew(uri, database, at, partition(changed(some)), partition(without, "GA"))


@pytest.mark.parametrize("what", ["another machine", "a withdrawal", "a bulk publish", "a failed one"])
def test_it_is_asked_when_another_publisher_held_it(uri, database, at, asked, monkeypatch, what) -> None:
    some = rows()
    at().publish(partition(some))
    if what == "another machine":
        at("two").publish(partition(changed(some)))
    elif what == "a withdrawal":
        at().withdraw("gulf", "FL")
    elif what == "a bulk publish":
        at("two").apply(partition(some), bulk=True)
    else:
        with monkeypatch.context() as patch:
            patch.setattr(Resources, "count", lambda self, state: -1)
            with pytest.raises(PublishError):
                at().publish(partition(changed(some)))
    asked.clear()

    at().publish(partition(changed(changed(some))))

    assert asked == ["gulf"]
    assert same_as_anew(uri, database, at, partition(changed(changed(some))))


@pytest.mark.parametrize("what", ["to be changed", "left alone", "all of them", "the collection"])
def test_documents_that_a_hand_took_away_are_put_back(uri, database, at, asked, what) -> None:
    some = rows()
    at().publish(partition(some))
    asked.clear()
    ids = [record["service_at_location_id"] for record in some["search_record"]]
    with connected(uri, database) as found:
        if what == "the collection":
            found.drop_collection("resources")
        else:
            gone = {"to be changed": [ids[3]], "left alone": [ids[7]], "all of them": ids}[what]
            found["resources"].delete_many({"_id": {"$in": gone}})

    at().publish(partition(changed(some)))

    assert asked == ["gulf"]
    assert at().verify(partition(changed(some))).problems == ()
    assert same_as_anew(uri, database, at, partition(changed(some)))


def test_a_failure_of_another_kind_is_told_once_all_was_asked_for(at, asked, monkeypatch) -> None:
    some = rows()
    at().publish(partition(some))
    asked.clear()
    monkeypatch.setattr(Resources, "count", lambda self, state: -1)

    with pytest.raises(PublishError, match="does not hold what was written"):
        at().publish(partition(changed(some)))
    assert asked == ["gulf"]


def test_nothing_is_left_of_what_was_withdrawn(at, tmp_path) -> None:
    at().publish(partition(rows()))
    assert list((tmp_path / "one").rglob("*.shown"))
    at().withdraw("gulf", "FL")
    assert not [path for path in (tmp_path / "one").rglob("*") if path.is_file()]


def test_a_copy_of_another_collection_is_not_believed(uri, database, at, asked, tmp_path) -> None:
    some = rows()
    at().publish(partition(some))
    asked.clear()
    given = {"reader": "mongodb", "url": "MONGO_URL", "database": f"{database}_2", "max_delete_share": 0.9}
    other = MongoReader(
        MongoTarget.model_validate(given), environ={"MONGO_URL": uri}, memory=tmp_path / "one"
    )
    try:
        other.publish(partition(some))
        assert asked == ["gulf"]
        assert said(uri, f"{database}_2") == said(uri, database)
    finally:
        with connected(uri, f"{database}_2") as found:
            found.client.drop_database(f"{database}_2")
