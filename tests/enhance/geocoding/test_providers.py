"""Each provider against its stand-in: what is sent, what comes back, and what goes wrong."""

import dataclasses
import itertools
from collections.abc import Callable

import pytest

from dagster_ingest import redact
from dagster_ingest.testing.fake.geocoders import CENSUS, GOOGLE, KEY, MAPBOX, NOMINATIM, PELIAS
from dagster_ingest.testing.http import faults
from dagster_ingest.testing.http.server import Answer, Fault
from tests.enhance.geocoding.conftest import World, frame, location
from tests.enhance.hosts import PASSING

PATHS = {"census": CENSUS, "nominatim": NOMINATIM, "pelias": PELIAS, "google": GOOGLE, "mapbox": MAPBOX}
every = pytest.mark.parametrize("name", PATHS)


@every
def test_a_street_is_found_and_a_town_is_no_street(world: World, name: str) -> None:
    rows = frame(location("a"), location("b", "303 Coarse Road"), location("c", "999 Nowhere St"))

    done = world.run(rows, world.settings(name))

    assert done.frame["precision"].to_list() == ["street", "zip", "zip"]
    assert done.frame.select("latitude", "longitude").row(0) == (41.6001, -93.6091)
    report = done.report.providers[name]
    assert (report.state, report.lookups, report.answered) == ("ok", 3, 3)


@every
@pytest.mark.parametrize(
    "fault",
    [*PASSING.values(), lambda asked, handler: Answer(200, b'0,"\x00\xff')],
    ids=[*PASSING, "bytes"],
)
def test_what_passes_is_tried_again(world: World, name: str, fault: Fault) -> None:
    world.server.script(PATHS[name], fault)

    done = world.run(frame(location("a")), world.settings(name))

    assert done.frame["precision"].to_list() == ["street"]
    assert world.server.count(PATHS[name]) == 2
    assert done.report.providers[name].lookups == 2


@every
@pytest.mark.parametrize("fault", [faults.status(500), faults.too_many(None)], ids=["500", "429"])
def test_a_provider_that_stays_down_stops_after_its_attempts(world: World, name: str, fault: Fault) -> None:
    world.server.script(PATHS[name], fault, times=None)
    rows = frame(*(location(f"l{n}", f"{n} Main Street") for n in range(1, 9)))

    done = world.run(rows, world.settings(name, attempts=2))

    assert world.server.count(PATHS[name]) == 2 * (4 if name == "google" else 1)
    assert done.report.providers[name].state == "down"
    assert name in done.report.troubled
    assert set(done.frame["precision"]) == {"zip"}
    assert done.report.waiting == 8


@every
def test_a_silent_provider_counts_as_down(world: World, name: str) -> None:
    world.server.script(PATHS[name], faults.silent(world.server.hold), times=None)

    done = world.run(frame(location("a")), world.settings(name, attempts=1, timeout=0.2))

    assert done.report.providers[name].state == "down"
    assert "in time" in done.report.troubled[name]


@every
def test_an_answer_that_drips_is_given_up(world: World, name: str) -> None:
    world.server.script(PATHS[name], faults.drip(world.server.hold, 0.02), times=None)
    ticks = itertools.count()
    timing = dataclasses.replace(world.clock.timing, passed=lambda: next(ticks))

    done = world.run(frame(location("a")), world.settings(name, attempts=1, timeout=3), timing=timing)

    assert "not whole in time" in done.report.troubled[name]


@pytest.mark.parametrize("name", ["google", "mapbox"])
def test_a_key_is_in_no_log(world: World, name: str, caplog: pytest.LogCaptureFixture) -> None:
    redact.forget()
    caplog.set_level("DEBUG")

    world.run(frame(location("a")), world.settings(name))

    assert "HTTP Request" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("name", ["google", "mapbox"])
def test_a_key_that_is_refused_is_told_without_the_key(world: World, name: str) -> None:
    redact.forget()
    world.server.script(PATHS[name], faults.status(403), times=None)

    done = world.run(frame(location("a")), world.settings(name))

    assert done.report.providers[name].state == "refused"
    assert world.server.count(PATHS[name]) == 1
    assert KEY not in done.report.troubled[name]
    assert "Main" not in done.report.troubled[name]


@pytest.mark.parametrize(
    ("status", "state", "calls"),
    [("REQUEST_DENIED", "refused", 1), ("OVER_DAILY_LIMIT", "quota", 1), ("OVER_QUERY_LIMIT", "down", 2)],
)
def test_google_says_it_in_the_body(world: World, status: str, state: str, calls: int) -> None:
    answer = Answer.json({"status": status, "results": []})
    world.server.script(GOOGLE, lambda asked, handler: answer, times=None)

    done = world.run(frame(location("a")), world.settings("google", attempts=2))

    assert done.report.providers["google"].state == state
    assert world.server.count(GOOGLE) == calls


def test_an_answer_of_another_shape_costs_its_address_alone(world: World) -> None:
    def mangled(body: list) -> list:
        return [{"lat": "north", "lon": "west"}]

    world.server.script(NOMINATIM, faults.altered(mangled), on=1)
    rows = frame(location("a"), location("b", "202 Oak Ave"))

    done = world.run(rows, world.settings("nominatim"))

    assert done.frame["precision"].to_list() == ["zip", "street"]
    report = done.report.providers["nominatim"]
    assert (report.state, report.failed, done.report.waiting) == ("ok", 1, 1)
    assert "another shape" in done.report.troubled["nominatim"]


@pytest.mark.parametrize("name", ["census", "mapbox"])
def test_a_batch_that_comes_back_short_is_no_answer(world: World, name: str) -> None:
    def short(asked, handler: Callable) -> Answer:  # type: ignore[no-untyped-def]
        return Answer(200, b'"0","x","No_Match"\n') if name == "census" else Answer.json({"batch": []})

    world.server.script(PATHS[name], short, times=None)

    rows = frame(location("a"), location("b", "202 Oak Ave"))
    done = world.run(rows, world.settings(name, attempts=2))

    assert done.report.providers[name].state == "down"
    assert done.report.waiting == 2


def test_addresses_go_to_the_census_in_batches(world: World) -> None:
    rows = frame(*(location(f"l{n}", f"{n} Main Street") for n in range(1, 8)))

    done = world.run(rows, world.settings("census", batch=3))

    assert world.server.count(CENSUS) == 3
    assert done.report.providers["census"].lookups == 7


def test_nominatim_is_asked_once_a_second(world: World) -> None:
    rows = frame(*(location(f"l{n}", f"{n} Main Street") for n in range(1, 5)))

    world.run(rows, world.settings("nominatim"))

    assert sum(world.clock.slept) == pytest.approx(3)


def test_the_second_provider_is_asked_for_what_the_first_has_not(world: World) -> None:
    world.server.script(CENSUS, faults.status(500), times=None)

    done = world.run(frame(location("a")), world.settings("census", "pelias", attempts=1))

    assert done.frame["provider"].to_list() == ["pelias/v1"]
    assert (done.report.providers["census"].state, done.report.waiting) == ("down", 0)
