"""The check `drift` in real runs of a source: told when there is news, silent when nothing was looked at."""

from __future__ import annotations

import shutil

import dagster as dg
import pytest
import yaml

from dagster_ingest.assets import keys
from dagster_ingest.assets.drift import drift_table
from dagster_ingest.assets.history import last_check
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.raw import source_assets
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.validate.drift import Deviation, Drift

KEY = keys.asset_key("acme", "raw", "feed_services")
CHECK = dg.AssetCheckKey(KEY, keys.DRIFT_CHECK)
TENANT = {
    "tenant": "acme",
    "display_name": "Acme",
    "owners": ["team:acme"],
    "cost": {"cost_center": "acme"},
    "states": ["IA"],
    "sources": {
        "feed": {
            "system": "csv",
            "state": {"by": "whole"},
            "tables": {"services": {"settings": {"pattern": "services.csv"}}},
        }
    },
    "freshness": {"fail": "36h"},
    "publish": [{"reader": "hsds_package"}],
}
CONTRACT = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "acme-services",
    "version": "1.0.0",
    "status": "active",
    "schema": [
        {
            "name": "services",
            "properties": [
                {"name": "ID", "primaryKey": True, "primaryKeyPosition": 1, "required": True},
                {"name": "KIND", "enum": [{"value": "food"}, {"value": "rent"}]},
            ],
        }
    ],
}


@pytest.fixture
def run(tmp_path, monkeypatch, parsed_projects):
    """Deliver a text, load it in a run; gives the run's result."""
    home = tmp_path / "tenants" / "acme"
    (home / "contracts").mkdir(parents=True)
    (home / "tenant.yaml").write_text(yaml.safe_dump(TENANT, sort_keys=False))
    (home / "contracts" / "services.odcs.yaml").write_text(yaml.safe_dump(CONTRACT, sort_keys=False))
    drops = tmp_path / "drops" / "acme"
    drops.mkdir(parents=True)
    shutil.copytree(parsed_projects, tmp_path / "var" / "target")
    monkeypatch.setenv("DAGSTER_INGEST_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("DAGSTER_INGEST_DROPS", str(tmp_path / "drops"))
    monkeypatch.setenv("DAGSTER_INGEST_TENANTS_DIR", str(tmp_path / "tenants"))
    settings = Settings.load()
    loaded = load_tenants(settings)
    assert not loaded.errors
    platform = TenantPlatform(settings, loaded.tenants[0])
    partitions = dg.StaticPartitionsDefinition(["IA"])
    assets = source_assets(platform, loaded.tenants[0].sources[0], partitions)
    with dg.instance_for_test() as instance:

        def deliver(text: str, **more):
            (drops / "services.csv").write_text(text)
            return dg.materialize(
                [assets], partition_key="IA", instance=instance, raise_on_error=False, **more
            )

        deliver.instance = instance
        yield deliver


def drift_of(result) -> list:
    return [e for e in result.get_asset_check_evaluations() if e.check_name == keys.DRIFT_CHECK]


def test_news_fail_the_check_as_a_warning_and_the_run_goes_on(run):
    result = run("ID,KIND,Hours\n1,food,9-5\n")

    [check] = drift_of(result)
    assert result.success
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert (check.metadata["deviations"].value, check.metadata["column_added"].value) == (1, 1)
    assert "| column_added | Hours | no such column |" in check.metadata["drift"].value
    assert KEY in [event.asset_key for event in result.get_asset_materialization_events()]


def test_nothing_new_passes_and_numbers_are_there_to_plot(run):
    [check] = drift_of(run("ID,KIND\n1,food\n"))

    assert check.passed
    assert check.metadata["deviations"].value == check.metadata["null_share"].value == 0
    assert "drift" not in check.metadata


def test_an_unchanged_delivery_yields_no_verdict_and_the_run_succeeds(run):
    run("ID,KIND\n1,food\n")

    result = run("ID,KIND\n1,food\n")

    assert result.success
    assert drift_of(result) == []
    assert [e.check_name for e in result.get_asset_check_evaluations()] == [keys.CONTRACT_CHECK]


def test_a_blocked_delivery_says_how_it_differs(run):
    result = run("ID,KIND\n1,legal\n")

    [check] = drift_of(result)
    assert not result.success
    assert "'legal'" in check.description
    assert check.metadata["enum"].value == 1


def test_a_run_that_does_not_plan_the_check_tells_its_verdict_all_the_same(run):
    unplanned = dg.AssetSelection.assets(KEY) - dg.AssetSelection.checks(CHECK)

    result = run("ID,KIND,Hours\n1,food,9-5\n", selection=unplanned)

    assert result.success
    assert [(check.passed, check.partition) for check in drift_of(result)] == [(False, "IA")]
    told = last_check(run.instance, CHECK, "IA")
    assert (told.passed, told.severe, told.metadata["column_added"]) == (False, False, 1)
    assert run("ID,KIND,Hours\n1,food,9-5\n", selection=unplanned).success
    assert last_check(run.instance, CHECK, "IA").timestamp == told.timestamp


def test_what_a_vendor_writes_cannot_break_the_table():
    deviation = Deviation("enum", "warn", "KIND", "one of 2 values", "'a|b\nc'", "add it")

    lines = drift_table(Drift(deviations=(deviation,))).splitlines()

    assert lines[2] == "| enum | KIND | one of 2 values | 'a\\|b c' | add it |"
