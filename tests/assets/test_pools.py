"""Which pool a source or a warehouse has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_ingest.assets.build import readers, writers
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.pools import source_pool, warehouse_pool
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.resolved import SourceSpec


@pytest.fixture(scope="module")
def sample(parsed_projects):
    settings = Settings.load(home=parsed_projects.parent, tenants=("keystone",))
    [spec] = load_tenants(settings).tenants
    return TenantPlatform(settings, spec)


def of(spec: SourceSpec, settings) -> str | None:
    return source_pool(replace(spec, tables=tuple(replace(t, settings=settings) for t in spec.tables)))


@pytest.mark.parametrize(
    ("settings", "pool"),
    [
        ({}, None),
        ({"pattern": "resources_*.csv", "path": "{state}"}, None),
        ({"url": "https://API.Example.org/v1"}, "host:api.example.org"),
        ({"url": "http://127.0.0.1:8080/v1"}, "host:127.0.0.1.8080"),
        ({"source": {"sftp": {"host": "sftp.example.org"}}}, "host:sftp.example.org"),
        ({"auth": {"token_url": "https://login.example.org"}, "url": "https://a.example"}, "host:a.example"),
        ({"dsn": {"secret": "SOURCE_DSN"}}, "host:secret.source_dsn"),
        ({"dsn": "SOURCE_DSN"}, "host:secret.source_dsn"),
        ({"config": {"client": {"base_url": "https://b.example/"}}}, "host:b.example"),
        ({"url": "https://[::1]:99999/x"}, None),
        ({"url": "file:///drops/x.csv"}, None),
    ],
)
def test_the_pool_of_a_source_is_its_host(sample, settings, pool):
    assert of(sample.spec.sources[0], settings) == pool


def test_files_and_the_tenants_own_file_need_no_pool(sample):
    assert warehouse_pool(sample) is None
    for definitions in (writers(sample), readers(sample)):
        assert {definition.op.pool for definition in definitions.assets} == {None}


def test_a_warehouse_that_is_shared_has_the_pool_of_its_target(sample, tmp_path):
    file = tmp_path / "warehouses.yaml"
    file.write_text("warehouses: {lake_house: {type: iceberg}}\n")
    settings = replace(sample.settings, target="lake_house", warehouses_file=file)
    platform = TenantPlatform(settings, sample.spec)

    assert warehouse_pool(platform) == "warehouse:lake_house"
    assert {d.op.pool for d in readers(platform).assets} == {"warehouse:lake_house"}
