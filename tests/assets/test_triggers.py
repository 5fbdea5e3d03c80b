"""When readers are started: many ticks of the sensor on a real instance, with real runs of real readers.

The stage is made by hand, and so are its materializations; the gate is told what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test, freeze_time

from dagster_ingest.assets import automation, keys
from dagster_ingest.assets import readers as reader_steps
from dagster_ingest.assets.build import readers
from dagster_ingest.assets.gate import Gate
from dagster_ingest.assets.repositories import Repositories
from dagster_ingest.assets.waiting import RECHECK
from dagster_ingest.publish.opensearch import mappings
from dagster_ingest.testing import mongodb, opensearch
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows
from tests.servers import or_skip

ROOT = Path(__file__).parents[2]
MINUTE, HOUR = 60.0, 3600.0
MONGO = "  - reader: mongodb\n    url: MONGO_URL\n"
SEARCH = "  - reader: opensearch\n    url: SEARCH_URL\n"


@dataclass
class Shop:
    """The readers of the tenant gulf (FL, AL), a clock, and a daemon that remembers run keys."""

    instance: dg.DagsterInstance
    tenants: Path
    at: float = 1_800_000_000.0
    cursor: str | None = None
    gates: dict[str, Gate] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)

    def ask(self, publish: str = "", trigger: str = "") -> None:
        """Change the tenant file."""
        path = self.tenants / "gulf" / "tenant.yaml"
        text = (ROOT / "tenants" / "gulf" / "tenant.yaml").read_text()
        text = text.replace("  - reader: hsds_package\n", "  - reader: hsds_package\n" + publish)
        path.write_text(text + trigger)
        self.forget()

    def forget(self) -> None:
        """Restart the code location."""
        self.repository = Repositories(readers).get("gulf")

    def update(self, state: str, version: str, *, table: str = "service", services: int = 3) -> None:
        """A writer materializes a table of the stage."""
        self.gates[state], self.rows[state] = Gate(version), services
        found = dg.AssetMaterialization(keys.asset_key("gulf", "stage", table), partition=state)
        with freeze_time(self.at):
            self.instance.report_runless_asset_event(found)

    def tick(self, after: float = 0.0) -> list[dg.RunRequest]:
        """What the sensor asks for, some seconds later."""
        self.at += after
        sensor = self.repository.get_sensor_def("gulf__publish")
        context = dg.build_sensor_context(
            self.instance, cursor=self.cursor, repository_def=self.repository, sensor_name="gulf__publish"
        )
        found = sensor.evaluate_tick(context)
        self.cursor = found.cursor
        new = [request for request in found.run_requests if request.run_key not in self.keys]
        self.keys.update(request.run_key for request in new)  # Dagster passes the others over
        return new

    def asked(self, after: float = 0.0) -> set[str]:
        """`state/reader` of what is asked for; nothing is run."""
        return {name(request) for request in self.tick(after)}

    def served(self, after: float = 0.0) -> dict[str, bool]:
        """The same, run: whether each run succeeded."""
        return {name(request): self.run(request) for request in self.tick(after)}

    def run(self, request: dg.RunRequest, **config: Any) -> bool:
        job = self.repository.get_job("gulf__readers")
        with freeze_time(self.at):
            return job.execute_in_process(
                run_config=config,
                instance=self.instance,
                partition_key=request.partition_key,
                asset_selection=request.asset_selection,
                tags=request.tags,
                raise_on_error=False,
            ).success

    @contextmanager
    def at_work(self, job: str, state: str) -> Iterator[None]:
        """A run of a job is under way for a state."""
        run = create_run_for_test(
            self.instance, job, status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": state}
        )
        yield
        self.instance.delete_run(run.run_id)


def name(request: dg.RunRequest) -> str:
    [asset] = request.asset_selection
    return f"{request.partition_key}/{asset.path[-1]}"


@pytest.fixture
def shop(home, monkeypatch) -> Iterator[Shop]:
    for secret in ("MONGO_URL", "SEARCH_URL"):
        monkeypatch.delenv(secret, raising=False)
    (home / "dagster").mkdir()
    with dg.instance_for_test(temp_dir=str(home / "dagster")) as instance:
        made = Shop(instance, home / "tenants")

        def partition(platform, state, passage, target):
            version = reader_steps.published_version(platform, passage, target)
            rows = search_rows(made.rows[state], tenant="gulf", state=state)
            return stage_partition(rows, tenant="gulf", state=state, version=version)

        monkeypatch.setattr(automation, "now", lambda: made.at)
        monkeypatch.setattr(automation, "gate", lambda _, platform, state: made.gates[state])
        monkeypatch.setattr(reader_steps, "gate", lambda _, platform, state: made.gates[state])
        monkeypatch.setattr(reader_steps, "stage_partition", partition)
        made.ask()
        yield made


@pytest.fixture
def mongo() -> Iterator[str]:
    with or_skip(mongodb.stand_in()) as uri:
        yield uri


@pytest.fixture
def search() -> Iterator[str]:
    with or_skip(opensearch.stand_in()) as url:
        yield url


def test_nothing_loaded_asks_for_nothing(shop):
    assert shop.asked() == set()
    assert shop.asked(HOUR) == set()


def test_updates_that_follow_one_another_are_one_run(shop):
    shop.ask(trigger="\ntrigger: {coalesce: 5m}\n")
    for number in range(4):
        shop.update("FL", f"v{number}", table=("service", "location")[number % 2])
        assert shop.asked(2 * MINUTE) == set()
    assert shop.asked(2 * MINUTE) == set()
    assert shop.served(1 * MINUTE) == {"FL/hsds_package": True}
    assert shop.asked(HOUR) == set()


def test_a_state_that_is_never_quiet_is_published_at_the_latest(shop):
    shop.ask(trigger="\ntrigger: {coalesce: 5m, at_latest: 15m}\n")
    asked = []
    with shop.at_work("gulf__writers", "FL"):
        for number in range(16):
            shop.update("FL", f"v{number}")
            asked.append(shop.served(2 * MINUTE))
    assert [bool(found) for found in asked].index(True) == 7
    assert sum(map(len, asked)) == 2, "what came after the first run is waited for as long again"


def test_a_busy_state_delays_no_other(shop):
    shop.update("FL", "v1")
    shop.update("AL", "v1")
    with shop.at_work("gulf__writers", "FL"):
        assert shop.served(2 * MINUTE) == {"AL/hsds_package": True}
        assert shop.asked(2 * MINUTE) == set()
    assert shop.served() == {"FL/hsds_package": True}


def test_runs_of_other_tenants_and_of_whoever_chose_assets_by_hand(shop):
    shop.update("FL", "v1")
    by_hand = create_run_for_test(
        shop.instance,
        "__ASSET_JOB",
        status=dg.DagsterRunStatus.STARTED,
        tags={"dagster/partition": "FL"},
        asset_selection={keys.asset_key("gulf", "elt", "service")},
    )
    with shop.at_work("prairie__writers", "FL"):
        assert shop.asked(2 * MINUTE) == set()
        shop.instance.delete_run(by_hand.run_id)
        assert shop.asked() == {"FL/hsds_package"}


def test_a_restart_forgets_nothing_and_repeats_nothing(shop):
    shop.update("FL", "v1")
    shop.served(2 * MINUTE)
    shop.update("AL", "v1")
    assert shop.asked() == set()
    shop.forget()
    assert shop.served(2 * MINUTE) == {"AL/hsds_package": True}
    shop.forget()
    assert shop.asked(HOUR) == set()


@pytest.mark.parametrize("cursor", [None, "17", '{"newest":1,"marks":{"FL/hsds_package":[1]}}', "["])
def test_a_first_tick_asks_only_for_what_is_not_shown(shop, cursor):
    for state in ("FL", "AL"):
        shop.update(state, "v1")
    shop.served(2 * MINUTE)
    shop.update("AL", "v2")
    shop.cursor = cursor
    assert shop.asked(2 * MINUTE) == {"AL/hsds_package"}


def test_while_a_reader_runs_it_is_not_asked_again(shop):
    shop.update("FL", "v1")
    assert shop.asked(2 * MINUTE) == {"FL/hsds_package"}
    with shop.at_work("gulf__readers", "FL"):
        shop.update("FL", "v2")
        assert shop.asked(HOUR) == set()
    assert shop.served() == {"FL/hsds_package": True}


def test_a_version_that_comes_back_is_published_again(shop):
    for version in ("v1", "v2", "v1", "v2"):
        shop.update("FL", version)
        assert shop.served(2 * MINUTE) == {"FL/hsds_package": True}


def test_a_closed_gate_is_looked_at_again_without_a_new_update(shop):
    shop.update("FL", "v1")
    shop.gates["FL"] = Gate("v1", waiting=("stage.service",))
    assert shop.asked(2 * MINUTE) == set()
    shop.gates["FL"] = Gate("v1")
    assert shop.asked(RECHECK - 1) == set()
    assert shop.asked(1) == {"FL/hsds_package"}


@pytest.mark.mongodb
def test_a_reader_that_fails_is_tried_again_later_and_later_and_delays_no_other(shop, mongo, monkeypatch):
    shop.ask(publish=MONGO)
    shop.update("FL", "v1")
    assert shop.served(2 * MINUTE) == {"FL/hsds_package": True, "FL/mongodb": False}

    tries = [shop.at] + [shop.at for _ in range(240) if shop.served(MINUTE / 2) == {"FL/mongodb": False}]
    waits = [later - sooner for sooner, later in pairwise(tries)]
    assert waits == [1 * MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 16 * MINUTE, 32 * MINUTE]

    shop.update("AL", "v1")
    assert shop.served(2 * MINUTE)["AL/hsds_package"]
    monkeypatch.setenv("MONGO_URL", mongo)
    assert shop.served(2 * HOUR) == {"FL/mongodb": True, "AL/mongodb": True}
    assert shop.asked(2 * HOUR) == set()
    found = mongodb.documents(mongo, "search", "resources").values()
    assert {state for document in found for state in document["ingest"]["states"]} == {"FL", "AL"}


def test_a_new_version_does_not_wait_for_the_failures_of_the_last(shop):
    shop.ask(publish=MONGO)
    shop.update("FL", "v1")
    shop.served(2 * MINUTE)
    for _ in range(40):
        shop.served(MINUTE)
    shop.update("FL", "v2")
    assert "FL/mongodb" in shop.served(MINUTE)


def test_a_run_that_shows_nothing_is_no_storm(shop, monkeypatch):
    shop.update("FL", "v1")
    [request] = shop.tick(2 * MINUTE)
    monkeypatch.setattr(automation, "published", lambda *_: "something else")
    assert shop.run(request)
    asked = [shop.served(MINUTE / 2) for _ in range(20)]
    assert sum(map(len, asked)) == 3


def test_each_reader_has_a_window_of_its_own(shop):
    shop.ask(publish=MONGO + "    coalesce: 10m\n")
    shop.update("FL", "v1")
    assert shop.asked(MINUTE) == {"FL/hsds_package"}
    assert shop.asked(8 * MINUTE) == set()
    assert shop.asked(MINUTE) == {"FL/mongodb"}


def test_what_the_tenant_asks_of_a_reader_makes_it_due_and_how_it_publishes_does_not(shop):
    shop.update("FL", "v1")
    shop.served(2 * MINUTE)
    shop.ask(publish=SEARCH)
    assert shop.asked() == {"FL/opensearch"}
    shop.ask(publish=SEARCH + "    mode: bulk\n    max_delete_share: 0.1\n")
    assert shop.asked(HOUR) == set()
    shop.ask(publish=SEARCH + "    tenant_id: another\n")
    assert shop.asked() == {"FL/opensearch"}


@pytest.mark.mongodb
def test_a_file_of_redirects_makes_due_whoever_shows_them(shop, mongo, monkeypatch):
    monkeypatch.setenv("MONGO_URL", mongo)
    shop.ask(publish=MONGO)
    shop.update("FL", "v1")
    assert shop.served(2 * MINUTE) == {"FL/hsds_package": True, "FL/mongodb": True}
    (shop.tenants / "gulf" / "redirects.csv").write_text("old_id,new_id\nold,new\n")
    shop.ask(publish=MONGO, trigger="\nredirects: redirects.csv\n")
    assert shop.served() == {"FL/mongodb": True}
    assert shop.asked(HOUR) == set()


def test_a_tick_that_takes_long_leaves_the_rest_to_the_next(shop, monkeypatch):
    monkeypatch.setattr(automation, "LOOKING", -1.0)
    for state in ("FL", "AL"):
        shop.update(state, "v1")
    asked = [shop.served(2 * MINUTE) for _ in range(4)]
    assert [len(found) for found in asked] == [1, 0, 1, 0], "in the second it sees that the first is shown"


def test_another_mapping_is_published_by_a_bulk_and_by_no_other_reader(shop, search, monkeypatch):
    monkeypatch.setenv("SEARCH_URL", search)
    shop.ask(publish=SEARCH)
    for state in ("FL", "AL"):
        shop.update(state, "v1")
    try:
        assert len(shop.served(2 * MINUTE)) == 4
        monkeypatch.setitem(mappings._ANALYSIS["analyzer"]["names"], "filter", ["lowercase"])
        mappings.format_of.cache_clear()
        assert shop.served(2 * MINUTE) == {"FL/opensearch": True, "AL/opensearch": True}
        assert shop.asked(HOUR) == set()
    finally:
        monkeypatch.undo()
        mappings.format_of.cache_clear()
    key = keys.asset_key("gulf", "published", "opensearch")
    found = shop.instance.fetch_materializations(key, limit=9).records
    told = [record.asset_materialization.metadata for record in found]
    modes = [metadata["mode"].value for metadata in told]
    assert modes[:2] == ["incremental", "bulk: the mapping has changed"]
    assert len(modes) == 4
    assert {metadata["services_published"].value for metadata in told} == {3}


@pytest.mark.mongodb
def test_a_reader_can_be_told_to_build_everything_anew(shop, mongo, monkeypatch):
    monkeypatch.setenv("MONGO_URL", mongo)
    shop.ask(publish=MONGO)
    shop.update("FL", "v1")
    [request] = [r for r in shop.tick(2 * MINUTE) if name(r) == "FL/mongodb"]
    assert shop.run(request)
    assert shop.run(request, ops={"gulf__publish_mongodb": {"config": {"bulk": True}}})
    key = keys.asset_key("gulf", "published", "mongodb")
    found = shop.instance.fetch_materializations(key, limit=9).records
    told = [record.asset_materialization.metadata for record in found]
    assert [metadata["mode"].value for metadata in told] == ["bulk", "incremental"]
    assert {metadata["services_published"].value for metadata in told} == {3}
