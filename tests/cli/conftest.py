"""A project for commands to run in."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def project_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is what the commands take for the project; nothing else is set."""
    for variable in ("HOME", "DROPS", "TENANTS_DIR", "TENANTS", "SECRETS"):
        monkeypatch.delenv(f"DAGSTER_INGEST_{variable}", raising=False)
    monkeypatch.setenv("DAGSTER_INGEST_ROOT", str(tmp_path))
    return tmp_path
