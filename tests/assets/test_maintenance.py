"""`platform/maintenance` over real Iceberg tables, and that it is there for Iceberg alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import dagster as dg
import pytest

from dagster_ingest.assets import maintenance
from dagster_ingest.land.iceberg import IcebergBacking, maintain
from dagster_ingest.settings import Settings
from dagster_ingest.spec.warehouse import DuckDBWarehouse, IcebergWarehouse
from tests.land.iceberg.helpers import TABLE, landed, spec

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
TARGET = IcebergWarehouse(type="iceberg", keep=1)


@pytest.fixture
def settings(tmp_path):
    return dataclasses.replace(Settings.load(root=Path(__file__).parents[2]), home=tmp_path / "var")


def run(settings, *specs, **more) -> dg.ExecuteInProcessResult:
    asset = maintenance.maintenance_asset(settings, specs, TARGET)
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize([asset], instance=instance, run_config=QUIET, **more)


def test_old_loads_of_every_tenant_go(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(maintain, "GRACE", 0.0)
    for tenant in ("gulf", "prairie"):
        its = spec(tenant=tenant)
        backing = IcebergBacking(TARGET, its, dict[str, str]().__getitem__, settings.warehouse / tenant)
        before = ""
        for load in ("a", "b", "c"):
            backing.publish([landed(tmp_path / tenant, load, replaces=before)])
            before = load
        backing.close()

    result = run(settings, spec(), spec(tenant="prairie"), raise_on_error=True)

    [event] = result.get_asset_materialization_events()
    told = {name: value.value for name, value in event.materialization.metadata.items()}
    assert (told["tables"], told["snapshots_expired"], told["partitions_compacted"]) == (2, 2, 0)
    assert f"| prairie | {TABLE} |" in told["done"]
    assert [v.load_id for v in backing.history(TABLE, "FL")] == ["c", "b"]
    backing.close()


def test_a_tenant_whose_tables_fail_leaves_the_others_to_be_done(settings, tmp_path):
    backing = IcebergBacking(TARGET, spec(), dict[str, str]().__getitem__, settings.warehouse / "gulf")
    backing.publish([landed(tmp_path, "a")])
    backing.close()
    (settings.warehouse / "prairie").mkdir(parents=True)
    (settings.warehouse / "prairie" / "iceberg").write_text("a file where the folder should be")

    result = run(settings, spec(tenant="prairie"), spec(), raise_on_error=False)

    assert not result.success
    [failure] = result.get_step_failure_events()
    said = failure.step_failure_data.user_failure_data
    assert "1 tables or tenants were left" in said.description
    assert said.metadata["tables"].value == 1


def test_it_is_there_for_iceberg_alone(settings):
    assert not maintenance.maintenance(settings, [spec()], DuckDBWarehouse()).assets
    made = maintenance.maintenance(settings, [spec()], TARGET)
    assert [schedule.name for schedule in made.schedules] == ["platform__maintenance__schedule"]
    assert [asset.key for asset in made.assets] == [maintenance.KEY]
