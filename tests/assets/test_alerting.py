"""The alerts sensor over real loads of a real tenant, told to a webhook on loopback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_ingest import redact
from dagster_ingest.assets import alerting, keys
from dagster_ingest.assets.alerting import alert_sensors
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.raw import source_assets
from dagster_ingest.observe.alerts.memory import Memory
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing.receivers import Hook, hook

ROOT = Path(__file__).parents[2]
TABLE = "wellsky_organization"
KEY = keys.asset_key("gulf", "raw", TABLE)
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

    def load(self, state: str = "FL") -> bool:
        source = self.platform.spec.sources[0]
        definition = source_assets(self.platform, source, dg.StaticPartitionsDefinition(["FL", "AL"]))
        return self.run(definition, state)

    def run(self, definition: dg.AssetsDefinition, state: str = "FL", **tags: str) -> bool:
        job = dg.define_asset_job("gulf__writers", selection=[definition.key] if tags else [KEY])
        made = dg.Definitions(assets=[definition], jobs=[job]).resolve_job_def("gulf__writers")
        return made.execute_in_process(
            instance=self.instance,
            partition_key=state,
            tags=tags,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        ).success

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
    tables = tuple(
        replace(
            table,
            settings={**table.settings, "set": None},
            contract=replace(
                table.contract, rules=tuple(r for r in table.contract.rules if r.kind != "row_count_ratio")
            ),
        )
        for table in source.tables
        if table.name == "organization"
    )
    spec = replace(spec, sources=(replace(source, tables=tables),))
    (tmp_path / "dagster").mkdir()
    with hook() as taken, dg.instance_for_test(temp_dir=str(tmp_path / "dagster")) as instance:
        made = Installation(TenantPlatform(settings, spec), instance, taken)
        monkeypatch.setenv("PLATFORM__ALERTS_HOOK", f"json://127.0.0.1:{taken.port}/hook")
        monkeypatch.setenv("PLATFORM__ALERTS_OTHER", "json://127.0.0.1:1/nobody")
        monkeypatch.setattr(alerting, "now", lambda: made.at)
        made.file(FILE)
        import time

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
