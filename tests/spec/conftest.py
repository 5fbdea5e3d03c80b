"""A small project of spec files that tests bend out of shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import Loaded, load_tenants

TENANT = """\
tenant: alpha
display_name: Alpha 211
owners: [team:alpha]
cost: {cost_center: cc-1}
states: [IA, NE]
sources:
  feed:
    system: csv
    settings: {path: "{state}"}
    state: {by: feed}
    tables:
      site:
      agency:
freshness: {warn: 26h, fail: 36h}
schedule: {cron: "15 3 * * *", timezone: America/Chicago}
publish:
  - reader: hsds_package
  - reader: postgres
    dsn: PUBLISH_DSN
"""

HEAD = """\
kind: DataContract
apiVersion: v3.1.0
id: alpha-{table}
version: 1.0.0
schema:
  - name: {table}
    properties:
      - name: ID
        required: true
        primaryKey: true
"""

AGENCY = HEAD.format(table="agency") + "      - name: NAME\n        logicalType: string\n"
SITE = HEAD.format(table="site") + "      - name: AGENCY_ID\n        relationships: [{to: agency.ID}]\n"


class Project:
    """Writes tenants and contracts, and loads them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def tenant(self, name: str = "alpha", text: str = TENANT, **contracts: str) -> Path:
        """A tenant folder with contracts/<table>.odcs.yaml for each keyword."""
        folder = self.root / "tenants" / name
        (folder / "contracts").mkdir(parents=True, exist_ok=True)
        (folder / "tenant.yaml").write_text(text, encoding="utf-8")
        for table, contract in {"agency": AGENCY, "site": SITE, **contracts}.items():
            (folder / "contracts" / f"{table}.odcs.yaml").write_text(contract, encoding="utf-8")
        return folder

    def settings(self, *tenants: str) -> Settings:
        return Settings.load(root=self.root, tenants_dir=self.root / "tenants", tenants=tenants)

    def load(self, *tenants: str) -> Loaded:
        return load_tenants(self.settings(*tenants))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
