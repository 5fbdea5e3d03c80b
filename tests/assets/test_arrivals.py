"""Sensors of arrivals over many ticks: files in the drop folder, what is remembered, what goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from dagster_ingest.assets import arrival_log
from dagster_ingest.errors import AccessDenied, Unavailable
from tests.assets.arriving import DAY, HOUR, MINUTE, Shop, opened

FILES = {"kind": "files", "every": "5m", "settle": "1m"}


@pytest.fixture
def shop(tmp_path, monkeypatch, parsed_projects) -> Iterator[Shop]:
    shutil.copytree(parsed_projects, tmp_path / "home" / "target")
    with opened(tmp_path, monkeypatch) as made:
        made.tenant(FILES)
        yield made


@pytest.fixture
def source(monkeypatch):
    """Breaks the source: `source(error)`, and mends it: `source(None)`. Counts how often it was asked."""
    from dagster_ingest.connectors.files.connector import FilesConnector

    real, state = FilesConnector.sign, {"error": None, "asked": 0}

    def sign(self, request, base):
        state["asked"] += 1
        if state["error"] is not None and (state["only"] is None or request.state == state["only"]):
            raise state["error"]
        return real(self, request, base)

    def broken(error, only=None):
        state.update(error=error, only=only)
        return state

    state["only"] = None
    monkeypatch.setattr(FilesConnector, "sign", sign)
    return broken


def test_nothing_there_asks_for_nothing(shop):
    assert shop.asked() == []
    assert shop.asked(MINUTE) == []
    assert shop.asked(DAY) == []


def test_a_file_that_settled_is_loaded_once_in_its_state_alone(shop):
    shop.put("IA", "one")
    assert shop.loaded() == []
    assert shop.loaded(MINUTE) == [("IA", True)]
    for _ in range(5):
        assert shop.loaded(5 * MINUTE) == []
    shop.put("IA", "one", "two")
    assert shop.loaded(5 * MINUTE) == []
    assert shop.loaded(MINUTE) == [("IA", True)]


def test_a_file_that_grows_waits_until_it_is_whole(shop):
    path = shop.put("IA", "one")
    for number in range(6):
        assert shop.loaded(MINUTE) == []
        with path.open("a") as file:
            file.write(f"{number + 9},more\n")
    assert shop.loaded(MINUTE) == []
    assert shop.loaded(MINUTE) == [("IA", True)]


def test_a_repeated_tick_asks_under_the_same_key(shop):
    shop.put("IA", "one")
    shop.tick()
    first = shop.tick(MINUTE, keep=False)  # the daemon died before it wrote the cursor down
    assert [request.partition_key for request in first] == ["IA"]
    shop.run(first[0])
    assert shop.tick(1) == []
    assert shop.asked(10 * MINUTE) == []


def test_a_restart_keeps_what_was_seen(shop):
    shop.put("IA", "one")
    shop.tick()
    shop.restart()
    assert shop.loaded(MINUTE) == [("IA", True)]
    shop.restart()
    assert shop.loaded(5 * MINUTE) == []


def test_a_lost_cursor_does_not_load_again_what_is_on_record(shop):
    shop.put("IA", "one")
    shop.put("NE", "one")
    shop.tick()
    assert shop.loaded(MINUTE) == [("IA", True), ("NE", True)]
    shop.put("NE", "another")
    shop.cursor = None
    shop.tick(5 * MINUTE)
    assert shop.loaded(MINUTE) == [("NE", True)]


def test_what_was_loaded_by_hand_is_not_loaded_again(shop):
    shop.put("IA", "one")
    shop.tick()
    assert shop.load("IA")
    assert shop.asked(MINUTE) == []
    assert "loaded already" in shop.why


def test_the_same_content_under_another_name_is_nothing_new(shop):
    shop.put("IA", "one", file="things_2026-11-02.csv")
    shop.tick()
    shop.loaded(MINUTE)
    shop.put("IA", "one", file="things_2026-11-03.csv")
    shop.tick(5 * MINUTE)
    assert shop.asked(MINUTE) == []


def test_a_blocked_delivery_is_not_tried_again_until_another_comes(shop):
    shop.put("IA", "one").write_text("ID,Name\n,no key\n")
    shop.tick()
    assert shop.loaded(MINUTE) == [("IA", False)]
    for _ in range(20):
        assert shop.asked(HOUR) == []
    shop.put("IA", "mended", file="things_2026-11-03.csv")
    shop.tick(HOUR)
    assert shop.loaded(MINUTE) == [("IA", True)]


def test_a_load_that_is_under_way_is_waited_for(shop):
    shop.put("IA", "one")
    shop.tick()
    with shop.at_work("IA"):
        assert shop.asked(MINUTE) == []
        assert "under way" in shop.why
    assert shop.asked(5 * MINUTE) == ["IA"]
    assert shop.asked(5 * MINUTE) == []  # nobody started it yet


def test_a_load_that_was_never_started_is_asked_for_again(shop):
    shop.put("IA", "one")
    shop.tick()
    assert shop.asked(MINUTE) == ["IA"]
    assert shop.asked(5 * MINUTE) == []
    assert shop.asked(15 * MINUTE) == ["IA"]


def test_loads_that_fail_are_paced(shop, monkeypatch):
    from dagster_ingest.connectors.files.connector import FilesConnector

    shop.put("IA", "one")
    shop.tick()
    with monkeypatch.context() as broken:

        def away(self, request):
            raise Unavailable("the disk is away")

        broken.setattr(FilesConnector, "read", away)
        runs = [shop.loaded(5 * MINUTE) for _ in range(24)]
    at = [number for number, ran in enumerate(runs) if ran]
    assert at == [0, 1 + 1, 1 + 1 + 2 + 1, 10, 19]
    assert not any(success for ran in runs for _, success in ran)
    found = [ran for _ in range(13) for ran in shop.loaded(5 * MINUTE)]
    assert found == [("IA", True)]


def test_an_outage_of_a_day_costs_few_looks_and_no_run(shop, source):
    asked = source(Unavailable("the share is away"))
    at = shop.at
    while shop.at < at + DAY:
        assert shop.asked(5 * MINUTE) == []
    assert asked["asked"] <= 2 * 30  # two states
    assert [report.passed for report in shop.reports] == []
    source(None)
    shop.put("IA", "one")
    found = []
    for _ in range(70):
        found += shop.loaded(MINUTE)
    assert found == [("IA", True)]


def test_a_sensor_that_gave_up_says_so_until_it_is_enabled(shop, source):
    assert shop.health().passed
    asked = source(AccessDenied("we are not let in"))
    for _ in range(3):
        assert shop.asked(HOUR) == []
    assert [report.passed for report in shop.reports] == [False]
    assert "sensors enable acme feed" in shop.reports[0].description
    assert not shop.health().passed
    assert shop.health().description == shop.reports[0].description
    told = shop.given_up(HOUR)
    assert "we are not let in" in told
    assert "dagster-ingest sensors enable acme feed" in told
    count = asked["asked"]
    shop.given_up(DAY)
    shop.restart()
    shop.given_up(DAY)
    assert asked["asked"] == count

    source(None)
    shop.put("IA", "one")
    shop.enable()
    shop.tick(MINUTE)
    assert shop.loaded(MINUTE) == [("IA", True)]
    assert [report.passed for report in shop.reports] == [False, True]
    assert shop.health().passed
    source(AccessDenied("we are not let in"))
    for _ in range(3):
        shop.asked(2 * HOUR)
    assert "we are not let in" in shop.given_up(HOUR)  # what was asked before does not count


def test_a_request_to_look_again_that_came_before_does_not_count(shop, source):
    shop.enable()
    source(AccessDenied("we are not let in"))
    for _ in range(3):
        shop.asked(HOUR)
    assert "we are not let in" in shop.given_up(HOUR)


def test_the_other_state_goes_on(shop, source):
    source(AccessDenied("we are not let in"), only="NE")
    shop.put("IA", "one")
    shop.tick()
    assert shop.loaded(MINUTE) == [("IA", True)]
    for _ in range(3):
        shop.tick(HOUR)
    assert shop.reports[-1].passed is False
    assert "(NE)" in shop.reports[-1].description
    shop.put("IA", "one", "two")
    shop.tick(HOUR)
    assert shop.loaded(MINUTE) == [("IA", True)]


def test_a_clock_that_was_set_back_loses_nothing(shop):
    shop.put("IA", "one")
    shop.tick()
    assert shop.loaded(-DAY) == []
    assert shop.loaded(MINUTE) == [("IA", True)]
    shop.put("NE", "one")
    shop.tick(-DAY)
    assert shop.loaded(MINUTE) == [("NE", True)]


def test_the_loads_are_of_the_source_and_what_hangs_on_it(shop):
    shop.put("IA", "one")
    shop.tick()
    [request] = shop.tick(MINUTE)
    assert [key.path for key in request.asset_selection if key.path[1] == "raw"] == [
        ["acme", "raw", "feed_things"]
    ]
    assert request.tags["dagster_ingest/arrival"] == "feed"
    assert arrival_log.arrival_key("acme", "feed") in shop.repository.asset_graph.get_all_asset_keys()


def test_one_feed_of_all_states_is_asked_once_and_loaded_in_each(shop, source):
    asked = source(None)
    shop.tenant(
        FILES,
        settings={"path": "all"},
        state={"by": "column", "column": "Name", "values": {"a": "IA", "b": "NE"}},
    )
    shop.put("ALL", "a", "b")
    shop.tick()
    assert shop.loaded(MINUTE) == [("IA", True), ("NE", True)]
    assert asked["asked"] == 2


def test_a_source_without_arrival_has_no_sensor(shop):
    shop.tenant(None)
    assert not [each.name for each in shop.repository.sensor_defs if each.name.endswith("__arrival")]
