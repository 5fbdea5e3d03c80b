"""The mongodb reader over a stand-in: what it shows, what it writes, whom it leaves alone, what breaks it."""

from __future__ import annotations

import copy
import threading

import pytest

from dagster_ingest.errors import PublishError, SpecError, Unavailable
from dagster_ingest.publish.mongodb import ledger, shadow
from dagster_ingest.publish.mongodb.driver import Overtaken, PyMongoError, connected, write
from dagster_ingest.publish.mongodb.keys import Resources
from dagster_ingest.testing.mongodb import documents, dump_bytes
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows

pytestmark = pytest.mark.mongodb


def partition(services=10, *, tenant="gulf", state="FL", seed=1, rows=None, **parts):
    some = rows or search_rows(services, seed=seed, tenant=tenant, state=state, languages=("es",))
    return stage_partition(some, tenant=tenant, state=state, locales=("en", "es"), **parts)


def test_a_first_publish_shows_every_record_with_every_locale(reader, uri, database) -> None:
    given = partition()

    done = reader.publish(given)

    found = documents(uri, database, "resources")
    assert (done.changed, done.written, done.rows) == (True, 10, {"resources": 10})
    assert reader.published("gulf", "FL") == given.version
    assert set(found) == {r["service_at_location_id"] for r in given.table("search_record").to_pylist()}
    assert {tuple(t["locale"] for t in d["translations"]) for d in found.values()} == {("en", "es")}
    assert {d["tenant_id"] for d in found.values()} == {"gulf"}
    assert reader.verify(given).problems == ()
    with connected(uri, database) as store:
        keys = [tuple(i["key"]) for i in store["resources"].list_indexes()]
    assert ("tenant_id", "serviceAtLocationId") in keys
    assert ("location",) in keys


def test_the_same_again_writes_nothing(reader) -> None:
    reader.publish(partition(version="one"))
    assert not reader.publish(partition(version="one")).changed
    done = reader.publish(partition(version="two"))
    assert (done.changed, done.written, done.deleted) == (True, 0, 0)


def test_a_change_writes_its_documents_alone_and_says_so_before(reader, uri, database) -> None:
    rows = search_rows(30, tenant="gulf", state="FL", languages=("es",))
    reader.publish(partition(rows=rows))
    changed = copy.deepcopy(rows)
    gone = changed["search_record"].pop()
    called = changed["search_record"][0] | {"phone": "850-555-0100"}
    changed["search_record"][0] = called
    given = partition(rows=changed)

    planned = reader.plan(given)
    done = reader.publish(given)

    assert (planned.written, planned.deleted) == ({"resources": 1}, {"resources": 1})
    assert (done.written, done.deleted) == (1, 1)
    found = documents(uri, database, "resources")
    assert gone["id"] not in found
    assert found[called["id"]]["displayPhoneNumber"] == "850-555-0100"


def test_bulk_beside_another_tenant_writes_every_document_of_the_state_by_key(
    reader, reader_at, uri, database
) -> None:
    reader.publish(partition(4, state="AL"))
    reader.publish(partition(3, tenant="prairie", state="IA"))
    reader.publish(partition())
    before = documents(uri, database, "resources")
    done = reader_at(uri, mode="bulk").publish(partition(version="again"))
    after = documents(uri, database, "resources")
    assert (done.written, done.details["way"]) == (10, "transaction")
    untouched = [key for key in before if before[key] == after[key]]
    assert {tuple(after[key]["ingest"]["states"]) for key in untouched} == {("AL",), ("IA",)}
    assert len(untouched) == 7


def test_bulk_of_the_only_tenant_swaps_the_collection(reader, reader_at, uri, database) -> None:
    reader.publish(partition(4, state="AL"))
    reader.publish(partition())
    before = _said(documents(uri, database, "resources"))
    done = reader_at(uri, mode="bulk").publish(partition(version="again"))
    assert (done.written, done.deleted, done.details["way"]) == (10, 0, "aside")
    assert _said(documents(uri, database, "resources")) == before
    with connected(uri, database) as store:
        assert len([i["key"] for i in store["resources"].list_indexes()]) == 6
        names = [n for n in store.list_collection_names() if n.startswith(ledger.ASIDE)]
    assert names == []
    fewer = partition(8)
    assert reader.apply(fewer, bulk=True).deleted == 2
    assert len(documents(uri, database, "resources")) == 12


def test_a_swap_waits_for_no_one_and_nobody_writes_during_one(reader, reader_at, uri, database) -> None:
    """Another tenant at work: by key. The gate taken: the others wait, and who is dead can swap no more."""
    with connected(uri, database) as store:
        with ledger.held(store, "prairie", 1.0) as other:
            beside = reader_at(uri, sleep=lambda _: other.alive_now())
            assert beside.publish(partition()).details["way"] == "transaction"
        with ledger.held(store, ledger.GATE, 1.0):
            store[f"{ledger.ASIDE}left"].insert_one({"_id": 1})
            with pytest.raises(Unavailable, match="another publisher"):
                reader_at(uri, lock_seconds=0).publish(partition(9))
            assert reader_at(uri, silence_seconds=0.0).publish(partition(9)).changed
        assert f"{ledger.ASIDE}left" not in store.list_collection_names()


@pytest.mark.parametrize("fault", [PyMongoError, KeyboardInterrupt, ZeroDivisionError])
def test_a_swap_that_fails_leaves_no_copy_aside(fault, reader, uri, database, monkeypatch) -> None:
    reader.publish(partition())
    shown = documents(uri, database, "resources")

    def breaks(*_) -> None:
        raise fault

    monkeypatch.setattr(shadow, "_agreed", breaks)
    with pytest.raises(Unavailable if fault is PyMongoError else fault):
        reader.apply(partition(9), bulk=True)
    assert _aside(uri, database) == []
    assert documents(uri, database, "resources") == shown


@pytest.mark.parametrize("bulk", [False, True])
def test_what_was_left_aside_is_dropped_where_the_gate_is_free(bulk, reader, uri, database) -> None:
    reader.publish(partition())
    with connected(uri, database) as store:
        store[f"{ledger.ASIDE}left"].insert_one({"_id": 1})
    reader.apply(partition(9), bulk=bulk)
    assert _aside(uri, database) == []


def test_a_silent_publisher_of_another_tenant_holds_up_no_swap(reader_at, uri, database) -> None:
    """As one that died on another host: nobody here can tell that its process is gone."""
    with connected(uri, database) as store, ledger.held(store, "prairie", 1.0) as silent:
        done = reader_at(uri, silence_seconds=0.2).publish(partition())
        assert done.details["way"] == "aside"
        with pytest.raises(Unavailable, match="has taken over tenant prairie"):
            silent.sign("IA", None)
        with ledger.held(store, "prairie", 0.0) as next_one:
            assert next_one.overtook
        with ledger.held(store, "prairie", 0.0) as next_one:
            assert not next_one.overtook


def test_a_store_that_is_gone_at_the_end_does_not_hide_what_broke(uri, database, monkeypatch) -> None:
    def gone(*_) -> None:
        raise PyMongoError

    def breaks(store) -> None:
        with ledger.held(store, "gulf", 1.0) as mine:
            monkeypatch.setattr(mine, "_change", gone)
            raise ZeroDivisionError

    with connected(uri, database) as store, pytest.raises(ZeroDivisionError):
        breaks(store)


def test_who_waits_at_the_gate_gives_signs_of_life(reader_at, uri, database, monkeypatch) -> None:
    """Else who swaps would wait for him, take him for dead, and overtake him."""
    monkeypatch.setattr(ledger, "_BEAT", -1.0)
    beats: list[int] = []

    def waits(_: float) -> None:
        beats.append(documents(uri, database, ledger.LEDGER)["gulf"]["beat"])
        if len(beats) == 3:
            raise KeyboardInterrupt

    with (
        connected(uri, database) as store,
        ledger.held(store, ledger.GATE, 1.0),
        pytest.raises(KeyboardInterrupt),
    ):
        reader_at(uri, sleep=waits).publish(partition(3))
    assert beats == sorted(set(beats))


def test_a_withdrawal_looks_again_for_what_an_overtaken_publisher_adds_late(
    reader, reader_at, uri, database
) -> None:
    reader.publish(partition(3))
    with connected(uri, database) as store, ledger.held(store, "gulf", 1.0) as slow:
        late = {"_id": "late", "ingest": {"states": ["FL"]}, "tenant_id": "gulf"}

        def comes_late(_: float) -> None:
            if store["resources"].count_documents({}) == 0:
                write(store["resources"], [Resources(store, "gulf").put(late, slow.token, new=True)])
                added.append(late)

        added: list[dict] = []
        removed = reader_at(uri, silence_seconds=0.2, sleep=comes_late).withdraw("gulf", "FL")
    assert added
    assert removed == 3 + 1
    assert documents(uri, database, "resources") == {}


def _aside(uri, database):
    with connected(uri, database) as store:
        return [name for name in store.list_collection_names() if name.startswith(ledger.ASIDE)]


def test_documents_that_a_hand_took_away_come_back(reader, uri, database) -> None:
    reader.publish(partition())
    with connected(uri, database) as store:
        store["resources"].drop()
    assert reader.published("gulf", "FL") is None
    assert reader.publish(partition()).written == 10
    assert reader.published("gulf", "FL") == partition().version


def _said(found):
    """Documents without the number of the publisher."""
    return {key: {**d, "ingest": {**d["ingest"], "token": 0}} for key, d in found.items()}


def test_states_and_tenants_leave_each_other_alone(reader, uri, database) -> None:
    reader.publish(partition(4, state="AL"))
    reader.publish(partition(3, tenant="prairie", state="IA"))
    others = documents(uri, database, "resources")
    reader.publish(partition(6))
    assert reader.withdraw("gulf", "FL") == 6
    assert documents(uri, database, "resources") == others
    assert reader.published("gulf", "FL") is None
    assert reader.published("gulf", "AL") is not None


def test_a_record_of_two_states_goes_with_the_last(reader, uri, database) -> None:
    rows = search_rows(4, tenant="gulf", state="FL")
    for state in ("FL", "AL"):
        reader.publish(partition(rows=rows, state=state))
    fewer = {**rows, "search_record": rows["search_record"][:3]}
    last = rows["search_record"][3]["id"]
    reader.publish(partition(rows=fewer, state="FL"))
    assert documents(uri, database, "resources")[last]["ingest"]["states"] == ["AL"]
    reader.publish(partition(rows=fewer, state="AL"))
    assert last not in documents(uri, database, "resources")


def test_a_changed_id_leaves_a_redirect_that_follows_it(reader, uri, database) -> None:
    rows = search_rows(6, tenant="gulf", state="FL")
    reader.publish(partition(rows=rows))
    first = rows["search_record"][0]["id"]

    def renamed(to: str):
        some = copy.deepcopy(rows)
        for entity, column in (("search_record", "service_at_location_id"), ("service_at_location", "id")):
            some[entity][0][column] = to
        return partition(rows=some)

    reader.publish(renamed("00000000-0000-4000-8000-000000000001"))
    second = "00000000-0000-4000-8000-000000000002"
    done = reader.publish(renamed(second))

    assert done.details["redirects"] == 1
    found = documents(uri, database, "redirects")
    assert found[first] == {"_id": first, "newId": second, "tenantId": "gulf"}
    assert {d["newId"] for d in found.values()} == {second}

    reader.publish(partition(rows=rows))
    assert first not in documents(uri, database, "redirects")
    reader.withdraw("gulf", "FL")
    assert documents(uri, database, "redirects") == {}


def test_values_that_left_the_stage_leave_every_byte(reader, uri, database) -> None:
    rows = search_rows(10, tenant="gulf", state="FL")
    rows["search_record"][5]["phone"] = "canary-phone"
    rows["search_record"][6]["service_name"] = "canary-service"
    rows["search_record"][7]["_internal"] = "canary-never"
    reader.publish(partition(rows=rows))
    day_one = dump_bytes(uri, database)
    assert b"canary-phone" in day_one
    assert b"canary-service" in day_one
    assert b"canary-never" not in day_one

    clean = copy.deepcopy(rows)
    clean["search_record"][5]["phone"] = None
    del clean["search_record"][6]
    reader.publish(partition(rows=clean))

    found = dump_bytes(uri, database)
    assert b"Service 1" in found
    assert b"canary" not in found


def test_too_many_deletes_are_refused_unless_allowed(reader, uri, database) -> None:
    reader.publish(partition(10))
    with pytest.raises(PublishError, match="8 of 10 published documents would be deleted"):
        reader.publish(partition(2))
    assert len(documents(uri, database, "resources")) == 10
    assert reader.apply(partition(2), allow_deletes=True).deleted == 8


def test_two_publishers_of_one_tenant_lose_nothing(uri, database, reader_at) -> None:
    caught: list[Exception] = []

    def run(state: str) -> None:
        try:
            reader_at(uri, lock_seconds=60).publish(partition(6, state=state))
        except Exception as error:
            caught.append(error)

    threads = [threading.Thread(target=run, args=(state,)) for state in ("FL", "AL")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert caught == []
    assert len(documents(uri, database, "resources")) == 12


def test_who_was_overtaken_can_neither_write_nor_sign(uri, database, reader, reader_at) -> None:
    reader.publish(partition(3))
    with connected(uri, database) as store, ledger.held(store, "gulf", 1.0) as slow:
        with pytest.raises(Unavailable, match=r"another publisher .* has been at work for 0 s"):
            reader_at(uri, lock_seconds=0).publish(partition(4))
        reader_at(uri, silence_seconds=0.0).publish(partition(4))
        key = next(iter(documents(uri, database, "resources")))
        late = Resources(store, "gulf").put({"_id": key, "ingest": {}}, slow.token, new=True)
        with pytest.raises(Overtaken):
            write(store["resources"], [late])
        with pytest.raises(Unavailable, match="has taken over tenant gulf"):
            slow.sign("FL", None)
    assert reader.published("gulf", "FL") == partition(4).version


def test_a_document_of_another_tenant_id_is_not_taken(reader, reader_at, uri, database) -> None:
    reader.publish(partition(3))
    before = documents(uri, database, "resources")
    with pytest.raises(PublishError, match="held by another tenant"):
        reader_at(uri, tenant_id="5b7a2c1e-6f0d-5c3b-9a54-0d6f2f3a8e11").publish(partition(3))
    assert documents(uri, database, "resources") == before


def test_a_store_that_is_down_is_unavailable(reader_at, monkeypatch) -> None:
    monkeypatch.setattr("dagster_ingest.publish.mongodb.driver._SECONDS", 0.2)
    with pytest.raises(Unavailable, match="MongoDB cannot be used") as caught:
        reader_at("mongodb://publisher:verysecret@127.0.0.1:1").publish(partition(2))
    assert "verysecret" not in str(caught.value)


def test_an_address_that_is_none_is_refused_without_being_quoted(reader_at) -> None:
    with pytest.raises(SpecError, match="does not hold a MongoDB address") as caught:
        reader_at("verysecret@nowhere").publish(partition(2))
    assert "verysecret" not in str(caught.value)


def test_there_is_no_rollback(reader) -> None:
    with pytest.raises(PublishError, match="nothing is kept"):
        reader.rollback("gulf")
