"""A dbt project on disk and its manifest: parsed once, kept until a file of the project changes."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from dagster_ingest.settings import Settings
from dagster_ingest.spec.warehouse import SnowflakeWarehouse, warehouse_of

_PARSED = (".sql", ".yml", ".yaml", ".csv", ".md")
_KEPT_PARSES = 3
MANIFEST = "manifest.json"
PARSED = "manifest.msgpack"


@dataclass(frozen=True, slots=True)
class DbtProject:
    """A project folder, its target and where its parsed state is kept."""

    name: str
    folder: Path
    target: str
    cache: Path

    @property
    def manifest_path(self) -> Path:
        return self.cache / MANIFEST

    @property
    def parsed_path(self) -> Path:
        """dbt's own serialised manifest, which a run starts from without parsing."""
        return self.cache / PARSED


@lru_cache(maxsize=8)
def target_of(settings: Settings) -> str:
    """The dbt target that builds elt and stage in the warehouse in force."""
    return "snowflake" if isinstance(warehouse_of(settings), SnowflakeWarehouse) else "duckdb"


@lru_cache(maxsize=8)
def projects(settings: Settings, target: str | None = None) -> tuple[DbtProject, ...]:
    """dbt_elt and dbt_stage, parsed and ready. Their files are looked at once a process.

    target  `duckdb` or `snowflake`; left out, that of the warehouse in force
    """
    target = target or target_of(settings)
    digest = _digest(settings, target)
    found = tuple(
        DbtProject(folder.name, folder, target, settings.home / "target" / f"{folder.name}-{digest[:16]}")
        for folder in (settings.dbt_elt, settings.dbt_stage)
    )
    for project in found:
        prepare(project)
    return found


def prepare(project: DbtProject) -> None:
    """Parse the project unless this very state of its files was parsed before. Safe to race."""
    if project.manifest_path.exists():
        return
    project.cache.parent.mkdir(parents=True, exist_ok=True)
    with _locked(project.cache.with_suffix(".lock")):
        if project.manifest_path.exists():
            return
        from dagster_ingest.transform.run import parse

        scratch = project.cache.with_suffix(f".{os.getpid()}")
        shutil.rmtree(scratch, ignore_errors=True)
        parse(project, scratch)
        shutil.rmtree(project.cache, ignore_errors=True)
        scratch.rename(project.cache)
        _forget_old(project)


def manifests(settings: Settings, target: str | None = None) -> dict[str, Mapping[str, Any]]:
    """The manifests by project name, as dbt writes them."""
    return {project.name: _read(project.manifest_path) for project in projects(settings, target)}


@lru_cache(maxsize=4)
def _read(path: Path) -> Mapping[str, Any]:
    return json.loads(path.read_text())


def _digest(settings: Settings, target: str) -> str:
    """Digest over every file that decides the manifest, of both projects: they share macros."""
    from importlib.metadata import version

    adapter = f"dbt-{target}"
    found = hashlib.sha256(f"{target} {version('dbt-core')} {version(adapter)}".encode())
    for folder in (settings.dbt_elt, settings.dbt_stage):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _PARSED and "target" not in path.parts and path.is_file():
                found.update(str(path.relative_to(settings.root)).encode())
                found.update(path.read_bytes())
    return found.hexdigest()


def _forget_old(project: DbtProject) -> None:
    """Drop parses of earlier states of the project, all but the latest few."""
    old = sorted(
        (p for p in project.cache.parent.glob(f"{project.name}-*") if p.is_dir()),
        key=lambda p: p.stat().st_mtime,
    )
    for path in old[:-_KEPT_PARSES]:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(path: Path):
    with open(path, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
