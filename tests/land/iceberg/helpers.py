"""Parts and tenants for tests of Iceberg; run as a program it publishes one part (see test_processes)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl

from dagster_ingest.land.backing import Landed
from dagster_ingest.land.iceberg import IcebergBacking
from dagster_ingest.spec.contract import Column, Contract
from dagster_ingest.spec.models import Policy, Tenant, WholeState
from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec
from dagster_ingest.spec.warehouse import IcebergWarehouse
from tests.land.helpers import frame, sealed

TABLE = "wellsky_services"
COLUMNS = (
    Column("ID", "ID", required=True, key=True, description="The record's number"),
    Column("Name", "Name", description="What it is called"),
    Column("Phone", "Phone", private=True, classification="confidential"),
)


def spec(*columns: Column, version: str = "1.0.0", tenant: str = "gulf", table: str = TABLE) -> TenantSpec:
    contract = Contract(
        id="services",
        version=version,
        table="services",
        file="services.odcs.yaml",
        columns=columns or COLUMNS,
        rules=(),
        keys=("ID",),
        description="Services of the region",
        owners=("data@gulf.example",),
    )
    model = Tenant.model_validate(
        {
            "tenant": tenant,
            "display_name": "Gulf 211",
            "owners": ["team:gulf-data", "data@gulf.example"],
            "cost": {"cost_center": "cc-7", "programme": "resources"},
            "states": ["FL", "AL"],
            "sources": {"wellsky": {"system": "wellsky"}},
            "freshness": {"fail": "36h"},
            "publish": [{"reader": "hsds_package"}],
        }
    )
    known = TableSpec("services", table, contract, Policy(), {})
    source = SourceSpec("wellsky", "wellsky", "files", "full", WholeState(), (known,))
    return TenantSpec(tenant, model, Path("."), Path("tenant.yaml"), (source,), "0")


def landed(
    folder: Path,
    load_id: str,
    *,
    replaces: str = "",
    state: str = "FL",
    table: str = TABLE,
    said=None,
    **cells,
) -> Landed:
    """A sealed part with these columns of text; none given: two rows."""
    cells = cells or {"ID": ["1", "2"], "Name": [f"one of {load_id}", "two"]}
    rows = frame(load_id, state, **cells)
    return sealed(folder, rows, load_id, table=table, state=state, said=said, replaces=replaces)


def values(backing: IcebergBacking, column: str = "Name", state: str | None = "FL", table: str = TABLE):
    return sorted(backing.read("raw", table, state, [column]).column(column).to_pylist(), key=str)


def rows(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path).sort("_row_number", "_load_id")


if __name__ == "__main__":
    target, secrets, folder, parts, load_id, replaces = sys.argv[1:]
    named = json.loads(secrets)
    backing = IcebergBacking(
        IcebergWarehouse.model_validate_json(target), spec(), named.__getitem__, Path(folder)
    )
    one = landed(Path(parts), load_id, replaces=replaces)
    two = landed(Path(parts), load_id, replaces=replaces, table="wellsky_location")
    print(json.dumps(backing.publish([one, two]).details))
