"""A tenant of two states whose source is looked at by its sensor: a real instance, real loads, a clock that
the test moves. The part of the daemon is played here: it keeps the cursor and passes over run keys it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.test_utils import create_run_for_test

from dagster_ingest.assets import arrival_log, keys
from dagster_ingest.assets import arrivals as sensors
from dagster_ingest.assets.build import writers
from dagster_ingest.assets.repositories import Repositories
from dagster_ingest.errors import IngestError

ROOT = Path(__file__).parents[2]
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
NAME = "acme__feed__arrival"

_CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: things
version: 1.0.0
status: active
schema:
  - name: things
    properties:
      - {name: ID, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: Name, logicalType: string}
"""


@dataclass
class Shop:
    """at: the clock. cursor: what the daemon kept. ran: (state, whether it succeeded) of each load."""

    instance: dg.DagsterInstance
    folder: Path
    at: float = 1_800_000_000.0
    cursor: str | None = None
    keys: set[str] = field(default_factory=set)
    why: str = ""
    reports: list[dg.AssetCheckEvaluation] = field(default_factory=list)
    ran: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def drops(self) -> Path:
        return self.folder / "drops" / "acme"

    def tenant(self, arrival: dict[str, Any], **source: Any) -> None:
        """Write the tenant file anew."""
        folder = self.folder / "tenants" / "acme"
        (folder / "contracts").mkdir(parents=True, exist_ok=True)
        feed = {"system": "csv", "arrival": arrival, "tables": {"things": None}, **source}
        feed.setdefault("settings", {"path": "{state}"})
        (folder / "contracts" / "things.odcs.yaml").write_text(_CONTRACT)
        told = {
            "tenant": "acme",
            "display_name": "Acme",
            "owners": ["team:acme"],
            "cost": {"cost_center": "c1"},
            "states": ["IA", "NE"],
            "sources": {"feed": feed},
            "freshness": {"fail": "36h"},
            "publish": [{"reader": "hsds_package"}],
        }
        (folder / "tenant.yaml").write_text(yaml.safe_dump(told))
        self.restart()

    def restart(self) -> None:
        """Of the code location: only the cursor stays."""
        self.repository = Repositories(writers).get("acme")

    def put(self, state: str, *names: str, file: str = "things_2026-11-02.csv") -> Path:
        path = self.drops / state.lower() / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("ID,Name\n" + "".join(f"{n},{name}\n" for n, name in enumerate(names, 1)))
        return path

    def tick(self, after: float = 0.0, *, keep: bool = True) -> list[dg.RunRequest]:
        """What the sensor asks for, some seconds later. keep: whether the daemon wrote the cursor down."""
        self.at += after
        context = dg.build_sensor_context(
            self.instance, cursor=self.cursor, repository_def=self.repository, sensor_name=NAME
        )
        found = self.repository.get_sensor_def(NAME).evaluate_tick(context)
        self.why = found.skip_message or ""
        if keep:
            self.cursor = found.cursor
        for event in found.asset_events:
            self.instance.report_runless_asset_event(event)
            self.reports.append(event)
        new = [request for request in found.run_requests if request.run_key not in self.keys]
        self.keys.update(request.run_key for request in new)
        return new

    def asked(self, after: float = 0.0) -> list[str]:
        """States that loads are asked for; nothing is run."""
        return sorted(request.partition_key for request in self.tick(after))

    def loaded(self, after: float = 0.0) -> list[tuple[str, bool]]:
        """The same, run: state and whether the load succeeded."""
        ran = [(request.partition_key, self.run(request)) for request in self.tick(after)]
        self.ran += ran
        return sorted(ran)

    def run(self, request: dg.RunRequest) -> bool:
        raw = [key for key in request.asset_selection if key.path[1] == "raw"]
        tags = {**request.tags, "dagster/run_key": request.run_key}
        return self.load(request.partition_key, raw, tags)

    def load(self, state: str, raw: list[dg.AssetKey] | None = None, tags: dict | None = None) -> bool:
        """A load of the state, by hand unless tags say otherwise."""
        return (
            self.repository.get_job(keys.writers_job("acme"))
            .execute_in_process(
                instance=self.instance,
                partition_key=state,
                asset_selection=raw or [keys.asset_key("acme", "raw", "feed_things")],
                tags=tags,
                raise_on_error=False,
            )
            .success
        )

    def health(self) -> dg.AssetCheckResult:
        """What the declared check says, executed by hand."""
        key = dg.AssetCheckKey(arrival_log.arrival_key("acme", "feed"), arrival_log.ARRIVAL_CHECK)
        check = self.repository.asset_checks_defs_by_key[key]
        return check(dg.build_asset_check_context(instance=self.instance))

    def given_up(self, after: float = 0.0) -> str:
        """The error of a tick that fails."""
        with pytest.raises(IngestError) as caught:
            self.tick(after)
        return str(caught.value)

    def enable(self) -> None:
        arrival_log.enable(self.instance, "acme", "feed")

    @contextmanager
    def at_work(self, state: str) -> Iterator[None]:
        """A load of a state is under way that the sensor did not ask for."""
        run = create_run_for_test(
            self.instance,
            keys.writers_job("acme"),
            status=dg.DagsterRunStatus.STARTED,
            tags={"dagster/partition": state},
        )
        yield
        self.instance.delete_run(run.run_id)


@contextmanager
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("DAGSTER_INGEST_ROOT", str(ROOT))
    monkeypatch.setenv("DAGSTER_INGEST_HOME", str(folder / "home"))
    monkeypatch.setenv("DAGSTER_INGEST_DROPS", str(folder / "drops"))
    monkeypatch.setenv("DAGSTER_INGEST_TENANTS_DIR", str(folder / "tenants"))
    monkeypatch.setenv("DAGSTER_INGEST_SECRETS", "env")
    monkeypatch.delenv("DAGSTER_INGEST_TENANTS", raising=False)
    (folder / "dagster").mkdir()
    with dg.instance_for_test(temp_dir=str(folder / "dagster")) as instance:
        made = Shop(instance, folder)
        monkeypatch.setattr(sensors, "now", lambda: made.at)
        monkeypatch.setattr(sensors, "chance", lambda: 0.5)
        yield made
