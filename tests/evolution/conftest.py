"""A project in a git repository of its own: an invented vendor's system, and tenants that use it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dagster_ingest.evolution.compare import compare
from dagster_ingest.evolution.compared import Compared, Comparison
from dagster_ingest.evolution.revision import beside
from dagster_ingest.settings import Settings

SYSTEM = """\
system: vendor
title: An invented vendor
tables:
  agency: {contract: contracts/agency.odcs.yaml, required: true}
  service: {contract: contracts/service.odcs.yaml, required: true}
register: {staff: [KEEPER]}
"""
HEAD = """\
kind: DataContract
apiVersion: v3.1.0
id: vendor-{table}
version: {version}
schema:
  - name: {table}
    properties:
      - {{name: ID, required: true, primaryKey: true}}
"""
SERVICE = "      - {name: FEES, description: Fees}\n      - {name: STATUS}\n"
TENANT = """\
tenant: {name}
display_name: Invented {name}
owners: [team:{name}]
cost: {{cost_center: cc-1}}
states: [IA]
sources: {{feed: {{system: {system}, tables: {tables}}}}}
freshness: {{fail: 36h}}
publish: [{{reader: hsds_package}}]
"""
ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b.example", "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@b.example", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
}  # fmt: skip


def contract(table: str = "service", version: str = "1.0.0", columns: str = SERVICE) -> str:
    return HEAD.format(table=table, version=version) + columns


class Repository:
    """A clone that tests write into. Paths are relative to the project."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *arguments]
        done = subprocess.run(
            command, env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def service(self, version: str = "1.0.0", columns: str = SERVICE, name: str = "service") -> Path:
        """The vendor's contract of services."""
        return self.write(f"systems/vendor/contracts/{name}.odcs.yaml", contract("service", version, columns))

    def tenant(self, name: str, tables: str = "{agency: , service: }", system: str = "vendor") -> Path:
        text = TENANT.format(name=name, tables=tables, system=system)
        return self.write(f"tenants/{name}/tenant.yaml", text)

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "state")
        return self.git("rev-parse", "HEAD")

    def settings(self, *tenants: str) -> Settings:
        return Settings.load(root=self.root, home=self.root / "var", tenants_dir="tenants", tenants=tenants)

    def compare(self, against: str = "HEAD", *tenants: str) -> Compared:
        with beside(self.settings(*tenants), against) as pair:
            return compare(pair, against)

    def one(self, against: str = "HEAD") -> Comparison:
        """The only contract that changed."""
        (comparison,) = self.compare(against).comparisons
        return comparison


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Two tenants, alpha and beta, on the vendor's contracts; committed."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "DAGSTER_INGEST_TENANTS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "project").mkdir()
    repository = Repository(tmp_path / "project")
    repository.write("systems/vendor/system.yaml", SYSTEM)
    repository.write("systems/vendor/contracts/agency.odcs.yaml", contract("agency", columns=""))
    repository.service()
    repository.tenant("alpha")
    repository.tenant("beta")
    repository.commit()
    return repository
