"""Redirects that a tenant declares: only to what is published, never in chains, undone when taken back."""

from __future__ import annotations

import copy

import pytest

from dagster_ingest.publish.mongodb import publishing, shadow
from dagster_ingest.testing.mongodb import documents, dump_bytes
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows

pytestmark = pytest.mark.mongodb

ROWS = search_rows(6, tenant="gulf", state="FL")
IDS = [row["service_at_location_id"] for row in ROWS["search_record"]]


def partition(rows=ROWS, *, state="FL", tenant="gulf", **redirects):
    """`redirects`: old id to new, or to the number of a record."""
    led = {old: IDS[new] if isinstance(new, int) else new for old, new in redirects.items()}
    return stage_partition(rows, tenant=tenant, state=state, redirects=led)


def without(*numbers: int):
    rows = copy.deepcopy(ROWS)
    rows["search_record"] = [r for n, r in enumerate(rows["search_record"]) if n not in numbers]
    return rows


@pytest.fixture
def led(uri, database):
    """Old id to new, as the store has it."""
    return lambda: {d["_id"]: d["newId"] for d in documents(uri, database, "redirects").values()}


def test_a_declared_redirect_stands_and_a_second_publish_writes_nothing(reader, led, uri, database) -> None:
    done = reader.publish(partition(old_one=0, old_two="old_one"))
    assert done.details["redirects"] == 2
    assert led() == {"old_one": IDS[0], "old_two": IDS[0]}
    before = dump_bytes(uri, database)
    assert not reader.publish(partition(old_one=0, old_two="old_one")).changed
    assert reader.apply(partition(old_one=0, old_two="old_one"), bulk=True).details["redirects"] == 0
    assert led() == {"old_one": IDS[0], "old_two": IDS[0]}
    assert b"old_two" in before


def test_no_document_is_written_for_a_new_redirect(reader, led) -> None:
    reader.publish(partition())
    done = reader.publish(partition(old_one=3))
    assert (done.written, done.deleted, done.details["redirects"]) == (0, 0, 1)
    assert led() == {"old_one": IDS[3]}


def test_merged_records_lead_to_the_one_that_is_left(reader, led) -> None:
    reader.publish(partition())
    merged = {IDS[1]: IDS[0]}
    reader.publish(partition(**merged))
    assert led() == {}, "both are still published"
    done = reader.publish(partition(without(1), **merged))
    assert done.deleted == 1
    assert led() == {IDS[1]: IDS[0]}


def test_nothing_leads_to_a_record_that_turned_private_and_the_redirect_comes_back_with_it(
    reader, led, uri, database
) -> None:
    reader.publish(partition(old_one=2))
    reader.publish(partition(without(2), old_one=2))
    assert led() == {}
    assert IDS[2].encode() not in dump_bytes(uri, database)
    reader.publish(partition(old_one=2))
    assert led() == {"old_one": IDS[2]}


def test_what_the_tenant_takes_back_goes(reader, led) -> None:
    reader.publish(partition(old_one=2, old_two=3))
    reader.publish(partition(old_two=3))
    assert led() == {"old_two": IDS[3]}


def test_a_state_keeps_the_redirects_to_records_of_another(reader, led) -> None:
    other = search_rows(3, tenant="gulf", state="AL", seed=2)
    for row in other["search_record"]:
        row["service_at_location_id"] = f"al-{row['service_at_location_id']}"
    alabama = other["search_record"][0]["service_at_location_id"]
    both = {"old_one": 0, "old_two": alabama}
    reader.publish(partition(**both))
    reader.publish(partition(other, state="AL", **both))
    assert led() == {"old_one": IDS[0], "old_two": alabama}
    reader.publish(partition(without(5), **both))
    assert led() == {"old_one": IDS[0], "old_two": alabama}
    reader.withdraw("gulf", "AL")
    assert led() == {"old_one": IDS[0]}


def test_an_old_id_that_another_tenant_has_a_redirect_for_is_left_to_it(reader, led) -> None:
    reader.publish(partition(old_one=0))
    theirs = search_rows(3, tenant="prairie", state="IA")
    new = theirs["search_record"][0]["service_at_location_id"]
    done = reader.publish(partition(theirs, tenant="prairie", state="IA", old_one=new, old_three=new))
    assert done.details["redirects_of_others"] == 1
    assert led() == {"old_one": IDS[0], "old_three": new}


def test_a_publisher_that_dies_right_after_the_rename_has_led_what_moved(reader, led, monkeypatch) -> None:
    reader.publish(partition())
    new = "00000000-0000-4000-8000-000000000001"
    moved = renumbered(ROWS, 0, new)

    def reach(point: str) -> None:
        if point == "publish.swapped":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shadow.faults, "reach", reach)
        with pytest.raises(KeyboardInterrupt):
            reader.apply(partition(moved), bulk=True)
    reader.publish(partition(moved))

    assert led() == {IDS[0]: new}


def renumbered(some, number: int, to: str):
    """The rows, one record with another public id and the same id in its source."""
    made = copy.deepcopy(some)
    made["search_record"][number]["service_at_location_id"] = to
    made["service_at_location"][number]["id"] = to
    return made


def test_a_record_of_another_system_with_the_same_number_is_not_where_the_old_one_went(reader, led) -> None:
    rows = copy.deepcopy(ROWS)
    for number in (0, 1):
        rows["search_record"][number]["original_id"] = "42"
    reader.publish(partition(rows))
    del rows["search_record"][0]
    reader.publish(partition(rows))
    assert led() == {}


def test_of_two_that_come_with_the_number_of_one_that_went_neither_is_where_it_went(reader, led) -> None:
    rows = copy.deepcopy(ROWS)
    reader.publish(partition(without(1)))
    rows["search_record"][1]["original_id"] = rows["search_record"][0]["original_id"]
    reader.publish(partition(renumbered(rows, 0, "00000000-0000-4000-8000-000000000001")))
    assert led() == {}


def test_what_moved_is_found_by_the_publish_after_one_that_stopped(reader, led, monkeypatch) -> None:
    reader.publish(partition())
    new = "00000000-0000-4000-8000-000000000001"

    def stops(*_) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_AT_ONCE", -1)  # by key, so that the new one is shown by then
        patch.setattr(publishing, "_redirect", stops)
        with pytest.raises(KeyboardInterrupt):
            reader.publish(partition(renumbered(ROWS, 0, new)))
    reader.publish(partition(renumbered(ROWS, 0, new)))
    assert led() == {IDS[0]: new}
