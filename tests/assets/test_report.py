"""The report and the catalog of a real installation: loads, a refused one, `platform/health`, commands."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg
import jsonschema
import pytest
from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext, DefinitionsLoadType
from typer.testing import CliRunner

from dagster_ingest.assets import health, keys
from dagster_ingest.assets.catalog import catalog_of
from dagster_ingest.assets.column_lineage import kept_columns
from dagster_ingest.assets.dbt import TenantTranslator
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.raw import source_assets
from dagster_ingest.assets.readers import reader_assets
from dagster_ingest.assets.report import read, write_report
from dagster_ingest.cli import app
from dagster_ingest.observe import catalog as catalog_package
from dagster_ingest.observe.catalog.export import as_json
from dagster_ingest.observe.catalog.values import Catalog
from dagster_ingest.observe.explain import explain
from dagster_ingest.observe.report.fresh import day_of
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing import sample
from dagster_ingest.transform.project import manifests

ROOT = Path(__file__).parents[2]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
DAY = 86_400.0


@dataclass
class Installation:
    """gulf with FL and AL loaded. AL's second delivery was refused, and FL is published."""

    settings: Settings
    instance: dg.DagsterInstance

    @property
    def platform(self) -> TenantPlatform:
        [spec] = load_tenants(self.settings).tenants
        return TenantPlatform(self.settings, spec)

    def load(self, state: str) -> bool:
        platform = self.platform
        states = dg.StaticPartitionsDefinition(list(platform.spec.states))
        assets = [source_assets(platform, source, states) for source in platform.spec.sources]
        done = dg.materialize(
            assets, partition_key=state, instance=self.instance, run_config=QUIET, raise_on_error=False
        )
        return done.success


@pytest.fixture(scope="module")
def world(tmp_path_factory, parsed_projects) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("installation")
    shutil.copytree(ROOT / "tenants" / "gulf", folder / "tenants" / "gulf")
    shutil.copytree(parsed_projects, folder / "home" / "target")
    settings = Settings.load(root=ROOT, home=folder / "home", tenants_dir=folder / "tenants", tenants=())
    (folder / "instance").mkdir()
    with dg.DagsterInstance.local_temp(str(folder / "instance")) as instance:
        made = Installation(settings, instance)
        sample.write(settings.drops, tenants=("gulf",), day=1)
        assert made.load("FL")
        assert made.load("AL")
        sample.write(settings.drops, tenants=("gulf",), day=2)
        assert not made.load("AL")
        shown = dg.AssetMaterialization(
            keys.asset_key("gulf", "published", "hsds_package"),
            partition="FL",
            metadata={"services_published": 7},
        )
        instance.report_runless_asset_event(shown)
        yield made


@pytest.fixture(autouse=True)
def _a_code_server() -> Iterator[None]:
    """Definitions are loaded as a code server does, whatever runs this process has seen before."""
    context = DefinitionsLoadContext(DefinitionsLoadType.INITIALIZATION)
    with DefinitionsLoadContext.scoped(context):
        yield


@pytest.fixture(scope="module")
def catalog(world: Installation) -> Catalog:
    return catalog_of(world.settings, load_tenants(world.settings).tenants, world.instance)


def test_loads_are_counted_by_day_and_refused_ones_apart(world, catalog):
    report, _ = read(world.settings, world.instance, now=time.time())
    [gulf] = report.tenants
    by_state = {view.story.state: view for view in gulf.states}
    [florida], [alabama] = by_state["FL"].days, by_state["AL"].days
    tables = len(world.platform.graph.layer("raw"))

    assert (florida.loads, florida.refused, florida.rejected) == (tables, 0, 0)
    assert (alabama.refused, alabama.rejected) == (1, 38)
    assert florida.accepted == by_state["FL"].story.rows_accepted
    assert florida.day == day_of(by_state["FL"].story.loaded_at or 0.0)
    assert (gulf.runs, gulf.failed_runs) == (0, 0)  # these runs carry no tenant's tag
    [failing] = report.failing
    assert (failing.asset, failing.check, failing.times) == ("raw/wellsky_services", "contract", 1)
    assert failing.states == ("AL",)
    assert "38 of 80 rows" in failing.said


def test_the_window_bounds_what_is_read(world, catalog):
    later = time.time() + 200 * DAY

    report, _ = read(world.settings, world.instance, days=30, now=later)

    [gulf] = report.tenants
    assert [view.days for view in gulf.states] == [(), ()]
    assert report.failing == ()
    [florida] = [view for view in gulf.states if view.story.state == "FL"]
    assert [len(w.times) for w in florida.written] == [1]  # the last before the window says how old it was


def test_the_explanation_is_the_one_that_explain_gives(world, catalog):
    report, _ = read(world.settings, world.instance, now=time.time())

    [blocked] = [view for view in report.states if view.story.state == "AL"]
    assert "What to do:" in blocked.text
    assert blocked.text == explain(blocked.story, report.made_at)


def test_every_asset_is_in_the_catalog_in_the_documented_shape(world, catalog):
    schema = json.loads((Path(catalog_package.__file__).parent / "catalog.schema.json").read_text())
    found = json.loads(json.dumps(as_json(catalog)))

    jsonschema.validate(found, schema, format_checker=jsonschema.FormatChecker())
    nodes = world.platform.graph.nodes
    assert {tuple(a["key"][1:]) for a in found["assets"]} == {*nodes, ("published", "hsds_package")}
    assert catalog.problems == ()


def test_a_published_field_is_traced_to_its_source_column(catalog):
    [shown] = [a for a in catalog.assets if a.layer == "published"]
    [fees] = [f for f in shown.fields if f.name == "services.csv.fees_description"]

    assert fees.made_of == (("stage", "service", "fees_description"),)
    assert ("raw", "wellsky_services", "FEES") in fees.sources


def test_what_the_register_names_is_private_and_what_is_made_of_it_says_so(catalog):
    assets = {asset.key[1:]: asset for asset in catalog.assets}
    address = next(f for f in assets["raw", "wellsky_physicaladdress"].fields if f.name == "ADDRESS_1")
    made = [
        f
        for f in assets["stage", "address"].fields
        if ("raw", "wellsky_physicaladdress", "ADDRESS_1") in f.sources
    ]

    assert "private" in address.classes
    assert made
    assert all("from private" in f.classes for f in made)


def test_a_raw_table_has_its_contract_owner_and_line(catalog):
    raw = next(a for a in catalog.assets if a.table == "wellsky_services")

    assert raw.contract is not None
    assert raw.contract.file.endswith("services.odcs.yaml")
    assert raw.owners[:2] == ("team:gulf-data", "resources@gulf.example")
    assert raw.code[0].line > 1
    assert raw.cost == {"cost_center": "cc-400"}
    assert raw.materialized_at is not None


def test_definitions_show_what_was_traced_and_wait_for_no_compilation(world, catalog, tmp_path):
    platform = world.platform
    translator, manifest = TenantTranslator(platform, "stage"), manifests(world.settings)["dbt_stage"]
    node = platform.graph.nodes["stage", "service"]
    states = dg.StaticPartitionsDefinition(list(platform.spec.states))

    model = translator.spec(manifest, node).metadata
    [published] = reader_assets(platform, platform.spec.model.publish[0], states).specs
    told = model["dagster/column_lineage"].deps_by_column["fees_description"]
    assert told == [dg.TableColumnDep(dg.AssetKey(["gulf", "elt", "service"]), "fees_description")]
    shown = published.metadata["dagster/column_lineage"].deps_by_column
    assert shown["services.csv.fees_description"][0].asset_key == dg.AssetKey(["gulf", "stage", "service"])
    assert model["dagster/code_references"].code_references[0].file_path.endswith("service.sql")

    (tmp_path / "target").symlink_to(world.settings.home / "target")
    moved = replace(world.settings, home=tmp_path / "nowhere")
    shutil.copytree(
        world.settings.home / "target", moved.home / "target", ignore=shutil.ignore_patterns("lineage")
    )
    assert kept_columns(TenantPlatform(moved, platform.spec)) is None


def test_health_writes_the_report_and_tells_numbers_that_plot(world, catalog):
    done = dg.materialize([health.health_asset(world.settings)], instance=world.instance, run_config=QUIET)

    [event] = done.get_asset_materialization_events()
    told = {name: value.value for name, value in event.materialization.metadata.items()}
    assert (told["tenants"], told["states"], told["states_blocked"], told["states_late"]) == (1, 2, 1, 0)
    assert told["reviews_open"] == 0
    assert "gulf AL" in told["needs_a_look"]
    assert Path(told["report"]) == world.settings.report / "index.html"
    assert (world.settings.report / "tenant-gulf.html").is_file()


def test_a_tenant_that_cannot_be_read_is_named_and_leaves_the_others(world, catalog, tmp_path):
    tenants = tmp_path / "tenants"
    shutil.copytree(world.settings.tenants_dir, tenants)
    (tenants / "broken").mkdir()
    (tenants / "broken" / "tenant.yaml").write_text("tenant: broken\n")

    made = write_report(
        replace(world.settings, tenants_dir=tenants), tmp_path / "out", instance=world.instance, days=2
    )

    assert [view.name for view in made.report.tenants] == ["gulf"]
    assert any("broken" in problem for problem in made.report.problems)
    assert "left out: " in (tmp_path / "out" / "index.html").read_text()


@pytest.fixture
def command(world, monkeypatch):
    for name, value in world.settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", str(world.settings.home / "dagster"))
    return lambda *words: CliRunner().invoke(app, list(words), catch_exceptions=False)


def test_the_command_writes_the_report_and_says_where(world, catalog, command, tmp_path):
    run = command("report", "--out", str(tmp_path / "site"), "--tenant", "gulf", "--days", "7", "--json")

    told = json.loads(run.stdout)
    assert told["index"] == str(tmp_path / "site" / "index.html")
    assert told["files"] == 3
    assert told["bytes"] == sum(path.stat().st_size for path in (tmp_path / "site").iterdir())


def test_the_catalog_is_exported_to_a_file_or_to_standard_output(world, catalog, command, tmp_path):
    file = tmp_path / "deep" / "catalog.json"

    run = command("catalog", "export", "--out", str(file))
    printed = command("catalog", "export")

    assert "kB" in run.stdout
    assert json.loads(file.read_text())["assets"] == json.loads(printed.stdout)["assets"]
