"""The suite that every warehouse has to pass, over catalogs that are servers: PostgreSQL, REST, Nessie."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from dagster_ingest.land.iceberg.catalogs import Catalogs
from dagster_ingest.spec.warehouse import IcebergWarehouse
from dagster_ingest.testing import nessie, postgres
from dagster_ingest.testing.warehouses import LandingConformance
from dagster_ingest.testing.warehouses.world import TENANTS


class Server:
    """A catalog that a fixture started, for all tests; each leaves it empty."""

    shared, together = True, False
    target: dict[str, Any]
    secrets: dict[str, str]
    address: ClassVar[str] = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        of = IcebergWarehouse.model_validate(self.target)
        catalogs = Catalogs(of, TENANTS[0], self.secrets.__getitem__, self.folder)
        catalog = catalogs.main()
        for tenant in TENANTS:
            if catalog.namespace_exists(tenant):
                for name in catalog.list_tables(tenant):
                    catalog.drop_table(name)
                catalog.drop_namespace(tenant)
        catalogs.close()


class Postgres(Server):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        catalog = {"type": "sql", "uri": {"secret": "CATALOG"}}
        self.target = {"type": "iceberg", "catalog": catalog, "location": f"file://{folder}/lake"}
        self.secrets = {"CATALOG": self.address}


class Rest(Server):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.target = {"type": "iceberg", "catalog": {"type": "rest", "uri": self.address}}
        self.secrets = {}


class OnBranches(Server):
    together = True
    store: ClassVar[str] = ""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.target = nessie.target(self.address, self.store)
        self.secrets = nessie.secrets()


@pytest.mark.postgres
class TestIcebergOnPostgres(LandingConformance):
    provider = Postgres

    @pytest.fixture(autouse=True)
    def server(self, postgres_dsn, monkeypatch):
        address = postgres.address(postgres_dsn).replace("postgresql://", "postgresql+psycopg://")
        monkeypatch.setattr(Postgres, "address", address)


@pytest.mark.nessie
class TestIcebergOnRest(LandingConformance):
    provider = Rest

    @pytest.fixture(autouse=True)
    def server(self, rest_server, monkeypatch):
        monkeypatch.setattr(Rest, "address", rest_server)


@pytest.mark.nessie
class TestIcebergOnNessie(LandingConformance):
    provider = OnBranches

    @pytest.fixture(autouse=True)
    def server(self, nessie_server, bucket, monkeypatch):
        monkeypatch.setattr(OnBranches, "address", nessie_server)
        monkeypatch.setattr(OnBranches, "store", bucket.endpoint)
