"""Cache, terms of storage, budget, and what stays when a provider does not answer."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_ingest.enhance.geocoding import Cache
from dagster_ingest.enhance.geocoding.cache import Terms
from dagster_ingest.enhance.geocoding.kinds import Found, Kept, Point
from dagster_ingest.testing.fake.geocoders import CENSUS, GOOGLE, MAPBOX, PELIAS
from dagster_ingest.testing.http import faults
from tests.enhance.geocoding.conftest import World, frame, location
from tests.enhance.hosts import DAY

NOW = datetime(2026, 10, 1)


def test_yesterdays_values_stay_while_a_provider_is_down(world: World) -> None:
    settings = world.settings("census", refresh_days=1, keep_days=30, attempts=1)
    first = world.run(frame(location("a"), location("b", "202 Oak Ave")), settings)
    world.clock.at += 2 * DAY
    world.server.script(CENSUS, faults.status(503), times=None)

    second = world.run(frame(location("a"), location("b", "909 New Street")), settings)

    assert second.frame["precision"].to_list() == ["street", "zip"]
    assert second.frame.row(0)[:6] == first.frame.row(0)[:6]
    report = second.report.providers["census"]
    assert (report.state, report.kept, second.report.waiting) == ("down", 1, 1)


def test_a_point_is_asked_for_again_when_it_is_old(world: World) -> None:
    settings = world.settings("pelias", refresh_days=10)
    world.run(frame(location("a")), settings)
    world.clock.at += 11 * DAY

    done = world.run(frame(location("a")), settings)

    assert world.server.count(PELIAS) == 2
    assert done.frame["located_at"].to_list() == [
        datetime.fromtimestamp(world.clock.at, UTC).replace(tzinfo=None)
    ]


def test_a_miss_is_asked_for_again_when_it_is_old(world: World) -> None:
    settings = world.settings("pelias", misses_days=5)
    rows = frame(location("a", "999 Nowhere St"))
    for _ in range(2):
        world.run(rows, settings)
    world.clock.at += 6 * DAY

    world.run(rows, settings)

    assert world.server.count(PELIAS) == 2


def test_a_point_of_google_is_gone_after_thirty_days_though_google_is_down(world: World) -> None:
    settings = world.settings("google", attempts=1)
    world.run(frame(location("a")), settings)
    world.clock.at += 31 * DAY
    world.server.script(GOOGLE, faults.status(500), times=None)

    done = world.run(frame(location("a")), settings)

    assert done.frame["precision"].to_list() == ["zip"]
    assert done.report.purged == 1
    assert b"41.6001" not in (world.folder / "geocode.sqlite").read_bytes()


def test_the_last_result_stands_in_for_a_cache_that_was_lost(world: World) -> None:
    settings = world.settings("census", attempts=1)
    rows = frame(location("a"))
    first = world.run(rows, settings)
    (world.folder / "geocode.sqlite").unlink()
    world.clock.at += DAY
    world.server.script(CENSUS, faults.status(500), times=None)

    second = world.run(rows, settings, previous=first.frame)

    assert second.frame["precision"].to_list() == ["street"]
    assert second.frame["located_at"].to_list() == first.frame["located_at"].to_list()
    assert second.report.providers["census"].state == "idle"


def test_the_budget_cuts_the_last_batch_and_the_next_run_goes_on(world: World) -> None:
    rows = frame(*(location(f"l{n}", f"{n} Main Street") for n in range(1, 8)))
    settings = world.settings("census", batch=3, budget={"lookups": 4})

    first = world.run(rows, settings)
    second = world.run(rows, settings)

    assert (first.report.providers["census"].state, first.report.waiting) == ("budget", 3)
    assert (second.report.providers["census"].lookups, second.report.waiting) == (3, 0)


def test_money_is_counted_for_attempts_that_fail_too(world: World) -> None:
    world.server.script(MAPBOX, faults.status(500))
    settings = world.settings("mapbox", price_per_1000=100, budget={"money": 0.4})

    done = world.run(frame(location("a"), location("b", "202 Oak Ave")), settings)

    assert done.report.money == pytest.approx(0.4)
    assert done.report.providers["mapbox"].lookups == 4
    assert set(done.frame["precision"]) == {"street"}


def test_a_spent_budget_leaves_earlier_values(world: World) -> None:
    settings = world.settings("google", refresh_days=1, budget={"money": 0.005})
    world.run(frame(location("a")), settings)
    world.clock.at += 2 * DAY

    done = world.run(frame(location("z", "909 Elm St"), location("a")), settings)

    assert done.frame["precision"].to_list() == ["zip", "street"]
    assert (done.report.providers["google"].state, done.report.providers["google"].kept) == ("budget", 1)


def test_answers_are_kept_as_they_come(world: World) -> None:
    rows = frame(*(location(f"l{n}", f"{n} Main Street") for n in range(1, 5)))
    world.server.script(PELIAS, faults.status(500), on=3)

    first = world.run(rows, world.settings("pelias", attempts=1))
    second = world.run(rows, world.settings("pelias", attempts=1))

    assert (first.report.providers["pelias"].answered, second.report.providers["pelias"].answered) == (2, 2)


def test_no_address_can_be_read_from_the_cache(world: World) -> None:
    world.run(frame(location("a"), location("b", "909 Hidden Hollow")), world.settings("census"))

    kept = (world.folder / "geocode.sqlite").read_bytes().upper()

    assert b"MAIN" not in kept
    assert b"HOLLOW" not in kept
    assert b"50309" not in kept


def test_an_address_whose_location_is_gone_leaves_the_cache(world: World) -> None:
    settings = world.settings("census")
    first = world.run(frame(location("a"), location("b", "202 Oak Ave"), location("c")), settings)
    gone = first.frame["address_key"][1]

    second = world.run(frame(location("c")), settings, previous=first.frame)

    kept = (world.folder / "geocode.sqlite").read_bytes()
    assert second.report.purged == 1
    assert gone.encode() not in kept
    assert first.frame["address_key"][2].encode() in kept  # another location has it
    assert world.server.count(CENSUS) == 1


def test_a_damaged_cache_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "geocode.sqlite"
    path.write_bytes(b"not a database, " * 500)

    with Cache(path) as cache:
        assert cache.rebuilt
        assert (tmp_path / "geocode.sqlite.damaged").is_file()
        cache.put("census", "v", {"k": Kept(None, NOW)})
        assert cache.get("census", "v", ["k"]) == {"k": Kept(None, NOW)}


def test_versions_and_providers_do_not_share_answers(tmp_path: Path) -> None:
    kept = Kept(Found(Point(1.5, 2.5), "rooftop"), NOW)
    with Cache(tmp_path / "c.sqlite") as cache:
        cache.put("census", "1", {"k": kept})

        assert cache.get("census", "1", ["k", "other"]) == {"k": kept}
        assert cache.get("census", "2", ["k"]) == cache.get("pelias", "1", ["k"]) == {}
        assert cache.purge({"pelias": Terms(1, 1)}, datetime(2027, 1, 1)) == 0
        assert cache.purge({"census": Terms(30, 1)}, datetime(2026, 10, 30)) == 0
        assert cache.purge({"census": Terms(30, 1)}, datetime(2026, 11, 1)) == 1


def test_many_keys_are_read_in_one_call(tmp_path: Path) -> None:
    with Cache(tmp_path / "c.sqlite") as cache:
        cache.put("p", "1", {str(n): Kept(None, NOW) for n in range(1201)})

        assert len(cache.get("p", "1", map(str, range(2000)))) == 1201


def test_a_cache_that_another_run_writes_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    with Cache(path) as one, Cache(path) as other:
        one.put("p", "1", {"a": Kept(None, NOW)})
        other.put("p", "1", {"b": Kept(None, NOW)})

        assert set(one.get("p", "1", ["a", "b"])) == {"a", "b"}
    assert sqlite3.connect(path).execute("select count(*) from answer").fetchone() == (2,)
