"""The alerts sensor over real loads of a real tenant, told to a webhook on loopback."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.test_utils import freeze_time
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster_shared.error import SerializableErrorInfo

from dagster_ingest import redact
from dagster_ingest.assets import alert_events, alerting, keys
from dagster_ingest.assets.alerting import alert_sensors
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.raw import source_assets
from dagster_ingest.errors import SpecError, Unavailable
from dagster_ingest.observe.alerts.memory import Memory
from dagster_ingest.settings import Settings
from dagster_ingest.spec.contract import Review
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing.receivers import Hook, hook

ROOT = Path(__file__).parents[2]
TABLE = "wellsky_organization"
PARTITIONS = dg.StaticPartitionsDefinition(["FL", "AL"])
PRIVATE = "Jane Roe 555-867-5309"
FILE = """
channels:
  hook: {url: {secret: ALERTS_HOOK}}
  other: {url: {secret: ALERTS_OTHER}}
routes:
  - to: [hook]
base_url: https://dagster.example
"""


@dataclass
class Installation:
    """One table of the sample tenant `gulf`, a clock, and a sensor with its cursor."""

    platform: TenantPlatform
    instance: dg.DagsterInstance
    hook: Hook
    cursor: str | None = None
    at: float = 0.0

    def file(self, text: str) -> None:
        self.platform.settings.alerts_file.write_text(text)

    def deliver(self, ids: list[int], state: str = "fl", name: str = "Org") -> None:
        contract = self.platform.spec.sources[0].table("organization").contract
        names = [c.name for c in contract.columns]
        rows = [",".join(names)]
        for number in ids:
            cells = dict.fromkeys(names, "") | {"ID": str(number), "NAME": f"{name} {number}"}
            rows.append(",".join(cells[c] for c in names))
        path = self.platform.settings.drops / "gulf" / state / "organization.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(rows) + "\n")

    def load(self, state: str = "FL", **config: str) -> bool:
        source = self.platform.spec.sources[0]
        definition = source_assets(self.platform, source, PARTITIONS)
        op = {"ops": {"gulf__load_wellsky": {"config": config}}} if config else {}
        return self.run(definition, state, **op)

    def run(
        self, definition: dg.AssetsDefinition, state: str = "FL", tags: Any = None, **config: Any
    ) -> bool:
        job = dg.define_asset_job("gulf__writers")
        made = dg.Definitions(assets=[definition], jobs=[job]).resolve_job_def("gulf__writers")
        return made.execute_in_process(
            instance=self.instance,
            partition_key=state,
            tags=tags,
            raise_on_error=False,
            run_config={**config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        ).success

    def publish(self, state: str = "FL") -> None:
        """A reader has published, now."""
        key = keys.asset_key("gulf", "published", "hsds_package")
        with freeze_time(self.at):
            self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=state))

    def tick(self, after: float = 30.0, *, crash: bool = False) -> list[dict[str, Any]]:
        """What the webhook got in one tick, some seconds later. crash: the tick's cursor is lost."""
        self.at += after
        before = len(self.hook.posted)
        [sensor] = alert_sensors(self.platform)
        context = dg.build_sensor_context(self.instance, cursor=self.cursor)
        result = sensor.evaluate_tick(context)
        assert not result.run_requests
        self.said = result.skip_message
        if not crash:
            self.cursor = result.cursor
        return self.hook.bodies[before:]

    def titles(self, after: float = 30.0, **more: bool) -> list[str]:
        return [body["title"] for body in self.tick(after, **more)]


@pytest.fixture
def world(tmp_path, monkeypatch, parsed_projects) -> Iterator[Installation]:
    shutil.copytree(parsed_projects, tmp_path / "home" / "target")
    monkeypatch.setenv("DAGSTER_INGEST_ALERTS", str(tmp_path / "alerts.yaml"))
    settings = Settings.load(root=ROOT, home=tmp_path / "home", tenants=("gulf",))
    [spec] = load_tenants(settings).tenants
    [source] = spec.sources
    [organization] = [table for table in source.tables if table.name == "organization"]
    rules = tuple(rule for rule in organization.contract.rules if rule.kind != "row_count_ratio")
    contract = replace(organization.contract, rules=rules, review=Review(removed_above=0.5))
    tables = (replace(organization, contract=contract, settings={**organization.settings, "set": None}),)
    spec = replace(spec, sources=(replace(source, tables=tables),))
    (tmp_path / "dagster").mkdir()
    with hook() as taken, dg.instance_for_test(temp_dir=str(tmp_path / "dagster")) as instance:
        made = Installation(TenantPlatform(settings, spec), instance, taken)
        monkeypatch.setenv("PLATFORM__ALERTS_HOOK", f"json://127.0.0.1:{taken.port}/hook")
        monkeypatch.setenv("PLATFORM__ALERTS_OTHER", "json://127.0.0.1:1/nobody")
        monkeypatch.setattr(alerting, "now", lambda: made.at)
        made.file(FILE)
        made.at = time.time()
        yield made
    redact.forget()


def test_blocked_then_fixed_then_recovered(world):
    world.deliver([1, 2, 3])
    assert world.load()
    assert world.titles() == []

    world.deliver([1, 1, 3], name=PRIVATE)
    assert not world.load()
    [told] = world.tick()
    assert told["title"] == f"[error] gulf/FL is blocked by raw/{TABLE} (contract)"
    assert told["type"] == "failure"
    for part in (
        "ID|primary_key: 1 row",
        "(load ",
        "team:gulf-data",
        "dagster-ingest run --tenant gulf --state FL",
    ):
        assert part in told["message"], told["message"]
    assert PRIVATE not in json.dumps(told)

    assert world.titles() == []
    assert world.titles(3600) == []

    world.deliver([1, 2, 3, 4])
    assert world.load()
    [told] = world.tick()
    assert told["title"] == f"Recovered: gulf/FL is blocked by raw/{TABLE} (contract)"
    assert told["type"] == "success"
    assert world.titles(3600) == []
    assert Memory.of(world.cursor).known == {}


def test_a_tick_that_dies_after_it_sent_sends_nothing_twice(world):
    world.deliver([1, 1])
    world.load()

    assert len(world.titles(crash=True)) == 1
    assert world.titles() == []

    world.deliver([1, 2])
    world.load()
    assert world.titles(crash=True) == [f"Recovered: gulf/FL is blocked by raw/{TABLE} (contract)"]
    world.cursor = None
    assert world.titles() == []


def test_a_tick_without_news_asks_once(world, monkeypatch):
    world.deliver([1, 1])
    world.load()
    world.tick()
    world.tick()  # it sees what it put on record itself

    def asked(*parts: object) -> None:
        raise AssertionError("asked")

    for name in ("receipts", "ended", "decisions", "budget_incident", "sensor_incidents"):
        monkeypatch.setattr(alert_events, name, asked)
    monkeypatch.setattr(alerting, "story", asked)
    assert world.titles() == []
    assert world.said == "nothing new, 1 open"
    with pytest.raises(AssertionError, match="asked"):
        world.tick(alerting.RECHECK)


def step(broken: list[Exception]):
    """An asset of the tenant that fails as long as there is an exception left."""

    @dg.asset(key=["gulf", "published", "shelf"], partitions_def=PARTITIONS)
    def gulf__publish_shelf() -> None:
        if broken:
            raise broken.pop()

    return gulf__publish_shelf


def test_a_failed_run_is_told_until_its_step_succeeds(world):
    redact.remember("hunter2-hunter2")
    shelf = step([RuntimeError(f"no room for {PRIVATE!r} at https://x:hunter2-hunter2@y")])
    assert not world.run(shelf)

    [told] = world.tick()

    failed = "[error] gulf/FL: gulf__published__shelf failed with RuntimeError: "
    assert told["title"] == failed + "no room for '…' at https:\u200b//x:∗∗∗@\u200by"
    assert "https://dagster.example/runs/" in told["message"]
    assert "Jane" not in json.dumps(told)
    assert "hunter2" not in json.dumps(told)
    assert not world.run(step([RuntimeError("again")]))
    assert world.run(shelf, "AL")
    assert world.titles() == []
    assert world.run(shelf)
    assert [title[:10] for title in world.titles()] == ["Recovered:"]


def test_a_run_that_will_be_tried_again_is_not_told(world):
    assert not world.run(step([RuntimeError("no room")]), tags={"dagster/will_retry": "true"})
    assert world.titles() == []

    assert not world.run(step([RuntimeError("no room")]))
    assert len(world.titles()) == 1


def test_an_sla_warns_breaks_and_is_kept_again(world):
    world.publish()
    world.tick()

    assert world.titles(25 * 3600) == []
    [warned] = world.titles(3600)
    assert warned.startswith("[warning] gulf/FL is about to break its SLA: it is due by ")
    [broken] = world.titles(22 * 3600)
    assert broken.startswith("[critical] Changed: gulf/FL has broken its SLA: it was due by ")
    world.publish()
    [over] = world.titles(alerting.AT_LATEST)
    assert over.startswith("Recovered: gulf/FL has broken its SLA")


def test_what_waits_for_review_is_told_becomes_urgent_and_is_over_when_decided(world):
    world.deliver([1, 2, 3, 4])
    assert world.load()
    world.deliver([1])
    assert not world.load()

    [told] = world.tick()

    assert told["title"].startswith(f"[warning] gulf/FL: a delivery of {TABLE} waits for review and expires")
    held = world.platform.landing.held.get(TABLE, "FL")
    assert f"review approve gulf {TABLE} FL --hash {held.hash[:12]}" in told["message"]
    left = datetime.fromisoformat(held.expires_at).timestamp() - world.at
    # It was never published, so that its SLA breaks meanwhile; nothing more is told of the review.
    [late] = world.titles(left - 86_400 - 60)
    assert late.startswith("[critical] gulf/FL has broken its SLA")
    [urgent] = world.titles(120)
    assert urgent.startswith(f"[error] Changed: gulf/FL: a delivery of {TABLE} waits for review and expires")

    assert world.load(approve=held.hash, by="ann")
    [over] = world.titles()
    assert over.startswith("Recovered: ")


def test_a_budget_that_is_exceeded_until_it_is_not(world):
    def judge(passed: bool, words: str) -> None:
        evaluation = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(["platform", "cost"]),
            check_name="budget_gulf",
            passed=passed,
            severity=dg.AssetCheckSeverity.WARN,
            description=words,
            metadata={},
        )
        world.instance.report_runless_asset_event(evaluation)

    judge(False, "41 of 40 credits in 2026-11: 103% of the budget")
    assert world.titles() == [
        "[warning] gulf is over its budget: 41 of 40 credits in 2026-11: 103% of the budget"
    ]
    judge(False, "42 of 40 credits in 2026-11: 105% of the budget")
    assert world.titles() == []
    judge(True, "within the budget")
    assert [title[:10] for title in world.titles()] == ["Recovered:"]


def instigator(name: str, status: InstigatorStatus) -> InstigatorState:
    loaded = LoadableTargetOrigin(module_name="dagster_ingest.definitions_readers")
    repository = RemoteRepositoryOrigin(InProcessCodeLocationOrigin(loaded), "gulf")
    return InstigatorState(
        RemoteInstigatorOrigin(repository, name), InstigatorType.SENSOR, status, SensorInstigatorData()
    )


def test_a_sensor_that_is_switched_off_or_fails_is_told(world):
    state = instigator("gulf__publish", InstigatorStatus.STOPPED)
    world.instance.add_instigator_state(state)
    for other in ("gulf__gone", "prairie__publish"):
        world.instance.add_instigator_state(instigator(other, InstigatorStatus.STOPPED))
    assert world.titles() == ["[error] gulf__publish: it is switched off"]

    world.instance.update_instigator_state(state.with_status(InstigatorStatus.RUNNING))
    assert world.titles(alerting.RECHECK) == ["Recovered: gulf__publish: it is switched off"]

    error = SerializableErrorInfo("Unavailable: the broker is down", [], "Unavailable")
    for number in range(3):
        assert world.titles(alerting.RECHECK) == []
        world.instance.create_tick(
            TickData(
                state.instigator_origin_id,
                "gulf__publish",
                InstigatorType.SENSOR,
                TickStatus.FAILURE,
                world.at + number,
                error=error,
                selector_id=state.selector_id,
            )
        )
    assert world.titles(alerting.RECHECK) == [
        "[error] gulf__publish: its ticks fail with Unavailable: the broker is down"
    ]


def test_a_channel_that_is_down_holds_up_no_other_and_is_told_after_a_day(world):
    world.file(FILE.replace("to: [hook]", "to: [other, hook]"))
    world.deliver([1, 1])
    world.load()

    assert len(world.titles()) == 1
    for _ in range(2):
        world.tick(13 * 3600)
    # A day later the SLA of what was never published warns as well.
    assert "the channel other takes no messages since 1.1 days (2 wait): " in world.said

    memory = Memory.of(world.cursor)
    assert memory.lines["other"].failures == 3
    assert "127.0.0.1" in memory.lines["other"].error


def test_a_state_that_cannot_be_read_holds_up_no_other(world, monkeypatch):
    for state in ("fl", "al"):
        world.deliver([1, 1], state)
        world.load(state.upper())
    real = alerting.story

    def locked(instance, platform, state):
        if state == "AL":
            raise Unavailable("the store is locked", not_done="nothing was read")
        return real(instance, platform, state)

    monkeypatch.setattr(alerting, "story", locked)
    assert world.titles() == [f"[error] gulf/FL is blocked by raw/{TABLE} (contract)"]

    monkeypatch.setattr(alerting, "story", real)
    assert world.titles() == []
    assert world.titles(alerting.AGAIN) == [f"[error] gulf/AL is blocked by raw/{TABLE} (contract)"]


def test_nobody_asked_and_a_file_that_is_wrong(world):
    world.file("channels: {}\n")
    assert alert_sensors(world.platform) == []

    world.file("chanels: {}\n")
    [sensor] = alert_sensors(world.platform)
    with pytest.raises(SpecError, match="unknown key 'chanels'"):
        sensor.evaluate_tick(dg.build_sensor_context(world.instance))
