"""dbt_elt parsed once per session, and an empty warehouse per test."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


def _harness():
    name = "dbt_harness"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("harness.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def dbt_elt(tmp_path_factory):
    harness = _harness()
    return harness.Project(harness.REPOSITORY / "dbt_elt", tmp_path_factory.mktemp("dbt_elt"))


@pytest.fixture(scope="session")
def new_warehouse(dbt_elt):
    """Makes an empty warehouse in a folder."""
    return lambda folder: _harness().Warehouse(folder / "acme.duckdb", dbt_elt)


@pytest.fixture
def warehouse(new_warehouse, tmp_path):
    return new_warehouse(tmp_path)
