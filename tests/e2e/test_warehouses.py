"""The same day of every sample tenant through every warehouse: one and the same HSDS packages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from dagster_ingest.testing.sample.plan import FEEDS
from dagster_ingest.testing.snowflake import StandIn, running
from tests.e2e.conftest import World, installation
from tests.e2e.stores import package
from tests.servers import or_skip

pytestmark = pytest.mark.slow

STATES = [(feed.tenant, feed.state) for feed in FEEDS]
# Over the stand-in the nested models of AIRS, RTM and HSDS take minutes each: too long to be tested here.
CSV = ("bayside", "capital", "gulf", "keystone", "prairie")


def built_on(target: dict, folder: Path, parsed: Path, *tenants: str, **environ: str) -> World:
    """An installation whose target is `target`, with day one of the tenants (all, if none is named) run."""
    file = folder / "warehouses.yaml"
    file.write_text(yaml.safe_dump({"warehouses": {"tested": target}}))
    prefixed = {"DAGSTER_INGEST_TARGET": "tested", "DAGSTER_INGEST_WAREHOUSES": str(file)}
    world = installation(folder, parsed, **prefixed, **environ)
    world.with_outlines()  # as in `days`
    world.deliver(1, *tenants)
    chosen = [word for tenant in tenants for word in ("--tenant", tenant)]
    run = world.process("run", "--workers", "2", *chosen)
    assert run.returncode == 0, run.stdout + run.stderr
    return world


@pytest.fixture(scope="session")
def lakehouse(tmp_path_factory, parsed_projects) -> World:
    return built_on({"type": "iceberg"}, tmp_path_factory.mktemp("lakehouse"), parsed_projects)


@pytest.fixture(scope="session")
def stand_in() -> Iterator[StandIn]:
    with or_skip(running()) as server:
        yield server


@pytest.fixture(scope="session")
def snowflake(tmp_path_factory, parsed_projects, stand_in) -> World:
    """The stand-in, over the wire: the connector and dbt-snowflake are the real ones."""
    import snowflake.connector

    with snowflake.connector.connect(**stand_in.options()) as connection:
        connection.cursor().execute("create database if not exists RESOURCES")
    stand_in.forget()
    target = {
        "type": "snowflake",
        "account": "standin",
        "host": "127.0.0.1",
        "port": stand_in.port,
        "protocol": "http",
        "user": "INGEST",
        "authentication": {"by": "password", "password": {"secret": "SNOWFLAKE_PASSWORD"}},
        "database": "RESOURCES",
        "timeout": 120,
    }
    folder = tmp_path_factory.mktemp("snowflake")
    return built_on(target, folder, parsed_projects, *CSV, SHARED__SNOWFLAKE_PASSWORD="any word does")


@pytest.mark.parametrize(("tenant", "state"), [pytest.param(*at, id="-".join(at)) for at in STATES])
def test_the_lakehouse_publishes_the_same_packages(days, lakehouse, tenant, state):
    assert told(lakehouse.published(tenant, state)) == told(days.one.package(tenant, state))


@pytest.mark.snowflake
@pytest.mark.parametrize(
    ("tenant", "state"), [pytest.param(*at, id="-".join(at)) for at in STATES if at[0] in CSV]
)
def test_snowflake_publishes_the_same_packages(days, snowflake, tenant, state):
    assert told(snowflake.published(tenant, state)) == told(days.one.package(tenant, state))


@pytest.mark.snowflake
def test_no_statement_of_a_run_is_untagged(snowflake, stand_in):
    """Every statement says for which tenant, state, layer and run it is."""
    history = stand_in.history()
    tags = [json.loads(entry["QUERY_TAG"] or "{}") for entry in history]

    bare = [entry["QUERY_TEXT"] for entry, tag in zip(history, tags, strict=True) if not tag.get("tenant")]
    assert bare == []
    assert len(history) > 1000
    assert {tag["tenant"] for tag in tags} == set(CSV)
    assert {tag.get("layer") for tag in tags} >= {"raw", "elt", "stage"}
    short = [
        (entry["QUERY_TEXT"], tag)
        for entry, tag in zip(history, tags, strict=True)
        if not {"run_id", "cost_center", "layer", "state"} <= set(tag)
    ]
    assert short == []


def told(folder: Path) -> dict[str, list[bytes]]:
    """Every file of a package, its lines in order; without the version, a digest of the warehouse's own."""
    files = package(folder.resolve())
    for name in ("datapackage.json", "manifest.json"):
        described = json.loads(files[name])
        del described["version"]
        described.pop("made", None)  # for the next publish: versions of tables are a warehouse's own
        described.get("files", {}).pop("datapackage.json", None)  # its digest, which has the version in it
        files[name] = json.dumps(described, indent=1, sort_keys=True).encode()
    return {name: sorted(content.splitlines()) for name, content in files.items()}
