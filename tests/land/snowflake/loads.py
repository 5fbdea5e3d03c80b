"""Parts and backings for tests. A program too: `loads.py PORT DATABASE FOLDER LOAD REPLACES ID...`."""

from __future__ import annotations

import sys
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import snowflake.connector

from dagster_ingest.land.backing import Landed
from dagster_ingest.land.delivery import Delivery
from dagster_ingest.land.snowflake import SnowflakeBacking, sessions
from dagster_ingest.settings import Settings
from dagster_ingest.spec.contract import Column
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.warehouse import SnowflakeWarehouse
from dagster_ingest.testing.snowflake import StandIn
from tests.land.helpers import frame, sealed

ROOT = Path(__file__).parents[3]
TABLE = "wellsky_services"


def spec() -> TenantSpec:
    """The sample tenant `gulf`."""
    settings = Settings.load(root=ROOT, tenants=("gulf",))
    [tenant] = load_tenants(settings).tenants
    return tenant


def renaming(column: str, was: str) -> TenantSpec:
    """The sample tenant, in whose contract of TABLE a column is said to have had another name."""
    tenant = spec()
    [source] = [s for s in tenant.sources if TABLE in [t.raw for t in s.tables]]
    tables = tuple(
        replace(
            t, contract=replace(t.contract, columns=(Column(column, column, was=was), *t.contract.columns))
        )
        if t.raw == TABLE
        else t
        for t in source.tables
    )
    return replace(tenant, sources=(replace(source, tables=tables),))


def target(port: int, database: str, **more: Any) -> SnowflakeWarehouse:
    said = {
        "type": "snowflake",
        "account": "standin",
        "host": "127.0.0.1",
        "port": port,
        "protocol": "http",
        "user": "INGEST",
        "authentication": {"by": "password", "password": {"secret": "SNOWFLAKE_PASSWORD"}},
        "database": database,
        "timeout": 60,
        "tags": {"environment": "test"},
    }
    return SnowflakeWarehouse.model_validate({**said, **more})


def backing(port: int, database: str, folder: Path, **more: Any) -> SnowflakeBacking:
    """grace: seconds; the rest are fields of the target."""
    grace = timedelta(seconds=more.pop("grace", 86_400))
    made = more.pop("spec", None) or spec()
    return SnowflakeBacking(
        target(port, database, **more), made, lambda name: f"value of {name}", folder, grace=grace
    )


def new_database(port: int) -> str:
    name = f"TEST_{uuid.uuid4().hex[:12]}".upper()
    run(port, f"create database {name}")
    return name


def run(port: int, *statements: str) -> list[tuple[Any, ...]]:
    """Rows of the last statement, run by somebody who may do everything."""
    with snowflake.connector.connect(**StandIn(port).options()) as connection:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall())


def part(
    folder: Path, rows: pl.DataFrame, load_id: str, table: str = TABLE, state: str = "FL", **more
) -> Landed:
    """A sealed part of `rows`, whose system columns are there."""
    said = Delivery(load_id, columns=tuple(rows.columns)).to_json()
    return sealed(folder / "raw", rows, load_id, table=table, state=state, said=said, **more)


def simple(folder: Path, load_id: str, ids: list[str], state: str = "FL", **more) -> Landed:
    rows = frame(load_id, state, ID=ids, Name=[f"name of {i}" for i in ids])
    return part(folder, rows, load_id, state=state, **more)


def ids(backing: SnowflakeBacking, table: str = TABLE, state: str | None = "FL") -> list[str]:
    return sorted(backing.read("raw", table, state, ["ID"]).column("ID").to_pylist())


if __name__ == "__main__":
    port, name, place, load_id, replaces, *numbers = sys.argv[1:]
    backing(int(port), name, Path(place)).publish([simple(Path(place), load_id, numbers, replaces=replaces)])
    sessions.close_all()
