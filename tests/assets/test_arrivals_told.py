"""Sensors that are told of arrivals, or ask for them: a real broker, calls, a real database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    SensorInstigatorData,
)

from dagster_ingest.arrivals.memory import Feed, Memory
from dagster_ingest.assets import arrival_calls, arrival_log, arrival_state
from dagster_ingest.errors import SpecError
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing import nats, postgres
from tests.assets.arriving import HOUR, MINUTE, NAME, Shop, opened
from tests.servers import or_skip

NATS = {
    "kind": "nats",
    "every": "1m",
    "url": {"secret": "NATS_URL"},
    "stream": "ARRIVALS",
    "subject": "arrivals.acme",
}


@pytest.fixture
def shop(tmp_path, monkeypatch, parsed_projects) -> Iterator[Shop]:
    shutil.copytree(parsed_projects, tmp_path / "home" / "target")
    with opened(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def broker(monkeypatch) -> Iterator[nats.Broker]:
    with or_skip(nats.running()) as made:
        made.stream("ARRIVALS", "arrivals.>")
        monkeypatch.setenv("ACME__NATS_URL", made.url)
        yield made


@pytest.mark.nats
def test_messages_start_loads_of_the_states_they_name(shop, broker):
    shop.tenant(NATS)
    shop.put("IA", "one")
    shop.put("NE", "one")
    assert shop.loaded() == []
    broker.publish("arrivals.acme", b'{"state": "NE"}')
    broker.publish("arrivals.acme", b'{"states": ["NE"]}')
    assert shop.loaded(MINUTE) == [("NE", True)]
    assert broker.consumer("ARRIVALS", "acme__feed").num_ack_pending == 2  # the cursor was not kept yet
    shop.restart()
    assert shop.loaded(MINUTE) == []
    assert broker.consumer("ARRIVALS", "acme__feed").num_ack_pending == 0
    broker.publish("arrivals.acme", b"something came")
    assert shop.loaded(MINUTE) == [("IA", True), ("NE", True)]


@pytest.mark.nats
def test_a_message_that_came_during_a_load_starts_another(shop, broker):
    shop.tenant(NATS)
    shop.put("IA", "one")
    broker.publish("arrivals.acme", b'{"state": "IA"}')
    [request] = shop.tick()
    broker.publish("arrivals.acme", b'{"state": "IA"}')
    assert shop.asked(MINUTE) == []
    assert shop.run(request)
    assert shop.loaded(MINUTE) == [("IA", True)]
    assert shop.loaded(HOUR) == []


@pytest.mark.nats
def test_a_tick_whose_cursor_was_lost_confirms_nothing_and_loses_nothing(shop, broker):
    shop.tenant(NATS)
    shop.put("IA", "one")
    shop.tick()
    broker.publish("arrivals.acme", b'{"state": "IA"}')
    first = shop.tick(MINUTE, keep=False)
    assert broker.consumer("ARRIVALS", "acme__feed").num_ack_pending == 1
    broker._with(lambda js: js.delete_consumer("ARRIVALS", "acme__feed"))  # as its wait had passed
    second = shop.tick(MINUTE)
    assert ([r.partition_key for r in first], second) == (["IA"], [])  # the run key is known to the daemon
    assert shop.run(first[0])
    assert shop.asked(MINUTE) == []
    assert broker.consumer("ARRIVALS", "acme__feed").num_ack_pending == 0


def test_calls_start_loads_once(shop):
    shop.tenant({"kind": "webhook", "secret": {"secret": "CALLS"}})
    shop.put("IA", "one")
    arrival_log.record_call(shop.instance, "acme", "feed", "first", ("IA",))
    assert shop.loaded() == [("IA", True)]
    assert shop.loaded(MINUTE) == []
    shop.restart()
    assert shop.loaded(MINUTE) == []
    arrival_log.record_call(shop.instance, "acme", "feed", "second", ("IA",))
    arrival_log.record_call(shop.instance, "acme", "feed", "third", ("NE",))
    assert shop.asked(MINUTE) == ["IA", "NE"]
    assert set(arrival_log.calls_since(shop.instance, "acme", "feed", HOUR)) == {"first", "second", "third"}


def test_the_receiver_takes_the_places_and_keys_of_the_tenants(shop, monkeypatch):
    shop.tenant({"kind": "webhook", "secret": {"secret": "CALLS"}})
    monkeypatch.setenv("ACME__CALLS", "a-key-of-the-tenant")
    settings = Settings.load()
    [place] = arrival_calls.places(settings, load_tenants(settings).tenants).values()
    assert (place.name, place.states, place.key()) == ("acme/feed", ("IA", "NE"), "a-key-of-the-tenant")


def test_what_the_sensors_say_of_themselves(shop, monkeypatch):
    shop.tenant({"kind": "files"})
    monkeypatch.setattr(arrival_state, "open_instance", lambda settings: nullcontext(shop.instance))
    settings = Settings.load()
    [tenant] = load_tenants(settings).tenants
    [state] = arrival_state.states(settings, (tenant,))
    assert (state.tenant, state.source, state.kind, state.health) == ("acme", "feed", "files", "never")
    memory = Memory(1, feeds={"IA": Feed(3, 9.0, True, "not let in", 8.0), "NE": Feed(at=7.0)})
    remember(shop, memory.cursor())
    [state] = arrival_state.states(settings, (tenant,))
    assert (state.health, state.why, state.failures, state.looked_at) == (
        "given up",
        "IA: not let in",
        3,
        8.0,
    )
    with pytest.raises(SpecError, match="has no sensor"):
        arrival_state.enable(settings, tenant, "fede")
    before = arrival_log.enabled(shop.instance, "acme", "feed")
    arrival_state.enable(settings, tenant, "feed")
    assert arrival_log.enabled(shop.instance, "acme", "feed") > before == 0


def remember(shop: Shop, cursor: str) -> None:
    """As the daemon keeps it."""
    place = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("writers"), "acme")
    origin = RemoteInstigatorOrigin(place, NAME)
    data = SensorInstigatorData(cursor=cursor)
    shop.instance.add_instigator_state(
        InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.RUNNING, data)
    )


@pytest.mark.postgres
def test_a_watermark_that_grew_starts_a_load(shop, postgres_dsn, monkeypatch):
    monkeypatch.setenv("ACME__DSN", postgres.address(postgres_dsn))

    def run(statement: str) -> None:
        with postgres.session(postgres_dsn) as connection:
            connection.execute(statement)

    run('CREATE TABLE things ("ID" int PRIMARY KEY, "Name" text, changed int)')
    run("INSERT INTO things VALUES (1, 'IA', 1), (4, 'NE', 1)")
    shop.tenant(
        {"kind": "watermark"},
        connector="sql",
        settings={"dsn": {"secret": "DSN"}, "watermark": "changed", "columns": ["ID", "Name"]},
        state={"by": "column", "column": "Name"},
    )
    assert shop.loaded() == [("IA", True), ("NE", True)]  # nobody knows of what is on record
    assert shop.loaded(5 * MINUTE) == []
    run("INSERT INTO things VALUES (2, 'NE', 2)")
    [first, second] = shop.tick(5 * MINUTE)
    run("INSERT INTO things VALUES (3, 'NE', 3)")  # while it is loaded
    assert shop.run(first)
    assert shop.run(second)
    assert shop.loaded(5 * MINUTE) == [("IA", True), ("NE", True)]
    assert shop.loaded(5 * MINUTE) == []
