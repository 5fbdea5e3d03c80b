"""An installation of its own for a test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parsed_projects: Path) -> Path:
    """Folder of `tenants`, copies of the repository's, and of `home`; the environment points there."""
    shutil.copytree(ROOT / "tenants", tmp_path / "tenants")
    shutil.copytree(parsed_projects, tmp_path / "home" / "target")
    monkeypatch.setenv("DAGSTER_INGEST_ROOT", str(ROOT))
    monkeypatch.setenv("DAGSTER_INGEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DAGSTER_INGEST_TENANTS_DIR", str(tmp_path / "tenants"))
    monkeypatch.delenv("DAGSTER_INGEST_TENANTS", raising=False)
    return tmp_path
