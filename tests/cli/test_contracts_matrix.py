"""`dagster-ingest contracts matrix` as a user calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_ingest.cli import app
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.land.profiles import Note
from dagster_ingest.validate.drift import Deviation, Drift
from tests.land.helpers import staged, version
from tests.spec.conftest import Project
from tests.spec.versions_project import PATCH, tenant, vendor


@pytest.fixture
def project(project_root: Path) -> Project:
    found = Project(project_root)
    vendor(found)
    tenant(found, "{patch: contracts/thing.patch.yaml}", thing_patch=PATCH)
    tenant(found, "{version: 2}", name="beta")
    return found


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["contracts", "matrix", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_line_for_each_table_says_what_is_in_force_and_what_is_newer(project: Project) -> None:
    alpha, beta = invoke().splitlines()[1:]

    assert alpha.split()[:6] == ["alpha", "feed_thing", "1.4.0+alpha.1.0.0", "1", "1.4.0,", "2.1.0"]
    assert all(text in alpha for text in ("1 changed", "not loaded yet", "to 2.1.0: "))
    assert beta.split()[:5] == ["beta", "feed_thing", "2.1.0", "2", "pinned"]
    assert "to 2.1.0" not in beta


def test_details_name_what_the_patch_and_the_upgrade_change(project: Project) -> None:
    text = invoke("--details", "--tenant", "alpha")

    assert "patch        FEES.required: true -> false" in text
    assert "tenants/alpha/contracts/thing.patch.yaml" in text
    assert "breaking     " in text
    assert "beta" not in text


def test_the_drift_of_the_last_load_comes_from_the_tenants_store(project: Project) -> None:
    added = Deviation("column_added", "warn", "WALK_IN", "no such column", "a column of text", "declare it")
    landing = DuckDBLanding(project.settings().warehouse, "beta")
    load = staged(landing, "20260101T000000-000001", ["1"], table="feed_thing", state="IA")
    load.observe(Note("2.0.0", "{}", lambda recent: Drift(deviations=(added,)).to_json()))
    load.seal()
    load.commit(version(load))

    text = invoke("--tenant", "beta", "--details")

    assert "2.1.0, loaded by 2.0.0" in " ".join(text.split())
    assert "1 in IA, " in text
    assert "warn IA      WALK_IN: a column of text" in text


def test_json_holds_the_same_for_machines(project: Project) -> None:
    rows = json.loads(invoke("--json"))

    assert [(r["tenant"], r["version"], r["current"]) for r in rows] == [
        ("alpha", "1.4.0+alpha.1.0.0", False),
        ("beta", "2.1.0", True),
    ]


def test_it_imports_neither_dagster_nor_dbt(project: Project) -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from dagster_ingest.cli import app;"
        "r = CliRunner().invoke(app, ['contracts', 'matrix']); assert r.exit_code == 0, r.output;"
        "print([m for m in ('dagster', 'dbt', 'polars', 'pandera') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
