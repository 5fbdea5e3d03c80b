"""What `status`, `explain` and `history` make of real runs: a real event log, a real store, real loads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from dagster_ingest.assets import keys, past
from dagster_ingest.assets.build import readers, writers
from dagster_ingest.assets.eventlog import opened
from dagster_ingest.assets.explained import whole_story
from dagster_ingest.assets.gate import blocking_checks, gate
from dagster_ingest.assets.history import failed_last, failing
from dagster_ingest.assets.look import Look
from dagster_ingest.assets.past import history, table_named
from dagster_ingest.assets.runner import _QUIET
from dagster_ingest.assets.stories import readable, told
from dagster_ingest.errors import PublishError, SpecError, Unavailable
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.observe.causes import causes, root_causes
from dagster_ingest.observe.explain import explain
from dagster_ingest.observe.timeline import timeline
from dagster_ingest.publish.hsds_package import HsdsPackageReader
from dagster_ingest.settings import Settings
from dagster_ingest.testing import sample
from tests.assets.enhancing import Shop, installed, town

SERVICES = keys.asset_key("gulf", "raw", "wellsky_services")
MAIN_TOWN = town({"key": "main", "street": "101 Main Street"})


@dataclass
class World:
    """The tenant gulf with its own jobs; deliveries are the sample's."""

    shop: Shop

    def deliver(self, day: int, at: float | None = None) -> None:
        """at: the files' own time."""
        sample.write(self.shop.settings.drops, tenants=("gulf",), day=day)
        for path in self.shop.settings.drops.rglob("*.csv") if at is not None else ():
            os.utime(path, (at, at))

    def load(self, state: str = "AL") -> bool:
        """The writers' job, its raw tables alone: dbt takes its time."""
        chosen = [key for key in self._keys() if key.path[1] == "raw"]
        return self._run(writers, keys.writers_job("gulf"), state, chosen)

    def publish(self, state: str = "AL") -> bool:
        return self._run(readers, keys.readers_job("gulf"), state, None)

    def _run(self, made, job: str, state: str, chosen: list[dg.AssetKey] | None) -> bool:
        definitions = made(self.shop.platform)
        result = definitions.resolve_job_def(job).execute_in_process(
            instance=self.shop.instance,
            partition_key=state,
            asset_selection=chosen,
            run_config=_QUIET,
            raise_on_error=False,
        )
        return result.success

    def _keys(self) -> list[dg.AssetKey]:
        return [keys.asset_key("gulf", *name) for name in self.shop.platform.graph.nodes]

    def story(self, state: str = "AL", **more: Any):
        return whole_story(self.shop.instance, self.shop.platform, state, **more)

    def root(self, state: str = "AL"):
        story = self.story(state)
        [found] = root_causes(causes(story, now(story)))
        return found

    def history(self, name: str, monkeypatch, states=("AL",), limit: int = 20):
        monkeypatch.setattr(past, "opened", lambda _: nullcontext(self.shop.instance))
        return history(self.shop.settings, self.shop.platform.spec, name, states, limit)


def now(story) -> float:
    """A moment after all that happened."""
    return max([moment.at for moment in story.moments] + [run.asked for run in story.runs] + [0.0]) + 1


@pytest.fixture
def world(tmp_path, parsed_projects) -> Iterator[World]:
    (tmp_path / "instance").mkdir()
    with dg.instance_for_test(temp_dir=str(tmp_path / "instance")) as instance:
        yield World(installed(tmp_path, parsed_projects, instance))


def test_what_was_never_loaded_says_so(world):
    found = world.root()

    assert (found.kind, found.asset) == ("never", "source/wellsky")
    assert world.story().health == "empty"
    assert "Nothing was ever published" not in found.what
    assert "nothing was ever loaded: no run was ever started" in explain(world.story(), 1.0)


def test_a_refused_delivery_is_the_cause_and_takes_the_delay(world):
    world.deliver(1)
    assert world.load()
    world.deliver(2)
    assert not world.load()

    story = world.story()

    assert (story.health, story.blockers[0].asset) == ("blocked", "raw/wellsky_services")
    [root] = root_causes(causes(story, now(story)))
    assert (root.kind, root.asset) == ("contract", "raw/wellsky_services")
    kinds = [moment.kind for moment in timeline(story.moments).steps]
    assert {"arrived", "refused", "raw", "now"} <= set(kinds)
    assert kinds.index("arrived") < kinds.index("raw")
    [raw] = [layer for layer in story.layers if layer.layer == "raw"]
    assert raw.failing == ("wellsky_services",)
    assert raw.there == raw.tables
    text = explain(story, now(story))
    assert "> raw/wellsky_services: " in text
    assert "blocked by its contract (raw/wellsky_services)" in text


def test_another_state_is_not_blamed(world):
    world.deliver(1)
    assert world.load("AL")
    assert world.load("FL")
    world.deliver(2)
    world.load("AL")

    assert [b.asset for b in world.story("AL").blockers] == ["raw/wellsky_services"]
    assert world.story("FL").blockers == ()


def test_a_table_that_was_not_delivered_is_missing(world):
    assert not world.load()

    story = world.story()

    assert {root.kind for root in root_causes(causes(story, now(story)))} == {"missing"}
    assert "what it asks for was not delivered" in explain(story, now(story))


def test_a_store_that_refuses_is_told_by_its_error(world, monkeypatch):
    world.deliver(1)

    def gone(self, *_, **__):
        raise Unavailable("the share is gone", where="smb://drops")

    monkeypatch.setattr("dagster_ingest.connectors.files.connector.FilesConnector.fingerprint", gone)
    assert not world.load()

    story = world.story()

    roots = root_causes(causes(story, now(story)))
    assert {root.kind for root in roots} == {"unavailable"}
    assert "smb://drops: the share is gone" in roots[0].what
    assert "its source cannot be reached" in explain(story, now(story))


def test_a_run_that_was_killed_is_the_cause(world):
    create_run_for_test(
        world.shop.instance,
        keys.writers_job("gulf"),
        status=dg.DagsterRunStatus.FAILURE,
        tags={"dagster/partition": "AL"},
    )

    assert world.root().kind == "run"
    assert world.root("FL").kind == "never"


def test_an_unchanged_delivery_is_no_news(world):
    world.deliver(1)
    assert world.load()
    before = world.story()
    assert world.load()

    after = world.story()

    assert after.sources[0].delivered_at == before.sources[0].delivered_at
    assert after.sources[0].looked_at > before.sources[0].looked_at
    assert after.rows_read == before.rows_read > 0
    assert len([m for m in after.moments if m.kind == "began"]) == 1


def test_the_file_s_time_begins_the_delay_unless_a_look_before_did_not_see_it(world):
    world.deliver(1, at=1_700_000_000.0)
    assert world.load()

    assert min(moment.at for moment in world.story().moments) == 1_700_000_000.0

    world.deliver(2, at=1_700_000_500.0)  # copied with its old time: it was not there at the first look
    world.load()
    first = next(run for run in world.shop.instance.get_run_records(ascending=True))
    arrivals = sorted(m.at for m in world.story().moments if m.kind == "arrived")
    assert arrivals[0] == 1_700_000_000.0
    assert arrivals[1] == first.start_time


def test_failing_checks_by_one_query_are_those_that_each_one_tells(world):
    world.deliver(1)
    assert world.load()
    world.deliver(2)
    world.load()
    instance, checks = world.shop.instance, blocking_checks(world.shop.platform)

    found = failing(instance, checks, ["AL", "FL"])

    assert found == {s: [c for c in checks if failed_last(instance, c, s)] for s in ("AL", "FL")}
    assert found["AL"] == [dg.AssetCheckKey(SERVICES, keys.CONTRACT_CHECK)]
    look = Look(instance, world.shop.platform, ["AL", "FL"])
    assert [look.gate(s) for s in ("AL", "FL")] == [
        gate(instance, world.shop.platform, s) for s in ("AL", "FL")
    ]


def test_values_of_a_column_that_became_private_are_masked(world):
    world.deliver(1)
    world.load()
    world.deliver(2)
    world.load()
    platform = world.shop.platform
    [source] = platform.spec.sources
    table = source.table("services")
    column = next(r.rule for b in world.story().blockers for r in b.rules if r.samples).partition("|")[0]
    contract = replace(
        table.contract,
        columns=tuple(replace(c, private=True) if c.field == column else c for c in table.contract.columns),
    )
    tables = tuple(replace(t, contract=contract) if t is table else t for t in source.tables)
    spec = replace(platform.spec, sources=(replace(source, tables=tables),))

    story = told(Look(world.shop.instance, replace(platform, spec=spec), ["AL"]), "AL")

    values = {
        value
        for b in story.blockers
        for r in b.rules
        if r.rule.startswith(f"{column}|")
        for _, _, value in r.samples
    }
    assert values <= {"***", "", None}


def test_a_reader_whose_store_is_down_is_the_cause_and_takes_the_delay(world, monkeypatch):
    world.shop.stage(MAIN_TOWN, "AL")
    world.shop.enhance("AL")

    def refuse(self, *_, **__):
        raise PublishError("the disk is full", where="hsds_package")

    with monkeypatch.context() as patch:
        patch.setattr(HsdsPackageReader, "publish", refuse)
        assert not world.publish()

    story = world.story()
    [root] = root_causes(causes(story, now(story)))
    assert (root.kind, root.asset) == ("reader", "published/hsds_package")
    assert "the disk is full" in root.what
    assert [m.kind for m in story.moments if m.kind == "publish_failed"] == ["publish_failed"]

    assert world.publish()

    story = world.story()
    assert (story.health, causes(story, now(story))) == ("current", ())
    assert timeline(story.moments).published
    assert "reader" in [took.step for took in timeline(story.moments).took]


def test_a_stage_that_no_reader_was_asked_to_show(world):
    world.shop.stage(MAIN_TOWN, "AL")
    world.shop.enhance("AL")

    assert world.root().kind == "asking"


def test_the_history_of_a_raw_table(world, monkeypatch):
    world.deliver(1)
    world.load()
    world.deliver(2)
    world.load()
    world.load("FL")

    name, events = world.history("wellsky_services", monkeypatch, ("AL", "FL"))

    assert name == ("raw", "wellsky_services")
    assert [(event.state, event.what) for event in events] == [
        ("FL", "loaded"),
        ("AL", "refused"),
        ("AL", "loaded"),
    ]
    refused, loaded = events[1:]
    assert loaded.rows_read == loaded.rows_accepted == loaded.rows > 0
    assert refused.rows_quarantined > 0
    assert "PROVIDER_SERVICE_CODE_ID|required" in refused.why
    assert loaded.data_version
    assert loaded.contract == refused.contract == "1.0.0"
    assert loaded.run_id != refused.run_id
    assert len(world.history("wellsky_services", monkeypatch, limit=1)[1]) == 1


def test_a_reader_and_what_was_done_by_hand_have_a_history(world, monkeypatch):
    world.shop.stage(MAIN_TOWN, "AL")
    world.shop.enhance("AL")
    assert world.publish()
    told = {"status": "withdrawn"}
    event = dg.AssetObservation(
        keys.asset_key("gulf", "published", "hsds_package"),
        description="withdrawn, 3 removed",
        partition="AL",
        metadata=told,
    )
    world.shop.instance.report_runless_asset_event(event)

    name, events = world.history("hsds_package", monkeypatch)

    assert name == ("published", "hsds_package")
    assert [(event.what, event.why) for event in events] == [
        ("withdrawn", "withdrawn, 3 removed"),
        ("published", None),
    ]
    assert events[1].rows == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("wellsky_service", "did you mean 'wellsky_services'?"),
        ("stage/servce", "did you mean 'stage/service'?"),
        ("service", "name one: elt/service, stage/service"),
    ],
)
def test_a_table_that_is_none_gets_a_guess(world, name, said):
    with pytest.raises(SpecError) as error:
        table_named(world.shop.platform, name)

    assert said in error.value.fix


def test_a_store_that_cannot_be_read_leaves_the_other_tenants_told(world, monkeypatch):
    monkeypatch.setattr("dagster_ingest.assets.stories.opened", lambda _: nullcontext(world.shop.instance))

    def locked(self, state=None):
        raise Unavailable("the file is locked", where="gulf.duckdb")

    monkeypatch.setattr(DuckDBLanding, "versions", locked)

    found, errors = readable(world.shop.settings, [("gulf", "AL"), ("gulf", "FL")])

    assert found == []
    assert errors["gulf"].problem == "the file is locked"


def test_a_broken_event_log_is_an_error_that_says_where(tmp_path):
    settings = Settings.load(root=Path(__file__).parents[2], home=tmp_path / "home", tenants=())
    with opened(settings):
        pass
    [log] = (settings.home / "dagster").rglob("index.db")
    log.write_bytes(b"this is no database" * 100)

    with pytest.raises(Unavailable) as error, opened(settings) as instance:
        instance.all_asset_keys()

    assert "the event log cannot be read" in error.value.problem
    assert error.value.where == str(settings.home / "dagster")
