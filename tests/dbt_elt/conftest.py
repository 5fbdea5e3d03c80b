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


@pytest.fixture
def warehouse(dbt_elt, tmp_path):
    return _harness().Warehouse(tmp_path / "acme.duckdb", dbt_elt)
