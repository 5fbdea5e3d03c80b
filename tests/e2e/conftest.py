"""A whole installation in a temporary folder: sample tenants, drops, Dagster instance."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dagster_ingest.assets import runner
from dagster_ingest.assets.stories import stories
from dagster_ingest.assets.task import Outcome, Task
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing import sample

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class World:
    """The platform on a folder of its own."""

    settings: Settings

    def deliver(self, day: int, *tenants: str, **how):
        return sample.write(self.settings.drops, tenants=tenants or None, day=day, **how)

    def write(self, tenant: str, state: str, **how) -> Outcome:
        return self.execute(Task(tenant, state, "writers", **how))

    def publish(self, tenant: str, state: str) -> Outcome:
        return self.execute(Task(tenant, state, "readers"))

    def execute(self, task: Task) -> Outcome:
        forget_definitions()
        return runner.execute(task, self.settings)

    def story(self, tenant: str, state: str):
        return stories(self.settings, [(tenant, state)])[0]

    def spec(self, tenant: str):
        return load_tenants(replace(self.settings, tenants=(tenant,))).tenants[0]

    def published(self, tenant: str, state: str) -> Path:
        return self.settings.published / tenant / state / "hsds_package"


def forget_definitions() -> None:
    """Definitions are kept for the life of a process; here each test has specs of its own."""
    from dagster._core.definitions.reconstruct import ReconstructableJob

    from dagster_ingest import definitions, definitions_readers

    ReconstructableJob.get_definition.cache_clear()
    ReconstructableJob.get_repository_definition.cache_clear()
    definitions._repositories.forget()
    definitions_readers._repositories.forget()


@pytest.fixture(scope="session")
def parsed(tmp_path_factory) -> Path:
    """The dbt projects, parsed once for all tests."""
    from dagster_ingest.transform.project import projects

    home = tmp_path_factory.mktemp("parsed")
    projects(Settings.load(root=ROOT, home=home))
    return home / "target"


@pytest.fixture
def world(tmp_path, monkeypatch, parsed) -> World:
    shutil.copytree(ROOT / "tenants", tmp_path / "tenants")
    shutil.copytree(parsed, tmp_path / "home" / "target")
    settings = Settings.load(root=ROOT, home=tmp_path / "home", tenants_dir=tmp_path / "tenants", tenants=())
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", str(settings.home / "dagster"))
    return World(settings)
