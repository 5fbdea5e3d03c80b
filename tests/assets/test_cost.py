"""`platform/cost` over real runs: what loads took, what a refused one took, budgets, the command."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
import snowflake.connector as snowflake_connector
from typer.testing import CliRunner

from dagster_ingest.assets import keys, maintenance
from dagster_ingest.assets.cost import KEY, Costs, cost_asset, platform_repository
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.raw import source_assets
from dagster_ingest.assets.repositories import Repositories, TenantLeftOut
from dagster_ingest.cli import app
from dagster_ingest.land import tags
from dagster_ingest.land.snowflake.administrator import administrator
from dagster_ingest.observe.cost.rows import CostRow, grouped
from dagster_ingest.observe.cost.store import CostStore
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.warehouse import DuckDBWarehouse, SnowflakeWarehouse
from dagster_ingest.testing import sample
from dagster_ingest.testing.snowflake import running
from tests.servers import or_skip

ROOT = Path(__file__).parents[2]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
TODAY = datetime.now(UTC).date().isoformat()
MONTH = TODAY[:7]


@dataclass
class Installation:
    """The raw tables of the sample tenant `gulf`, which has a budget."""

    settings: Settings
    instance: dg.DagsterInstance

    def load(self, state: str) -> bool:
        [spec] = load_tenants(self.settings).tenants
        states = dg.StaticPartitionsDefinition(list(spec.states))
        platform = TenantPlatform(self.settings, spec)
        assets = [source_assets(platform, source, states) for source in spec.sources]
        done = dg.materialize(
            assets, partition_key=state, instance=self.instance, run_config=QUIET, raise_on_error=False
        )
        return done.success

    def cost(self, days: int | None = None) -> dg.ExecuteInProcessResult:
        specs = tuple(load_tenants(self.settings).tenants)
        asset = cost_asset(Costs(self.settings, specs, DuckDBWarehouse()))
        ops = {"ops": {"platform__cost": {"config": {"days": days}}}} if days else {}
        return dg.materialize([asset], instance=self.instance, run_config={**QUIET, **ops})

    def rows(self) -> list[CostRow]:
        return CostStore(self.settings.home).rows()

    def budget(self, text: str) -> None:
        path = self.settings.tenants_dir / "gulf" / "tenant.yaml"
        old = "cost: {cost_center: cc-400}"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, f"cost: {{cost_center: cc-400, budget: {text}}}"))


@pytest.fixture
def world(tmp_path, parsed_projects):
    shutil.copytree(ROOT / "tenants" / "gulf", tmp_path / "tenants" / "gulf")
    shutil.copytree(parsed_projects, tmp_path / "home" / "target")
    home, tenants = tmp_path / "home", tmp_path / "tenants"
    settings = Settings.load(root=ROOT, home=home, tenants_dir=tenants, tenants=())
    (tmp_path / "instance").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "instance")) as instance:
        yield Installation(settings, instance)


def test_loads_are_told_by_asset_state_owner_and_day_refused_ones_too(world):
    sample.write(world.settings.drops, tenants=("gulf",), day=1)
    assert world.load("FL")
    assert world.load("AL")
    sample.write(world.settings.drops, tenants=("gulf",), day=2)
    assert not world.load("AL")  # a day of the sample on which AL's services are refused
    assert world.cost().success

    rows = world.rows()
    steps = {key: int(sums["steps"]) for key, sums in grouped(rows, ("asset", "state")).items()}
    assert steps[("gulf/raw/wellsky_services", "FL")] == 1
    assert steps[("gulf/raw/wellsky_services", "AL")] == 2
    assert {row.owner for row in rows} == {"team:gulf-data"}
    assert {row.day for row in rows} <= {TODAY}
    assert all(row.cpu_seconds > 0 and row.bytes_read > 0 for row in rows if row.table == "wellsky_services")
    landing = TenantPlatform(world.settings, load_tenants(world.settings).tenants[0]).landing
    raw = sum(row.bytes_stored for row in rows if row.layer == "raw")
    assert raw == sum(version.bytes for version in landing.versions()) > 0
    assert [row.bytes_stored for row in rows if row.layer == "store"] == [landing.path.stat().st_size]


def test_the_asset_carries_sums_and_tables_and_can_be_made_again(world):
    sample.write(world.settings.drops, tenants=("gulf",), day=1)
    assert world.load("FL")
    [event] = world.cost().get_asset_materialization_events()
    told = {name: value.value for name, value in event.materialization.metadata.items()}
    before = world.rows()

    assert told["cpu_seconds"] > 0
    assert told["untagged_statements"] == 0
    assert "| gulf | " in told["by_tenant"]
    assert "gulf/raw/wellsky_organization" in told["by_asset"]
    world.cost(days=3)
    assert world.rows() == before


def test_a_budget_that_is_exceeded_warns_and_stops_nothing(world):
    sample.write(world.settings.drops, tenants=("gulf",), day=1)
    assert world.load("FL")
    world.budget("{per_month: {cpu_seconds: 0.000001}, per_day: {bytes_stored: 900000000}}")
    result = world.cost()
    [check] = result.get_asset_check_evaluations()

    assert result.success
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert (check.check_name, check.asset_key) == ("budget_gulf", KEY)
    assert f"cpu seconds in {MONTH}" in check.description
    assert {"cpu_seconds_month", "bytes_stored_day"} <= set(check.metadata)

    world.settings.tenants_dir.joinpath("gulf", "tenant.yaml").write_text(
        (ROOT / "tenants" / "gulf" / "tenant.yaml").read_text()
    )
    world.budget("{per_month: {cpu_seconds: 1000000}}")
    [check] = world.cost().get_asset_check_evaluations()
    assert check.passed
    assert "within the budget" in check.description


def test_an_installation_that_never_ran_costs_nothing(world):
    result = world.cost()
    assert result.success
    assert world.rows() == []
    assert len(CostStore(world.settings.home).days()) == 35


def environment(monkeypatch, world, **more: str) -> None:
    for name, value in {**world.settings.environment(), **more}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.slow
def test_the_command_shows_what_the_asset_found(world, monkeypatch):
    def command(*words: str) -> str:
        result = CliRunner().invoke(app, ["cost", *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    environment(monkeypatch, world)
    assert "--refresh" in command()
    world.budget("{per_day: {bytes_read: 1}}")
    sample.write(world.settings.drops, tenants=("gulf",), day=1)
    CliRunner().invoke(app, ["run", "--tenant", "gulf", "--state", "FL"], catch_exceptions=False)

    shown = command("--refresh", "--by", "asset")
    assert "budget_gulf" in shown
    assert "gulf/raw/wellsky_services" in shown
    nowhere, florida = json.loads(command("--by", "tenant", "--by", "state", "--json"))
    assert (florida["tenant"], florida["state"]) == ("gulf", "FL")
    assert florida["cpu_seconds"] > 0
    assert nowhere["bytes_stored"] > nowhere["cpu_seconds"] == 0  # the tenant's file is no state's
    layers = {row["asset"].split("/")[1] for row in json.loads(command("--by", "asset", "--json"))}
    assert layers == {"raw", "elt", "stage", "enhanced", "published", "store"}
    assert json.loads(command("--untagged", "--json")) == []
    assert command("--since", "2999", "--json").strip() == "[]"


def test_the_platforms_repository_stands_beside_the_tenants(world, monkeypatch):
    environment(monkeypatch, world)
    repositories = Repositories(None, platform_repository)
    assert repositories.names() == ["gulf"]
    assert repositories.listed() == ["gulf", keys.PLATFORM]
    repository = repositories.get(keys.PLATFORM)
    assert repositories.get(keys.PLATFORM) is repository
    graph = repository.asset_graph
    assert graph.materializable_asset_keys == {KEY, dg.AssetKey([keys.PLATFORM, "health"])}
    assert graph.get(KEY).owners
    assert keys.COST_JOB in {job.name for job in repository.get_all_jobs()}
    assert "platform__cost__schedule" in {schedule.name for schedule in repository.schedule_defs}

    environment(monkeypatch, world, DAGSTER_INGEST_TENANTS="gulf")
    assert repositories.listed() == ["gulf"]


def test_a_lakehouse_has_its_upkeep_in_the_same_repository(world, monkeypatch, tmp_path):
    targets = tmp_path / "warehouses.yaml"
    targets.write_text("warehouses: {lake: {type: iceberg}}\n")
    environment(monkeypatch, world, DAGSTER_INGEST_WAREHOUSES=str(targets), DAGSTER_INGEST_TARGET="lake")

    repository = Repositories(None, platform_repository).get(keys.PLATFORM)

    assert {job.name for job in repository.get_all_jobs()} >= {keys.COST_JOB, maintenance.JOB}


def test_a_wrong_file_of_targets_leaves_out_the_platform_only(world, monkeypatch, tmp_path):
    wrong = tmp_path / "warehouses.yaml"
    wrong.write_text("warehouses: {production: {type: oracle}}\n")
    environment(monkeypatch, world, DAGSTER_INGEST_WAREHOUSES=str(wrong))
    with pytest.raises(TenantLeftOut, match="oracle"):
        Repositories(None, platform_repository).get(keys.PLATFORM)


@pytest.fixture
def snowflake(monkeypatch):
    """A target of the stand-in, and a function that runs statements there under tags."""
    monkeypatch.setenv("SHARED__SNOWFLAKE_PASSWORD", "not looked at")
    with or_skip(running()) as server:
        target = SnowflakeWarehouse.model_validate(
            {
                "type": "snowflake",
                "account": "standin",
                "user": "svc_ingest",
                "authentication": {"by": "password", "password": {"secret": "SNOWFLAKE_PASSWORD"}},
                "host": "127.0.0.1",
                "port": server.port,
                "protocol": "http",
                "database": "RESOURCES",
                "role": "INGEST_{TENANT}_WRITER",
                "warehouse": "INGEST_WH",
                "timeout": 60,
            }
        )
        yield server, target


@pytest.mark.snowflake
def test_on_snowflake_credits_come_from_its_views_and_cpu_seconds_from_the_event_log(world, snowflake):
    server, target = snowflake
    sample.write(world.settings.drops, tenants=("gulf",), day=1)
    assert world.load("FL")
    named = {"state": "FL", "layer": "raw", "table": "wellsky_services"}
    with (
        tags.tagged(tenant="gulf", **named),
        administrator(target, lambda name: "none") as run,
    ):
        run("select 1")
    with snowflake_connector.connect(**server.options(warehouse="INGEST_WH")) as somebody:
        somebody.cursor().execute("select 'by hand'")
    world.budget("{per_month: {credits: 0.000000000001}}")
    costs = Costs(world.settings, tuple(load_tenants(world.settings).tenants), target)
    result = dg.materialize([cost_asset(costs)], instance=world.instance, run_config=QUIET)

    sums = grouped(world.rows(), ("asset", "state"))
    services = sums[("gulf/raw/wellsky_services", "FL")]
    assert services["cpu_seconds"] > 0
    assert services["statements"] >= 1
    assert sums[("", "")]["statements"] >= 1
    assert "select 'by hand'" in {one.text for one in CostStore(world.settings.home).untagged()}
    [event] = result.get_asset_materialization_events()
    told = {name: value.value for name, value in event.materialization.metadata.items()}
    assert told["untagged_statements"] >= 1
    assert "select 'by hand'" in told["untagged"]
    assert [check.check_name for check in result.get_asset_check_evaluations()] == ["budget_gulf"]
    asked = [row for row in server.history() if "query_attribution_history" in row["QUERY_TEXT"].lower()]
    assert {row["ROLE_NAME"] for row in asked} == {"INGEST_COST"}
    assert {json.loads(row["QUERY_TAG"])["table"] for row in asked} == {"cost"}

    # A Snowflake that does not answer takes nothing away from what it told before.
    before, alike = world.rows(), CostStore(world.settings.home).untagged()
    unreachable = target.model_copy(update={"authentication": None, "user": None})
    again = Costs(world.settings, costs.tenants, unreachable)
    assert dg.materialize([cost_asset(again)], instance=world.instance, run_config=QUIET).success
    assert world.rows() == before
    assert CostStore(world.settings.home).untagged() == alike
