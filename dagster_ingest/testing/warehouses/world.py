"""Two tenants on a warehouse under test, built as a run builds them: from settings, specs and secrets.

Also run as a program, for processes that are killed half-way: `python -m ... world FOLDER TENANT JSON`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import yaml

from dagster_ingest import clock, faults
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.land.group import Group
from dagster_ingest.land.warehouse import landing_of
from dagster_ingest.settings import PREFIX, Settings
from dagster_ingest.spec.load import load_tenants

if TYPE_CHECKING:
    import polars as pl

    from dagster_ingest.land.candidate import DuckDBCandidate
    from dagster_ingest.land.duckdb import DuckDBLanding

TARGET = "tested"
TENANTS, STATES, TABLES = ("alpha", "beta"), ("FL", "AL"), ("agency", "site")
ROOT = Path(__file__).parents[3]


class Provider(Protocol):
    """A warehouse that a test runs against. Made with a folder of its own, used as a context.

    target    what stands under its name in warehouses.yaml
    secrets   NAME to value
    shared    whether installations with other folders see the same warehouse
    together  whether the tables of a load become visible in one step
    """

    target: Mapping[str, Any]
    secrets: Mapping[str, str]
    shared: bool
    together: bool

    def __init__(self, folder: Path) -> None: ...
    def __enter__(self) -> Provider: ...
    def __exit__(self, *error: object) -> None: ...


class InFolder:
    """A warehouse in the installation's own folder: nothing to bring up. Set `target` and `together`."""

    target: Mapping[str, Any]
    secrets: Mapping[str, str] = MappingProxyType({})
    shared = False
    together: bool

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> InFolder:
        return self

    def __exit__(self, *error: object) -> None:
        pass


@dataclass(frozen=True)
class World:
    """One installation: its own ledgers, the warehouse shared with other installations."""

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def build(cls, folder: Path, provider: Provider, name: str = "home") -> World:
        """Files for `provider`; `name` tells installations apart."""
        folder.mkdir(parents=True, exist_ok=True)
        targets = folder / "warehouses.yaml"
        targets.write_text(yaml.safe_dump({"warehouses": {TARGET: dict(provider.target)}}))
        for tenant in TENANTS:
            _write_tenant(folder / "tenants" / tenant, tenant)
        local = provider.target["type"] == "duckdb"
        settings = {
            "ROOT": str(ROOT),
            "HOME": str(folder / name),
            "TENANTS_DIR": str(folder / "tenants"),
            "WAREHOUSES": str(targets),
            "TARGET": "local" if local else TARGET,
        }
        secrets = {f"SHARED__{key}": value for key, value in provider.secrets.items()}
        return cls(folder, {**{PREFIX + key: value for key, value in settings.items()}, **secrets})

    def landing(self, tenant: str = "alpha") -> DuckDBLanding:
        """As a process that has just started gets it. The environment must be this world's."""
        settings = Settings.load()
        loaded = load_tenants(settings)
        assert not loaded.errors, [str(error) for error in loaded.errors]
        return landing_of(settings, next(spec for spec in loaded.tenants if spec.name == tenant))

    def start(self, tenant: str, loads: Sequence[Mapping[str, Any]], fault: str = "") -> subprocess.Popen:
        """Another process that makes `loads` (see `run`), killed at `fault`."""
        environment = {**os.environ, **self.environment, **({faults.VARIABLE: fault} if fault else {})}
        return subprocess.Popen(
            [sys.executable, "-m", __spec__.name, str(self.folder), tenant, json.dumps(list(loads))],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def _write_tenant(folder: Path, name: str) -> None:
    document = {
        "tenant": name,
        "display_name": name.title(),
        "owners": [f"team:{name}"],
        "cost": {"cost_center": f"cc-{name}"},
        "states": list(STATES),
        "sources": {
            "feed": {
                "system": "csv",
                "settings": {"path": "{state}"},
                "state": {"by": "feed"},
                "tables": dict.fromkeys(TABLES),
            }
        },
        "freshness": {"fail": "36h"},
        "publish": [{"reader": "hsds_package"}],
    }
    (folder / "contracts").mkdir(parents=True, exist_ok=True)
    (folder / "tenant.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    for table in TABLES:
        contract = {
            "kind": "DataContract",
            "apiVersion": "v3.1.0",
            "id": f"{name}-{table}",
            "version": "1.0.0",
            "schema": [
                {
                    "name": table,
                    "properties": [
                        {"name": "ID", "required": True, "primaryKey": True},
                        {"name": "Name", "logicalType": "string"},
                    ],
                }
            ],
        }
        (folder / "contracts" / f"{table}.odcs.yaml").write_text(yaml.safe_dump(contract, sort_keys=False))


def frame(tenant: str, state: str, load_id: str, columns: Mapping[str, Sequence[str | None]]) -> pl.DataFrame:
    """Rows as extraction hands them over, system columns included."""
    import polars as pl

    made = pl.DataFrame(dict(columns), schema=dict.fromkeys(columns, pl.String))
    return made.with_columns(
        _tenant=pl.lit(tenant),
        _state=pl.lit(state),
        _load_id=pl.lit(load_id),
        _loaded_at=pl.lit(datetime(2026, 1, 2, 3, 4, 5, 678901)).cast(pl.Datetime("us")),
        _source_uri=pl.lit("drops/a file.csv"),
        _row_number=pl.int_range(1, made.height + 1, dtype=pl.Int64),
        _row_hash=pl.concat_str(pl.all().fill_null("\0"), separator="\x1f").hash(),
    )


def stage(
    landing: DuckDBLanding | Group,
    load_id: str,
    columns: Mapping[str, Sequence[str | None]],
    *,
    table: str = "feed_agency",
    state: str = "FL",
) -> tuple[DuckDBCandidate, PartitionVersion]:
    """A sealed candidate and the version that it is to become. One row of it was refused."""
    import polars as pl

    candidate = landing.begin(table, state, load_id, columns=list(columns))
    candidate.replaces(present.load_id if (present := landing.current(table, state)) else "")
    rows = frame(landing.tenant, state, load_id, columns)
    candidate.write(rows)
    refused = frame(landing.tenant, state, load_id, {key: ["refused"] for key in columns})
    refused = refused.with_columns(_rules=pl.Series([["ID|required"]]), _row_number=pl.lit(900))
    candidate.reject(refused)
    candidate.seal()
    version = PartitionVersion(
        layer="raw",
        table=table,
        state=state,
        load_id=load_id,
        data_version=f"rows of {load_id}",
        inputs=f"inputs of {load_id}",
        rows=rows.height,
        bytes=candidate.bytes,
        committed_at=clock.utc_text(),
        fingerprint=f"fingerprint of {load_id}",
        cursor=f"cursor of {load_id}",
    )
    return candidate, version


def commit(
    landing: DuckDBLanding | Group, load_id: str, columns: Mapping[str, Sequence[str | None]], **where: str
) -> PartitionVersion:
    candidate, version = stage(landing, load_id, columns, **where)
    try:
        candidate.commit(version)
    except BaseException:
        candidate.abort()
        raise
    return version


def rows(
    landing: DuckDBLanding,
    table: str = "feed_agency",
    state: str | None = "FL",
    columns: Sequence[str] = ("ID",),
) -> list[tuple]:
    """What a reader of the warehouse gets, sorted; nulls first."""
    found = landing.read("raw", table, state, list(columns))
    made = list(zip(*(found.column(name).to_pylist() for name in columns), strict=True))
    return sorted(made, key=lambda row: [(cell is not None, str(cell)) for cell in row])


def run(world: World, tenant: str, loads: Sequence[Mapping[str, Any]]) -> None:
    """Make loads one after the other as runs do, each retried while another one has the partition.

    A load is `{load_id, columns, table, state}`, or `{group: [load, ...]}`.
    """
    from dagster_ingest.errors import Unavailable

    landing = world.landing(tenant)
    for load in loads:
        for _ in range(50):
            landing.recover()
            try:
                with Group(landing) as group:
                    for one in load.get("group", [load]):
                        where = {name: one[name] for name in ("table", "state") if name in one}
                        commit(group, one["load_id"], one["columns"], **where)
                    outcomes = group.commit()
            except Unavailable:
                continue
            if not any(isinstance(outcome, Exception) for outcome in outcomes.values()):
                break
        else:
            raise SystemExit(f"load {load} never got through: {outcomes}")


if __name__ == "__main__":
    folder, tenant_name, asked = sys.argv[1:]
    run(World(Path(folder), {}), tenant_name, json.loads(asked))
