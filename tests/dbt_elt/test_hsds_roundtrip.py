"""What a tenant publishes, taken in again as an HSDS package and from an HSDS API: the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from dagster_ingest import naming
from dagster_ingest.extract.source import SourceLoad
from dagster_ingest.hsds import entities
from dagster_ingest.hsds.generated.dbt import FILLED, kind
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.publish.base import StagePartition
from dagster_ingest.publish.hsds_package.frames import read_frames
from dagster_ingest.publish.hsds_package.package import write_tables
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing import sample
from dagster_ingest.testing.fake.hsds_api import HsdsApi
from dagster_ingest.testing.http import FakeServer
from tests.dbt_elt.harness import REPOSITORY, Warehouse

STATE = "FL"
OPEN = {
    "privacy": {"publish_contacts": True, "publish_identifiers": True, "publish_taxonomy_names": True},
}
TABLES = "".join(f"      {name}:\n" for name in entities())
TENANT = (
    """tenant: again
display_name: Again
owners: [team:again]
cost: {cost_center: cc-1}
states: [FL]
freshness: {fail: 36h}
publish: [{reader: hsds_package}]
sources:
  hsds:
    system: hsds
    state: {by: feed}
    settings: {path: "{state}"}
    tables:
"""
    + TABLES
)
API = """  hsds_api:
    system: hsds_api
    connector: http
    state: {by: feed}
    settings:
      url: "URL"
      paging: {kind: page, param: page, size: 7, size_param: per_page, total: total_items}
    tables:
      organization:
      service:
      location:
      service_at_location:
      taxonomy:
      taxonomy_term:
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("roundtrip")


@pytest.fixture(scope="module")
def published(dbt_elt, home) -> tuple[dict[str, list[dict]], dict[str, pl.DataFrame]]:
    """(a sample tenant's HSDS tables, the same as the package spells them)."""
    settings = Settings.load(root=REPOSITORY, home=home / "first", tenants=("gulf",))
    sample.write(settings.drops, ["gulf"])
    warehouse = Warehouse(home / "first.duckdb", dbt_elt, "gulf")
    take_in(settings, warehouse)
    warehouse.build(systems=["wellsky"], state=STATE, command="run", **OPEN)
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        tables = {n: connection.sql(f'select * from elt."{n}"').to_arrow_table() for n in FILLED}
    partition = StagePartition("gulf", "Gulf", STATE, "v1", ("en",), tuple(tables), tables.__getitem__)
    return warehouse.tables(), read_frames(partition)


@pytest.fixture(scope="module")
def package(dbt_elt, home, published) -> Warehouse:
    """The package, loaded as a source and brought to HSDS."""
    settings = installation(home / "second", TENANT)
    folder = settings.drops / "again" / "fl"
    folder.mkdir(parents=True)
    write_tables(folder, published[1])
    warehouse = Warehouse(home / "second.duckdb", dbt_elt, "again")
    take_in(settings, warehouse)
    warehouse.build(systems=["hsds"], state=STATE, **OPEN)
    return warehouse


@pytest.fixture(scope="module")
def api(dbt_elt, home, published) -> Warehouse:
    """An API that serves the package's rows, loaded as a source and brought to HSDS."""
    warehouse = Warehouse(home / "third.duckdb", dbt_elt, "again")
    with FakeServer() as server:
        served = HsdsApi({name: frame.to_dicts() for name, frame in published[1].items()}).mount(server)
        head = TENANT.split("  hsds:\n")[0]
        settings = installation(home / "third", head + API.replace("URL", server.url + served.base))
        take_in(settings, warehouse)
    warehouse.build(systems=["hsds_api"], state=STATE, **OPEN)
    return warehouse


def installation(root: Path, tenant: str) -> Settings:
    (root / "tenants" / "again").mkdir(parents=True)
    (root / "tenants" / "again" / "tenant.yaml").write_text(tenant)
    return Settings.load(root=root)


def take_in(settings: Settings, warehouse: Warehouse) -> None:
    """Load the tenant's one source for real, and lay its raw rows into the warehouse of the test."""
    loaded = load_tenants(settings)
    assert not loaded.errors, "\n".join(map(str, loaded.errors))
    (tenant,) = loaded.tenants
    (source,) = tenant.sources
    landing = DuckDBLanding(settings.home / "warehouse", tenant.name)
    load = SourceLoad.of(settings, tenant, source, STATE, landing)
    for number, table in enumerate(source.tables):
        result = load.run(table, f"20260101T000000-{number:06}")
        empty = result.outcome == "blocked" and result.verdict.rows_read == 0
        assert result.outcome == "committed" or empty, result.verdict.reason
        if result.outcome == "committed":
            rows = pl.DataFrame(landing.read("raw", table.raw, STATE))
            own = [name for name in rows.columns if name not in naming.SYSTEM_COLUMNS]
            warehouse.land(table.raw, rows.select(own).to_dicts(), state=STATE)


def moved(entity: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the first tenant as the second has it: every id is the source id of the new one."""

    def new(of: str, value: str) -> str:
        return naming.hsds_id("again", "hsds", of, value)

    found = {name: value for name, value in row.items() if not name.startswith("_")}
    for field in entities()[entity].fields:
        if (value := found.get(field.name)) is None:
            continue
        how = kind(field)
        if how == "id":
            found[field.name] = new(entity, value)
        elif how.startswith("ref:"):
            found[field.name] = new(how[4:], value)
        elif how == "link":
            found[field.name] = new(found["link_entity"], value)
    return found


def rows_of(warehouse: Warehouse, entity: str) -> list[dict[str, Any]]:
    rows = [{n: v for n, v in r.items() if not n.startswith("_")} for r in warehouse.rows(entity)]
    return sorted(rows, key=lambda row: row["id"])


OWN = [name for name in FILLED if name != "metadata"]  # a source's metadata are made anew


@pytest.mark.parametrize("entity", OWN)
def test_a_package_gives_the_rows_that_were_published(published, package, entity):
    expected = sorted((moved(entity, row) for row in published[0][entity]), key=lambda row: row["id"])

    assert rows_of(package, entity) == expected


@pytest.mark.parametrize("entity", OWN)
def test_an_api_gives_the_rows_that_its_tables_hold(package, api, entity):
    assert rows_of(api, entity) == rows_of(package, entity)


def test_the_sample_has_rows_of_nearly_everything(published):
    empty = {name for name in OWN if not published[0][name]}

    assert empty == {"program", "cost_option"}


def test_original_ids_stand_in_the_metadata(published, package):
    told = {(row["resource_type"], row["previous_value"]) for row in package.rows("metadata")}
    core = ("organization", "service", "location", "service_at_location")

    assert told == {(name, row["id"]) for name in core for row in published[0][name]}
