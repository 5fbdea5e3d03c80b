"""dbt_elt parsed once per session, and an empty warehouse per test."""

from __future__ import annotations

import pytest

from tests.dbt_elt.harness import REPOSITORY, Project, Warehouse


@pytest.fixture(scope="session")
def dbt_elt(tmp_path_factory):
    return Project(REPOSITORY / "dbt_elt", tmp_path_factory.mktemp("dbt_elt"))


@pytest.fixture(scope="session")
def new_warehouse(dbt_elt):
    """Makes an empty warehouse in a folder."""
    return lambda folder: Warehouse(folder / "acme.duckdb", dbt_elt)


@pytest.fixture
def warehouse(new_warehouse, tmp_path):
    return new_warehouse(tmp_path)
