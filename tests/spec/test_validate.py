"""The summary, and the generator of spec files that the benchmarks use."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.validate import validate
from tests.spec.conftest import TENANT

_PATH = Path(__file__).parents[2] / "benchmarks" / "graph_specs.py"


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("graph_specs", _PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("layout", ["own", "shared"])
def test_generated_projects_are_sound_and_counted(generator, tmp_path: Path, layout: str) -> None:
    generator.write_project(tmp_path, tenants=3, tables=12, columns=12, layout=layout)

    summary = validate(Settings.load(root=tmp_path, tenants_dir=tmp_path / "tenants", tenants=()))

    assert summary.errors == []
    assert (summary.tenants, summary.sources, summary.tables) == (3, 3, 36)
    assert summary.rules == 36 * 15 + 3 * 4


@pytest.mark.parametrize("layout", ["own", "shared"])
def test_checking_finds_what_loading_finds(generator, tmp_path: Path, layout: str) -> None:
    generator.write_project(tmp_path, tenants=2, tables=5, layout=layout)
    first = next(tmp_path.glob("tenants/*/tenant.yaml"))
    first.write_text(first.read_text().replace("display_name", "displayname"))
    settings = Settings.load(root=tmp_path, tenants_dir=tmp_path / "tenants", tenants=())

    summary, loaded = validate(settings), load_tenants(settings)

    assert tuple(summary.errors) == loaded.errors
    assert summary.tenants == len(loaded.tenants) == 1
    assert summary.broken == (first.parent.name,)


def test_a_broken_tenant_is_counted_apart(project) -> None:
    project.tenant("alpha")
    project.tenant("beta", TENANT)

    summary = validate(project.settings())

    assert (summary.ok, summary.tenants, summary.broken) == (False, 1, ("beta",))
    assert summary.as_dict()["errors"][0]["file"] == "tenants/beta/tenant.yaml"
