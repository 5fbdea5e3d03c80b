"""iCarol's API from a tenant's YAML to the elt tables: what changes and what goes, on incremental loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from dagster_ingest.connectors.http.connector import HttpConnector
from dagster_ingest.connectors.http.timing import Timing
from dagster_ingest.extract import load_table
from dagster_ingest.extract.around import Around
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing.fake.icarol_api import IcarolApi
from dagster_ingest.testing.http import FakeServer, faults
from dagster_ingest.testing.sample.icarol_api import served
from dagster_ingest.validate.audit import Auditor
from tests.dbt_elt.harness import REPOSITORY, Project, Warehouse
from tests.dbt_elt.rule_cases import elt_text

KEY = "k-7f3a"
TENANT = """\
tenant: acme
display_name: Acme 211
owners: [team:acme]
cost: {{cost_center: cc-1}}
states: [IA]
sources:
  icarol:
    system: icarol_api
    connector: http
    mode: {mode}
    settings:
      url: {url}/v1
      auth: {{kind: bearer, token: {{secret: ICAROL_KEY}}}}
      rate: null
freshness: {{warn: 26h, fail: 36h}}
schedule: {{cron: "15 3 * * *", timezone: America/Chicago}}
publish:
  - reader: hsds_package
"""
CHOICES = {"privacy": {"unflagged_addresses": "private"}, "locales": ["en", "es"], "as_of": "2026-03-02"}


def english(day: int) -> list[dict]:
    return [r for r in served(day=day).records if r["cultureCode"] == "en-US"]


class Tenant:
    """A tenant of the API with a store of its own."""

    def __init__(self, folder: Path, url: str, mode: str = "incremental") -> None:
        file = folder / "tenants" / "acme" / "tenant.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(TENANT.format(url=url, mode=mode))
        loaded = load_tenants(Settings.load(root=folder))
        assert not loaded.errors
        self.folder, self.spec = folder, loaded.tenants[0]
        self.landing = DuckDBLanding(folder / "warehouse", "acme")
        self.around = Around(folder / "work", {"ICAROL_KEY": KEY}.__getitem__)
        self.waits: list[float] = []

    def load(self):
        source = self.spec.sources[0]
        timing = Timing(sleep=self.waits.append, chance=lambda: 0.0)
        return load_table(
            self.spec, source, source.table("resource"), "IA",
            connector=HttpConnector(timing), landing=self.landing, audit=Auditor,
            drops=self.folder / "drops", around=self.around,
        )  # fmt: skip

    def rows(self) -> dict[str, dict]:
        frame = pl.DataFrame(self.landing.read("raw", "icarol_resource", "IA"))
        own = [c for c in frame.columns if not c.startswith("_")]
        return {r["id"]: {c: v for c, v in r.items() if v is not None} for r in frame.select(own).to_dicts()}

    def build(self, project: Project) -> dict[str, list[dict]]:
        warehouse = Warehouse(self.folder / "warehouse" / "acme.duckdb", project)
        warehouse.build(systems=["icarol_api"], sources={"icarol_api": ["icarol"]}, command="run", **CHOICES)
        self.text = elt_text(warehouse.path).lower()
        return warehouse.tables()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return Project(REPOSITORY / "dbt_elt", tmp_path_factory.mktemp("dbt_elt"))


def test_an_incremental_load_ends_in_the_rows_of_a_full_one(server, tmp_path):
    api = IcarolApi(english(1), key=KEY).mount(server)
    tenant = Tenant(tmp_path / "moving", server.url)
    first = tenant.load()
    api.records = english(2)

    second = tenant.load()

    assert (first.outcome, second.outcome) == ("committed", "committed")
    assert first.verdict.rows_accepted == first.verdict.rows_read == len(english(1))
    assert second.verdict.rows_read < len(english(2)) / 2
    afresh = Tenant(tmp_path / "afresh", server.url, mode="full")
    afresh.load()
    assert tenant.rows() == afresh.rows()
    assert set(tenant.rows()) == {str(r["id"]) for r in english(2)}


def test_a_load_that_fails_changes_nothing_and_the_next_one_mends_it(server, tmp_path):
    api = IcarolApi(english(1), key=KEY).mount(server)
    tenant = Tenant(tmp_path, server.url)
    tenant.load()
    before = tenant.rows()
    api.records = english(2)
    short = faults.altered(lambda answer: {**answer, "results": answer["results"][1:]})
    server.script("/v1/Resource/Search", short, times=3 * 2, when=lambda asked: asked.json()["skip"] > 0)

    failed = tenant.load()

    assert failed.outcome == "blocked"
    assert tenant.rows() == before
    assert tenant.load().outcome == "committed"
    assert set(tenant.rows()) == {str(r["id"]) for r in english(2)}


def test_what_left_or_turned_private_is_gone_from_every_table(server, tmp_path, project):
    api = IcarolApi(english(1), key=KEY).mount(server)
    tenant = Tenant(tmp_path, server.url)
    tenant.load()
    tenant.build(project)
    sunset = [c for c in served(day=1).canaries if c.from_day == 2]
    shown = {c.token for c in sunset if c.token.lower() in tenant.text}
    api.records = english(2)

    tenant.load()
    tables = tenant.build(project)

    assert len(shown) > 20
    assert len(tables["service"]) > 20
    leaks = {n for c in served(day=2).canaries for n in c.needles if n.lower() in tenant.text}
    assert leaks == set()
    assert not {token for token in shown if token.lower() in tenant.text}


@pytest.mark.parametrize("left", [0, 1])
def test_a_small_increment_or_none_is_no_fault(server, tmp_path, left):
    """The latest records are deleted, so that nothing or one bare agency comes with the next read."""
    records = english(1)
    latest = max(r["modified"] for r in records)
    bare = [{"id": 7, "type": "Agency", "status": "Active", "modified": latest}][:left]
    api = IcarolApi([*records, *bare], key=KEY).mount(server)
    tenant = Tenant(tmp_path, server.url)
    tenant.load()
    api.records = [*(r for r in records if r["modified"][:7] < latest[:7]), *bare]

    result = tenant.load()

    assert result.outcome == "committed"
    assert set(tenant.rows()) == {str(r["id"]) for r in api.records}


def test_a_record_that_was_gone_for_a_while_is_there_again(server, tmp_path):
    """It comes back with its old stamp: no read of changes would bring it."""
    api = IcarolApi(english(1), key=KEY).mount(server)
    tenant = Tenant(tmp_path, server.url)
    tenant.load()
    whole = tenant.rows()
    api.records = english(1)[1:]
    assert tenant.load().deleted == 1
    api.records = english(1)

    result = tenant.load()

    assert result.outcome == "committed"
    assert tenant.rows() == whole


def test_records_that_are_refused_are_not_looked_for_each_time(server, tmp_path):
    records = english(1)
    records[0] = {**records[0], "type": "Nonsense"}
    api = IcarolApi(records, key=KEY).mount(server)
    tenant = Tenant(tmp_path, server.url)
    assert tenant.load().verdict.rows_rejected == 1
    looked = tenant.load().verdict.rows_read
    api.records = [*records[:-1], {**records[-1], "modified": "2026-04-01T00:00:00"}]

    result = tenant.load()

    assert looked == len(records)
    assert result.verdict.rows_read < len(records) / 2
