"""A reader that remembers what documents were made of shows and writes what one without does."""

from __future__ import annotations

import copy

import pytest

from dagster_ingest.publish.mongodb import MongoReader, wanted
from dagster_ingest.publish.mongodb.driver import connected
from dagster_ingest.publish.mongodb.ledger import LEDGER
from dagster_ingest.spec.models import MongoTarget
from dagster_ingest.testing.mongodb import documents
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows

pytestmark = pytest.mark.mongodb


def partition(rows):
    return stage_partition(rows, tenant="gulf", state="FL", locales=("en", "es"))


def said(uri, database):
    """What documents say, and their digests; not by whom they were written."""
    found = documents(uri, database, "resources")
    return {key: {**d, "ingest": {n: d["ingest"][n] for n in ("hash", "states")}} for key, d in found.items()}


@pytest.fixture
def rows():
    return search_rows(40, tenant="gulf", state="FL", languages=("es",))


@pytest.fixture
def reader(uri, database, tmp_path) -> MongoReader:
    target = MongoTarget.model_validate({"reader": "mongodb", "url": "MONGO_URL", "database": database})
    return MongoReader(target, environ={"MONGO_URL": uri}, memory=tmp_path)


def test_a_change_is_written_and_the_rest_is_not_even_made(
    uri, database, reader, reader_at, rows, monkeypatch
) -> None:
    reader.publish(partition(rows))
    new, made = copy.deepcopy(rows), []
    new["search_record"][3]["phone"] = "850-555-0100"
    new["translation"][8]["text"] = "es: otra cosa"
    del new["search_record"][20]
    real = wanted.resource_document
    monkeypatch.setattr(wanted, "resource_document", lambda *given: made.append(1) or real(*given))
    monkeypatch.setattr("dagster_ingest.publish.documents.memory._AUDITED", 2)

    done = reader.publish(partition(new))

    assert (done.written, done.deleted, len(made)) == (2, 1, 4)
    assert done.details["records"]["records"] == 39
    shown = said(uri, database)
    reader_at(uri).apply(partition(new), bulk=True)
    assert said(uri, database) == shown


def test_a_record_that_was_not_made_is_still_known_by_its_id_in_the_source(
    uri, database, reader, rows
) -> None:
    first, second = rows["search_record"][:2]
    second["original_id"] = first["original_id"]
    reader.publish(partition(rows))
    rows["search_record"].remove(first)
    with connected(uri, database) as found:  # as a publisher leaves it that stops before it redirects
        found[LEDGER].update_one({"_id": "gulf"}, {"$set": {"states.FL": None}})

    reader.publish(partition(rows))

    led = {d["_id"]: d["newId"] for d in documents(uri, database, "redirects").values()}
    assert led == {first["id"]: second["id"]}
