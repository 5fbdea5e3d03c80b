"""Each rung of the ladder, and what keeps a row off it."""

import polars as pl
import pytest

from dagster_ingest.enhance.geocoding import VOLATILE, Cache, location_rows
from tests.enhance.geocoding.conftest import World, frame, location
from tests.enhance.hosts import DAY


def test_each_location_has_the_best_rung_it_can_have(world: World) -> None:
    rows = frame(
        location("source", latitude=41.6, longitude=-93.6),
        location("street"),
        location("zip", "999 Nowhere Street"),
        location("city", "999 Nowhere Street", postal_code="00000"),
        location("county", None, city=None, postal_code="00000", region="Polk County")
        | {"address_1": "Rural"},
        location("none", None, city=None, postal_code=None),
    )

    done = world.run(rows, world.settings("census"))

    assert dict(done.frame.select("id", "precision").iter_rows()) == {
        name: name for name in ("source", "street", "zip", "city", "county", "none")
    }
    providers = done.frame["provider"].to_list()
    assert providers == ["source", "census/Public_AR_Current", "zipcodes", "zipcodes", "us-atlas", None]
    assert done.report.by_precision == dict.fromkeys(("source", "street", "zip", "city", "county", "none"), 1)
    street = done.frame.row(1, named=True)
    assert (street["latitude"], street["longitude"]) == (41.6001, -93.6091)


def test_a_second_run_sends_nothing_and_differs_in_nothing_that_counts(world: World) -> None:
    rows = frame(location("a"), location("b", "202 Oak Ave."), location("c", "999 Nowhere St"))
    settings = world.settings("census")
    first = world.run(rows, settings)
    asked = len(world.server.asked)
    world.clock.at += DAY

    second = world.run(rows, settings)

    assert len(world.server.asked) == asked
    assert second.frame.drop(VOLATILE).equals(first.frame.drop(VOLATILE))
    assert second.frame["from_cache"].to_list() == [True, True, False]
    assert (second.report.misses, second.report.providers["census"].state) == (1, "idle")


def test_only_the_address_that_changed_is_sent(world: World) -> None:
    settings = world.settings("pelias")
    world.run(frame(location("a"), location("b", "202 Oak Ave")), settings)
    world.town.seen.clear()

    done = world.run(frame(location("a", "101 Main St Suite 4"), location("b", "909 Elm St")), settings)

    assert world.town.seen == ["909 ELM ST"]
    assert done.frame["precision"].to_list() == ["street", "zip"]


def test_one_address_of_two_locations_is_sent_once(world: World) -> None:
    done = world.run(frame(location("a"), location("b", "101 MAIN ST., #5")), world.settings("pelias"))

    assert world.town.seen == ["101 MAIN ST"]
    assert done.frame["precision"].to_list() == ["street", "street"]


@pytest.mark.parametrize(
    "row",
    [
        location("x", location_type="virtual"),
        location("x", location_type="virtual", latitude=41.6, longitude=-93.6),
        location("x", "Confidential - call for address"),
        location("x", address_2="Location undisclosed"),
        location("x", description="Address withheld, Des Moines", latitude=41.6, longitude=-93.6),
    ],
)
def test_a_withheld_address_is_not_sent_and_not_made_again(world: World, row: dict) -> None:
    done = world.run(frame(row), world.settings("census", "pelias"))

    assert world.server.asked == []
    told = done.frame.row(0, named=True)
    assert (told["latitude"], told["longitude"], told["precision"], told["address_key"]) == (
        None,
        None,
        "none",
        None,
    )
    assert told["note"] in ("virtual", "withheld")
    assert done.report.withheld == 1


def test_an_address_that_turns_private_loses_its_point_the_next_day(world: World) -> None:
    settings = world.settings("census")
    first = world.run(frame(location("a")), settings)

    second = world.run(frame(location("a", location_type="virtual")), settings, previous=first.frame)

    assert second.frame["latitude"].to_list() == [None]
    with Cache(world.folder / "geocode.sqlite") as cache:
        assert cache.get("census", "Public_AR_Current", first.frame["address_key"]) == {}


def test_another_locations_answer_for_the_same_address_stays(world: World) -> None:
    settings = world.settings("census")
    first = world.run(frame(location("a"), location("b")), settings)

    rows = frame(location("a", location_type="virtual"), location("b"))
    second = world.run(rows, settings, previous=first.frame)

    assert second.frame["precision"].to_list() == ["none", "street"]
    assert second.report.providers["census"].state == "idle"


@pytest.mark.parametrize(
    "street", ["P.O. Box 12", "PO BOX 77, Station A", "General Delivery", "Online", "Main Street"]
)
def test_what_is_no_spot_on_a_street_is_not_sent(world: World, street: str) -> None:
    done = world.run(frame(location("a", street)), world.settings("census"))

    assert world.server.asked == []
    assert done.frame["precision"].to_list() == ["zip"]


def test_a_zip_code_of_another_state_is_not_believed(world: World) -> None:
    done = world.run(frame(location("a", "1 Rural", postal_code="10001")), world.settings())

    assert done.frame["precision"].to_list() == ["city"]


def test_without_centroids_only_true_points_count(world: World) -> None:
    settings = world.settings("census").model_copy(update={"centroids": False})

    done = world.run(frame(location("a", "999 Nowhere St")), settings)

    assert done.frame.select("precision", "note").row(0) == ("none", "not found")


def test_implausible_points_of_the_source_are_told_and_not_used(world: World) -> None:
    rows = frame(
        location("zero", latitude=0.0, longitude=0.0),
        location("swapped", latitude=-93.6, longitude=41.6),
        location("sign", latitude=41.6, longitude=93.6),
        location("state", latitude=33.0, longitude=-85.0),
        location("far", latitude=40.6, longitude=-95.9),
    )

    done = world.run(rows, world.settings())

    assert {f.id: f.fault for f in done.report.findings} == {name: name for name in rows["id"]}
    assert done.frame["precision"].to_list() == ["zip", "zip", "zip", "zip", "source"]
    assert [f.used for f in done.report.findings] == [False, False, False, False, True]


def test_a_providers_point_in_the_wrong_place_is_not_used(world: World) -> None:
    rows = frame(location("far", "404 Far Away Lane"), location("state", "505 Wrong State St"))

    done = world.run(rows, world.settings("census"))

    assert {(f.id, f.fault, f.by) for f in done.report.findings} == {
        ("far", "far", "census"),
        ("state", "state", "census"),
    }
    assert done.frame["precision"].to_list() == ["zip", "zip"]


def test_a_location_takes_its_physical_address() -> None:
    locations = pl.DataFrame({"id": ["l1", "l2"], "location_type": ["physical", "physical"]})
    addresses = pl.DataFrame(
        {
            "id": ["a3", "a2", "a1"],
            "location_id": ["l1", "l1", "l1"],
            "address_1": ["3 Third", "2 Second", "PO Box 1"],
            "address_2": [None, None, None],
            "city": ["Ames", "Ames", "Ames"],
            "region": ["Story", "Story", "Story"],
            "state_province": ["IA", "IA", "IA"],
            "postal_code": ["50010", "50010", "50010"],
            "country": ["US", "US", "US"],
            "address_type": ["physical", "physical", "postal"],
        }
    )

    rows = location_rows(locations, addresses)

    assert rows["address_1"].to_list() == ["2 Second", None]
