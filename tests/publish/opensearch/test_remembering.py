"""A reader that remembers what documents were made of shows and writes what one without does."""

from __future__ import annotations

import copy

import pytest

from dagster_ingest.publish.documents import record
from dagster_ingest.publish.opensearch import OpenSearchReader, wanted
from dagster_ingest.spec.models import OpenSearchTarget
from dagster_ingest.testing.opensearch import ask, found
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows

ALL = {"match_all": {}}
HERE = ("gulf-resources_en", "gulf-resources_es", "gulf-taxonomies_v2_en", "organizations")


def partition(rows):
    return stage_partition(rows, tenant="gulf", state="FL", locales=("en", "es"))


@pytest.fixture
def rows():
    return search_rows(40, tenant="gulf", state="FL", languages=("es",))


@pytest.fixture
def reader(url, tmp_path) -> OpenSearchReader:
    target = OpenSearchTarget.model_validate({"reader": "opensearch", "url": "URL", "max_delete_share": 0.9})
    return OpenSearchReader(target, environ={"URL": url}, memory=tmp_path)


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """Ids of records whose documents are made, those among them that are made to see that memory is right."""
    ids: list[str] = []
    real = wanted.search_document

    def counted(one: record.Record, *about):
        ids.append(one.id)
        return real(one, *about)

    monkeypatch.setattr(wanted, "search_document", counted)
    return ids


def shown(url):
    ask(url, "POST", "/_refresh")
    return {name: {d.get("id") or d["organization_id"]: d for d in found(url, name, ALL)} for name in HERE}


def changed(rows):
    """A phone number, a translation and an organization are others, and a record is gone."""
    new = copy.deepcopy(rows)
    new["search_record"][3]["phone"] = "850-555-0100"
    new["translation"][8]["text"] = "es: otra cosa"
    new["organization"][0]["alternate_name"] = "Called otherwise"
    del new["search_record"][20]
    return new


def test_a_change_is_written_and_the_rest_is_not_even_made(url, reader, rows, made, monkeypatch) -> None:
    monkeypatch.setattr("dagster_ingest.publish.documents.memory._AUDITED", 2)
    reader.publish(partition(rows))
    made.clear()
    planned = reader.plan(partition(changed(rows)))
    after_plan = len(made)
    done = reader.publish(partition(changed(rows)))

    assert planned.written == {"resources_en": 1, "resources_es": 2, "organizations": 1}
    assert planned.deleted == {"resources_en": 1, "resources_es": 1}
    assert (done.written, done.deleted) == (4, 2)
    assert done.details["records"]["records"] == 39
    assert after_plan == len(made) - after_plan == 2 * (2 + 2)  # two that differ, two for the audit
    assert reader.verify(partition(changed(rows))).problems == ()


def test_it_shows_what_one_without_memory_shows(url, reader, reader_at, rows) -> None:
    reader.publish(partition(rows))
    reader.publish(partition(changed(rows)))
    mine = shown(url)
    reader_at(url).apply(partition(changed(rows)), bulk=True)
    assert shown(url) == mine


def test_what_others_did_to_the_store_is_mended(url, reader, reader_at, rows) -> None:
    """Another machine published in between, a state was withdrawn, an index was lost."""
    reader.publish(partition(rows))
    reader_at(url, max_delete_share=0.9).publish(partition(changed(rows)))
    reader.publish(partition(rows))
    assert reader.verify(partition(rows)).problems == ()

    reader.withdraw("gulf", "FL")
    reader.publish(partition(rows))
    assert reader.verify(partition(rows)).problems == ()

    reader.apply(partition(changed(rows)), bulk=True)
    reader.rollback("gulf")
    done = reader.publish(partition(changed(rows)))
    assert done.details["mode"] == "incremental"
    assert reader.verify(partition(changed(rows))).problems == ()

    index = next(iter(ask(url, "GET", "/_alias/gulf-resources_es")))
    ask(url, "DELETE", f"/{index}")
    reader.publish(partition(rows))
    assert reader.verify(partition(rows)).problems == ()


def test_a_bulk_publish_makes_everything_and_so_does_a_check(reader, rows, made) -> None:
    reader.publish(partition(rows))
    made.clear()
    reader.verify(partition(rows))
    assert len(made) == 80
    done = reader.apply(partition(rows), bulk=True)
    assert len(made) == 160
    assert done.written == done.rows["resources_en"] * 2 + 6 * 2 + done.rows["organizations"]
