"""The opensearch reader over a stand-in and real stores: what it shows, writes and leaves alone."""

from __future__ import annotations

import copy
import threading

import pytest

from dagster_ingest.errors import PublishError
from dagster_ingest.testing.opensearch import ask, dump_bytes, found
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows
from tests.search_servers import ELASTICSEARCH_8, WRITTEN_TO

pytestmark = pytest.mark.parametrize("server", WRITTEN_TO, indirect=True)

ALL = {"match_all": {}}


def partition(services=12, *, tenant="gulf", state="FL", locales=("en", "es"), rows=None, **parts):
    some = rows or search_rows(services, tenant=tenant, state=state, languages=locales[1:])
    return stage_partition(some, tenant=tenant, state=state, locales=locales, **parts)


def shown(url, alias="gulf-resources_en"):
    ask(url, "POST", "/_refresh")
    return {d["id"]: d for d in found(url, alias, ALL)}


def test_a_first_publish_shows_every_record_in_every_language(reader, url) -> None:
    given = partition()

    done = reader.publish(given)

    assert done.changed
    assert done.details["mode"] == "bulk: nothing is published yet"
    assert done.rows["resources_en"] == done.rows["resources_es"] == 12
    assert reader.published("gulf", "FL") == given.version
    assert len(shown(url)) == len(shown(url, "gulf-resources_es")) == 12
    assert len(shown(url, "gulf-taxonomies_v2_es")) == 6
    assert {o["tenant_id"] for o in found(url, "organizations", ALL)} == {"gulf"}
    assert reader.verify(given).problems == ()


def test_the_same_version_again_writes_nothing(reader, url) -> None:
    reader.publish(partition())
    before = dump_bytes(url)
    again = reader.publish(partition())
    assert (again.changed, again.written, again.rows["resources_en"]) == (False, 0, 12)
    assert reader.plan(partition()).written == {}
    # who held the ledger last is all that may differ
    assert len(before) == pytest.approx(len(dump_bytes(url)), abs=40)


def test_a_new_version_with_the_same_rows_writes_no_document(reader) -> None:
    reader.publish(partition(version="one"))
    done = reader.publish(partition(version="two"))
    assert (done.changed, done.written, done.deleted, done.bytes) == (True, 0, 0, 0)
    assert reader.published("gulf", "FL") == "two"


def test_a_change_writes_its_documents_alone_and_says_so_before(reader, url) -> None:
    rows = search_rows(40, tenant="gulf", state="FL")
    reader.publish(partition(rows=rows, locales=("en",)))
    changed = copy.deepcopy(rows)
    called = min(changed["search_record"], key=lambda record: record["id"])
    called["phone"] = "850-555-0100"
    # Not the first of its organization, whose place the organization shows.
    gone = max(changed["search_record"], key=lambda record: record["id"])
    changed["search_record"].remove(gone)
    given = partition(rows=changed, locales=("en",))

    planned = reader.plan(given)
    done = reader.publish(given)

    assert (planned.bulk, planned.written, planned.deleted) == ("", {"resources_en": 1}, {"resources_en": 1})
    assert planned.unchanged["resources_en"] == 38
    assert (done.written, done.deleted) == (1, 1)
    assert gone["id"] not in shown(url)
    assert shown(url)[called["id"]]["phone"] == "850-555-0100"


def test_states_share_indices_and_leave_each_other_alone(reader, url) -> None:
    reader.publish(partition(6, state="FL"))
    reader.publish(partition(4, state="AL"))
    alabama = {k: v for k, v in shown(url).items() if v["ingest"]["states"] == ["AL"]}
    assert (len(alabama), len(shown(url))) == (4, 10)

    rows = search_rows(5, tenant="gulf", state="FL", languages=("es",))
    reader.publish(partition(state="FL", rows=rows))

    assert {k: v for k, v in shown(url).items() if v["ingest"]["states"] == ["AL"]} == alabama
    assert len(shown(url)) == 9
    assert reader.published("gulf", "AL") == partition(4, state="AL").version


def test_a_bulk_publish_of_one_state_carries_the_other_over(reader, reader_at, url) -> None:
    reader.publish(partition(6, state="FL"))
    reader.publish(partition(4, state="AL"))
    before, index = shown(url), list(ask(url, "GET", "/_alias/gulf-resources_en"))

    done = reader_at(url, mode="bulk").publish(partition(6, state="FL", version="again"))

    assert done.details["mode"] == "bulk: asked for"
    assert shown(url) == before
    assert list(ask(url, "GET", "/_alias/gulf-resources_en")) != index
    assert reader.published("gulf", "AL") is not None


def test_a_record_of_two_states_goes_with_the_last(reader, url) -> None:
    rows = search_rows(4, tenant="gulf", state="FL")
    for state in ("FL", "AL"):
        reader.publish(partition(rows=rows, state=state, locales=("en",)))
    fewer = {**rows, "search_record": rows["search_record"][:3]}
    last = rows["search_record"][3]["id"]

    reader.publish(partition(rows=fewer, state="FL", locales=("en",)))
    assert shown(url)[last]["ingest"]["states"] == ["AL"]
    reader.publish(partition(rows=fewer, state="AL", locales=("en",)))
    assert last not in shown(url)


def test_tenants_do_not_see_each_other(reader, url) -> None:
    reader.publish(partition(6))
    reader.publish(partition(3, tenant="prairie", state="IA"))
    assert reader.withdraw("prairie", "IA") > 0
    assert len(shown(url)) == 6
    assert shown(url, "prairie-resources_en") == {}
    assert {o["tenant_id"] for o in found(url, "organizations", ALL)} == {"gulf"}


def test_an_added_locale_builds_anew_and_a_dropped_one_goes(reader, url) -> None:
    reader.publish(partition(locales=("en",)))
    assert reader.publish(partition()).details["mode"] == "bulk: other indices are wanted"
    assert len(shown(url, "gulf-resources_es")) == 12
    reader.publish(partition(locales=("en",)))
    aliases = {alias for about in ask(url, "GET", "/_alias").values() for alias in about["aliases"]}
    assert aliases == {"gulf-resources_en", "gulf-taxonomies_v2_en", "organizations"}


def test_a_state_without_records_still_has_its_indices(reader, url) -> None:
    rows = {**search_rows(1, tenant="gulf"), "search_record": []}
    reader.publish(partition(rows=rows))
    assert shown(url) == shown(url, "gulf-resources_es") == {}


def test_values_that_left_the_stage_leave_every_byte(reader, url) -> None:
    rows = search_rows(12, tenant="gulf", state="FL")
    record = rows["search_record"][5]
    record["phone"] = "canary-phone"
    rows["search_record"][6]["service_name"] = "canary-service"
    rows["search_record"][7]["_internal"] = "canary-never"
    reader.publish(partition(rows=rows))
    day_one = dump_bytes(url)
    assert b"canary-phone" in day_one
    assert b"canary-service" in day_one
    assert b"canary-never" not in day_one

    clean = copy.deepcopy(rows)
    clean["search_record"][5]["phone"] = None
    del clean["search_record"][6]
    reader.publish(partition(rows=clean))

    found_bytes = dump_bytes(url)
    assert b"Service 1" in found_bytes
    assert b"canary" not in found_bytes


def test_a_record_that_is_gone_is_not_kept_for_a_rollback(reader_at, url) -> None:
    reader = reader_at(url, mode="bulk")
    rows = search_rows(12, tenant="gulf", state="FL")
    rows["search_record"][6]["service_name"] = "canary-service"
    reader.publish(partition(rows=rows))
    reader.publish(partition(rows={**rows, "search_record": rows["search_record"][:6]}))
    assert b"canary" not in dump_bytes(url)
    assert reader_at(url).published("gulf", "FL")


def test_too_many_deletes_are_refused_unless_allowed(reader, url, monkeypatch) -> None:
    reader.publish(partition(12))
    few = partition(2)
    with pytest.raises(PublishError, match="10 of 12 published documents would be deleted") as caught:
        reader.publish(few)
    assert "max_delete_share" in str(caught.value)
    assert len(shown(url)) == 12
    assert reader.published("gulf", "FL") == partition(12).version

    monkeypatch.setenv("DAGSTER_INGEST_ALLOW_DELETES", "gulf/AL, gulf/FL")
    assert reader.publish(few).deleted >= 10
    assert len(shown(url)) == 2


def test_a_rollback_shows_what_a_bulk_publish_replaced_once(reader_at, url) -> None:
    reader = reader_at(url, mode="bulk")
    reader.publish(partition(12))
    old, first = shown(url), reader.published("gulf", "FL")
    rows = copy.deepcopy(search_rows(12, tenant="gulf", state="FL", languages=("es",)))
    rows["search_record"][0]["display_name"] = "Renamed"
    reader.publish(partition(rows=rows))
    assert "Renamed" in {d["name"] for d in shown(url).values()}

    said = reader.rollback("gulf")

    assert "5 indices" in said
    assert shown(url) == old
    assert reader.published("gulf", "FL") == first
    with pytest.raises(PublishError, match="nothing is kept"):
        reader.rollback("gulf")


def test_the_first_change_removes_what_was_kept(reader, reader_at, url) -> None:
    bulk = reader_at(url, mode="bulk")
    for version in ("one", "two"):
        bulk.publish(partition(12, version=version))
    reader.publish(partition(11))
    with pytest.raises(PublishError, match="nothing is kept"):
        reader.rollback("gulf")
    assert len([i for i in ask(url, "GET", "/_alias") if i.startswith("gulf-")]) == 5


def test_what_was_kept_goes_once_the_tenant_wants_none(reader_at, url) -> None:
    for version in ("one", "two"):
        reader_at(url, mode="bulk").publish(partition(12, version=version))

    done = reader_at(url, keep_previous=False).publish(partition(12, version="two"))

    assert not done.changed
    assert len([i for i in ask(url, "GET", "/_alias") if i.startswith("gulf-")]) == 5


def test_two_publishers_of_one_tenant_lose_nothing(url, reader_at) -> None:
    faults: list[Exception] = []

    def run(state: str) -> None:
        try:
            reader_at(url, lock_seconds=60, patient=True).publish(partition(8, state=state))
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(state,)) for state in ("FL", "AL", "GA")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert len(shown(url)) == 24
    assert len([i for i in ask(url, "GET", "/_alias") if i.startswith("gulf-")]) in (5, 10)


def test_an_application_finds_records_by_name_code_and_facet(reader, url) -> None:
    given = search_rows(12, tenant="gulf", state="FL", languages=("es",))
    reader.publish(partition(rows=given))
    document = next(iter(shown(url).values()))
    code = document["taxonomies"][0]["code"]

    def ids(query, alias="gulf-resources_en", **more):
        return [d["id"] for d in found(url, alias, query, **more)]

    named = {"multi_match": {"query": document["name"], "fields": ["name"], "operator": "and"}}
    nested = {"match_phrase_prefix": {"taxonomies.code": code[:4]}}
    exact = {"term": {"taxonomies.code.raw": code}}
    assert document["id"] in ids(named)
    assert document["id"] in ids({"nested": {"path": "taxonomies", "query": nested}})
    assert document["id"] in ids({"nested": {"path": "taxonomies", "query": exact}})
    assert len(ids({"term": {"facets.languages.keyword": "English"}})) == 12
    assert ids(ALL, sort=[{"priority": "desc"}, {"name.raw": "asc"}, {"service_at_location_id.raw": "asc"}])
    first = given["service"][0]["name"]
    assert ids({"match_phrase": {"service.name": f"es: {first}"}}, "gulf-resources_es")


def test_an_application_finds_records_by_place_and_terms_by_their_beginning(request, reader, url) -> None:
    if request.node.callspec.params["server"] == ELASTICSEARCH_8:
        pytest.skip("its fields of shapes and suggestions are stand-ins that take anything")
    reader.publish(partition())
    document = next(iter(shown(url).values()))
    point = document["location"]["point"]

    def inside(lon, lat):
        shape = {"type": "point", "coordinates": [lon, lat]}
        query = {"geo_shape": {"service_area": {"shape": shape, "relation": "contains"}}}
        return [d["id"] for d in found(url, "gulf-resources_en", query)]

    assert document["id"] in inside(point["lon"], point["lat"])
    assert inside(point["lon"] + 20, point["lat"]) == []
    suggest = {
        "multi_match": {"query": "XA", "type": "bool_prefix", "fields": ["code", "code._2gram", "name"]}
    }
    assert found(url, "gulf-taxonomies_v2_en", suggest)
