"""Shared fixtures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_ingest import collector
from dagster_ingest.settings import Settings
from dagster_ingest.testing import postgres
from tests import sharing
from tests.servers import or_skip

collector.seldom()  # as in runs


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = sharing.longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    return sharing.Grouped(config, log)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Connection string of a superuser. Skips with the reason where there is no server."""
    with or_skip(postgres.running_server()) as dsn:
        yield dsn


@pytest.fixture
def postgres_dsn(postgres_server: str) -> Iterator[str]:
    """Connection string of an empty database."""
    with postgres.new_database(postgres_server) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def parsed_projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dbt projects, parsed once for all tests: a `target` folder to copy into a home."""
    from dagster_ingest.transform.project import projects

    base = tmp_path_factory.getbasetemp()
    home = (base.parent if sharing.parallel() else base) / "parsed"
    projects(Settings.load(root=Path(__file__).parents[1], home=home))  # the first of all workers parses
    return home / "target"


@pytest.fixture(scope="session")
def traced_settings(parsed_projects: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home in which lineages of the models are kept for all tests."""
    home = tmp_path_factory.mktemp("traced")
    shutil.copytree(parsed_projects, home / "target")
    return Settings.load(root=Path(__file__).parents[1], home=home)
