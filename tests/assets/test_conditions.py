"""Why presets are not Dagster's conditions: what those do over many ticks, against the same events.

Should one of these fail with a new Dagster, the choice in docs/automation.md is due for another look.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import dagster as dg
import pytest

from dagster_ingest.observe.pacing import Asked, Facts, Memory, Try, Upstream, decide
from dagster_ingest.spec.sla import Freshness

STATES = ["AL", "FL", "GA", "TX"]
PARTITIONS = dg.StaticPartitionsDefinition(STATES)
UPSTREAM, RAW = dg.AssetKey(["airbyte", "gulf"]), dg.AssetKey(["gulf", "raw", "services"])
ASKED = Asked("gulf", "on_upstream", Freshness(fail="36h"), quiet=0.0)
BEGAN = datetime(2026, 3, 1, 12)
Requests = set[tuple[str, str | None]]


@dg.asset(key=UPSTREAM)
def airbyte() -> None: ...


def tables(condition: dg.AutomationCondition, count: int) -> list[dg.AssetsDefinition]:
    def table(number: int) -> dg.AssetsDefinition:
        key = RAW if not number else dg.AssetKey(["gulf", "raw", f"services_{number}"])

        @dg.asset(key=key, deps=[UPSTREAM], partitions_def=PARTITIONS, automation_condition=condition)
        def made() -> None: ...

        return made

    return [table(number) for number in range(count)]


class Daemon:
    """Ticks of a minute; what is asked for is taken to be done."""

    def __init__(
        self, instance: dg.DagsterInstance, condition: dg.AutomationCondition, count: int = 1
    ) -> None:
        self.instance, self.cursor, self.minutes = instance, None, 0
        self.defs = dg.Definitions(assets=[airbyte, *tables(condition, count)])
        self.evaluated = 0

    def tick(self, *, does: bool = True) -> Requests:
        self.minutes += 1
        at = BEGAN + timedelta(minutes=self.minutes)
        found = dg.evaluate_automation_conditions(
            self.defs, self.instance, cursor=self.cursor, evaluation_time=at
        )
        self.cursor, self.evaluated = found.cursor, len(found.results)
        asked = {(r.key.path[-1], p) for r in found.results for p in partitions(r)}
        for table, state in asked if does else ():
            self.record(dg.AssetKey(["gulf", "raw", table]), "1", state)
        return asked

    def record(self, key: dg.AssetKey, version: str, state: str | None = None) -> None:
        tags = {"dagster/data_version": version}
        self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=state, tags=tags))


def partitions(result) -> set[str | None]:
    return set(result.true_subset.expensively_compute_partition_keys())


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def ours(facts: list[Facts], now: float) -> list[str]:
    decision = decide(ASKED, facts, Memory(looked=now - 60, begun=now - 86400), now, lambda state: None)
    return [step.state for step in decision.starts]


def test_missing_asks_for_every_partition_at_the_first_tick_and_the_preset_for_one(instance):
    daemon = Daemon(instance, dg.AutomationCondition.missing())

    assert {state for _, state in daemon.tick()} == set(STATES)
    assert ours([Facts(state, upstream=Upstream("1", 0.0)) for state in STATES], 1e6) == ["AL"]


def test_eager_runs_again_for_the_same_data_and_the_preset_does_not(instance):
    daemon = Daemon(instance, dg.AutomationCondition.eager())
    daemon.record(UPSTREAM, "1")
    asked = [daemon.tick() for _ in range(4)]
    for _ in range(3):
        daemon.record(UPSTREAM, "1")
        asked += [daemon.tick() for _ in range(3)]

    assert sum(map(len, asked)) >= 3 * len(STATES), asked
    last = Try("run", 100.0, 200.0, stamp="1")
    facts = [Facts(s, 250.0, 150.0, last=last, upstream=Upstream("1", 9000.0)) for s in STATES]
    assert ours(facts, 1e4) == []


def test_each_asset_is_evaluated_at_each_tick_and_asks_for_itself_alone(instance):
    daemon = Daemon(instance, dg.AutomationCondition.eager(), count=25)
    daemon.tick()

    assert daemon.evaluated == 25
