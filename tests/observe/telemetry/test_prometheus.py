"""Gauges in the exposition format, read back by the parser of the client; served, cached and pushed."""

from __future__ import annotations

import threading
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dagster_ingest.errors import Unavailable
from dagster_ingest.observe.story import Blocker, Shown, Story
from dagster_ingest.observe.telemetry import prometheus
from dagster_ingest.observe.telemetry.gauges import Platform, Run, Seen, gauges
from dagster_ingest.spec.telemetry import Push
from dagster_ingest.testing.receiver import receiver

NOW = 1_800_000_000.0


def blocker(check: str, *, rules=(), hash=None) -> Blocker:
    return Blocker(
        f"raw/{check}", check, "why", NOW, NOW, "r", "l", (), 1, 1, rules, None, None, None, None, (), hash
    )


def story(state: str = "FL", *, at: float | None = NOW - 3 * 3600, blockers=(), health="current") -> Story:
    shown = (Shown("hsds_package", "v" if at else None, at, 47),)
    return Story(
        "gulf",
        "Gulf",
        state,
        ("team:gulf",),
        health,
        255,
        250,
        5,
        NOW,
        shown,
        blockers,
        (),
        7200.0,
        3600.0,
        "d",
    )


def seen(*stories: Story) -> list[Seen]:
    tables = {("raw", "services"): 9}
    run = Run("writers", 12.5, True)
    return [Seen(one, {"raw": NOW - 60, "stage": NOW - 30}, tables, (run,)) for one in stories]


def values(found) -> dict[tuple, float]:
    """(name, label values) to value, out of the text; tenant and state first."""
    first = ("tenant", "state", "layer")
    text = prometheus.text(lambda: found)
    return {
        (
            sample.name.removeprefix("dagster_ingest_"),
            *(sample.labels[n] for n in first if n in sample.labels),
            *(v for n, v in sample.labels.items() if n not in first),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_is_told_of_a_state_comes_back_from_the_text():
    found = values(gauges(seen(story()), Platform(), NOW))

    assert found["age_seconds", "gulf", "FL", "raw"] == 60
    assert found["age_seconds", "gulf", "FL", "stage"] == 30
    assert found["published_age_seconds", "gulf", "FL", "hsds_package"] == 3 * 3600
    assert found["sla_seconds", "gulf", "FL"] == 7200
    assert found["late_seconds", "gulf", "FL"] == 3600
    assert found["rows_read", "gulf", "FL"] == 255
    assert found["rows_accepted", "gulf", "FL"] == 250
    assert found["rows_quarantined", "gulf", "FL"] == 5
    assert found["services_published", "gulf", "FL", "hsds_package"] == 47
    assert found["last_run_seconds", "gulf", "FL", "writers"] == 12.5
    assert found["last_run_success", "gulf", "FL", "writers"] == 1
    healths = {key[3]: value for key, value in found.items() if key[0] == "health"}
    assert healths == {"current": 1, "blocked": 0, "waiting": 0, "behind": 0, "empty": 0}


def test_blockers_are_counted_by_kind_and_the_zeros_are_told():
    rules = (object(),)
    blockers = (
        blocker("contract", rules=rules),
        blocker("contract"),
        blocker("unique_service_id"),
        blocker("review", hash="abc"),
        blocker("review"),
    )
    found = values(gauges(seen(story(blockers=blockers, health="blocked")), Platform(), NOW))

    kinds = {key[3]: value for key, value in found.items() if key[0] == "blockers"}
    assert kinds == {"rules": 1, "load": 1, "test": 1, "enhancement": 0, "review": 2}
    assert found["open_reviews", "gulf", "FL"] == 1


def test_what_was_never_published_has_no_age_and_is_not_late():
    found = values(gauges(seen(story(at=None, health="empty")), Platform(), NOW))

    assert not [key for key in found if key[0] in ("published_age_seconds", "late_seconds")]
    assert found["health", "gulf", "FL", "empty"] == 1


def test_what_is_told_of_the_platform():
    platform = Platform(
        queued={"gulf": 10_000},
        working={"gulf": 2},
        cost={("gulf", "credits"): 1.25},
        errors={("gulf", "gulf__publish"): 3},
        unknown=("summit",),
    )

    assert values(gauges([], platform, NOW)) == {
        ("runs_queued", "gulf"): 10_000,
        ("runs_in_progress", "gulf"): 2,
        ("cost_month", "gulf", "credits"): 1.25,
        ("sensor_errors", "gulf", "gulf__publish"): 3,
        ("tenants_unknown",): 1,
    }


def test_series_do_not_grow_with_tables_unless_they_are_asked_for():
    few = gauges(seen(story()), Platform(), NOW)
    many = gauges(seen(story()), Platform(), NOW, tables=True)

    assert not [gauge for gauge in few if "table" in gauge.labels]
    assert values(many)["table_rows", "gulf", "FL", "raw", "services"] == 9


def test_every_gauge_has_its_help_and_its_type_and_names_that_prometheus_takes():
    text = prometheus.text(lambda: gauges(seen(story()), Platform(queued={"gulf": 1}), NOW, tables=True))

    families = list(text_string_to_metric_families(text))
    assert len(families) > 15
    for family in families:
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        assert family.name.startswith("dagster_ingest_")


def test_labels_are_escaped():
    odd = Platform(errors={("gulf", 'a"b\\c\nd'): 1})

    assert values(gauges([], odd, NOW))["sensor_errors", "gulf", 'a"b\\c\nd'] == 1


def test_scrapes_in_between_cost_no_look():
    clock, looks = [0.0], []

    def look():
        looks.append(clock[0])
        return gauges(seen(story()), Platform(), NOW + clock[0])

    cached = prometheus.Cached(look, 60, lambda: clock[0])
    for at in (0.0, 30.0, 59.9, 60.0, 61.0, 120.0):
        clock[0] = at
        cached()

    assert looks == [0.0, 60.0, 120.0]


def test_scrapes_at_once_share_one_look():
    started, release, looks = threading.Event(), threading.Event(), []

    def look():
        looks.append(1)
        started.set()
        release.wait(60)
        return []

    cached = prometheus.Cached(look, 60, lambda: 0.0)
    threads = [threading.Thread(target=cached) for _ in range(4)]
    for thread in threads:
        thread.start()
    started.wait(60)
    release.set()
    for thread in threads:
        thread.join(60)

    assert looks == [1]


def test_it_is_served_on_loopback_and_ends():
    served = prometheus.Served(lambda: gauges(seen(story()), Platform(), NOW), "127.0.0.1", 0)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/metrics", timeout=60) as answer:
            kind, text = answer.headers["Content-Type"], answer.read().decode()
        with pytest.raises(Unavailable, match="nothing can be served there"):
            prometheus.Served(list, "127.0.0.1", served.port)
    finally:
        served.close()

    assert kind.startswith("text/plain; version=")
    assert 'dagster_ingest_sla_seconds{state="FL",tenant="gulf"} 7200.0' in text


def test_a_pushgateway_gets_all_of_it_in_one_put():
    with receiver() as gateway:
        wanted = Push(url=gateway.url, job="ingest")
        prometheus.push(lambda: gauges(seen(story()), Platform(), NOW), wanted, "t0ken")

        [request] = gateway.taken

    assert (request.method, request.path) == ("PUT", "/metrics/job/ingest")
    assert request.headers["authorization"] == "Bearer t0ken"
    assert {f.name for f in text_string_to_metric_families(request.body.decode())} >= {
        "dagster_ingest_sla_seconds",
        "dagster_ingest_health",
    }


def test_a_pushgateway_that_refuses_or_is_gone_is_an_error_without_the_token():
    with receiver(lambda _: 401) as gateway:
        wanted = Push(url=gateway.url)
        with pytest.raises(Unavailable, match="401") as refused:
            prometheus.push(list, wanted, "t0ken")
    with pytest.raises(Unavailable, match="did not take"):
        prometheus.push(list, wanted, "t0ken")
    assert "t0ken" not in str(refused.value)
