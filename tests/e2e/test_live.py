"""`dagster dev` with its daemon at work: what is dropped is published, what is wrong is told, untouched.

`pytest -s` prints how long each took, from the last byte that was dropped.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from contextlib import contextmanager

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import TickStatus

from dagster_ingest.assets.instance import open_instance
from dagster_ingest.testing.receivers import hook
from tests.e2e.dev import dagster_dev
from tests.e2e.servers import until

pytestmark = pytest.mark.slow

TENANTS = ("gulf", "capital")
PLACES = (("gulf", "FL"), ("gulf", "AL"), ("capital", "DC"))
SOURCES = {"gulf": "wellsky", "capital": "icarol"}
BLOCKED = "gulf/AL is blocked by raw/wellsky_services (contract)"
ALERTS = """
channels:
  team: {url: {secret: ALERTS_TEAM}}
routes:
  - owners: ["team:gulf-*"]
    to: [team]
"""


@pytest.fixture
def taken(world, monkeypatch):
    """What the team was told. Both tenants load what arrives, at no other time."""
    for tenant in TENANTS:
        path = world.settings.tenants_dir / tenant / "tenant.yaml"
        text, schedules = re.subn(r"\nschedule: .*", "", path.read_text())
        system = f"    system: {SOURCES[tenant]}\n"
        assert schedules == text.count(system) == 1
        arrival = "    arrival: {kind: files, every: 1m, settle: 10s}\n"
        path.write_text(text.replace(system, system + arrival))
    (world.settings.home / "alerts.yaml").write_text(ALERTS)
    with hook() as received:
        monkeypatch.setenv("PLATFORM__ALERTS_TEAM", f"json://127.0.0.1:{received.port}/team")
        yield received


def titles(taken) -> list[str]:
    return [body["title"] for body in taken.bodies]


@contextmanager
def measured(what: str):
    begun = time.monotonic()
    yield
    print(f"\n{what}: {time.monotonic() - begun:.0f} s", end="")


def test_a_drop_is_published_a_bad_one_told_and_its_end_as_well(world, taken):
    with open_instance(world.settings) as instance:
        alerts = str(world.settings.home / "alerts.yaml")
        with dagster_dev(world, *TENANTS, DAGSTER_INGEST_ALERTS=alerts) as dev:
            live(world, instance, taken)
            begun = runs(instance)
            time.sleep(75)  # every sensor looks again, and finds that all is done
            assert runs(instance) == begun

            assert failed_ticks(instance) == []
            assert "Traceback" not in dev.log.read_text()

    assert begun == Counter(
        {
            ("gulf__writers", "FL", dg.DagsterRunStatus.SUCCESS): 2,
            ("gulf__writers", "AL", dg.DagsterRunStatus.SUCCESS): 2,
            ("gulf__writers", "AL", dg.DagsterRunStatus.FAILURE): 1,
            ("capital__writers", "DC", dg.DagsterRunStatus.SUCCESS): 1,
            ("gulf__readers", "FL", dg.DagsterRunStatus.SUCCESS): 2,
            ("gulf__readers", "AL", dg.DagsterRunStatus.SUCCESS): 2,
            ("capital__readers", "DC", dg.DagsterRunStatus.SUCCESS): 1,
        }
    )


def live(world, instance, taken) -> None:
    def shown() -> dict[tuple[str, str], str]:
        return {place: package(world, *place) for place in PLACES}

    world.deliver(1, *TENANTS)
    with measured("dropped, loaded and published, three states of two tenants"):
        until(lambda: all(shown().values()), "what was dropped is published")
    first = shown()
    assert taken.bodies == []

    world.deliver(2, "gulf")
    with measured("broken: the owners are told"):
        until(lambda: taken.bodies, "the team is told of the bad drop")
    [told] = taken.bodies
    assert told["title"] == f"[error] {BLOCKED}"
    assert told["type"] == "failure"
    for part in (
        "wellsky_services: 38 of 80 rows",
        "services.odcs.yaml",
        "team:gulf-data",
        "dagster-ingest run --tenant gulf --state AL",
    ):
        assert part in told["message"], told["message"]
    until(lambda: shown()["gulf", "FL"] != first["gulf", "FL"], "the other state's drop is published")
    until(lambda: quiet(instance), "nothing is at work")
    second = shown()
    assert second["gulf", "AL"] == first["gulf", "AL"]  # the last good one
    assert world.story("gulf", "AL").health == "blocked"

    world.deliver(3, "gulf")
    with measured("mended: published again"):
        until(lambda: shown()["gulf", "AL"] != second["gulf", "AL"], "what was mended is published")
    with measured("and the owners told, after that"):
        until(lambda: len(taken.bodies) > 1, "the team is told of the recovery")
    assert titles(taken) == [f"[error] {BLOCKED}", f"Recovered: {BLOCKED}"]
    assert taken.bodies[1]["type"] == "success"
    until(lambda: quiet(instance), "nothing is at work")
    third = shown()
    assert {place for place in PLACES if third[place] != second[place]} == {("gulf", "AL")}
    assert {world.story(*place).health for place in PLACES} == {"current"}


def package(world, tenant: str, state: str) -> str:
    """Which version is shown; nothing where none is."""
    path = world.published(tenant, state)
    return path.resolve().name if path.exists() else ""


def quiet(instance) -> bool:
    return all(run.is_finished for run in instance.get_runs())


def runs(instance) -> Counter:
    return Counter((r.job_name, r.tags["dagster/partition"], r.status) for r in instance.get_runs())


def failed_ticks(instance) -> list[str]:
    found = []
    for state in instance.all_instigator_state():
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id):
            if tick.status == TickStatus.FAILURE:
                found.append(f"{state.instigator_name}: {tick.error}")
    return found
