"""Files of a new thing: all of them or none, and never over what is there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import typer

from dagster_ingest.errors import SpecError
from dagster_ingest.scaffold.names import NOTHING
from dagster_ingest.settings import Settings
from dagster_ingest.spec.problem import SpecProblem


def write_all(files: Mapping[Path, str]) -> list[Path]:
    """Every file new, or SpecError and none of them."""
    there = [path for path in files if path.exists() or path.is_symlink()]
    if there:
        fix = "choose another name, or remove it yourself"
        raise SpecError("the file is there already", where=str(there[0]), not_done=NOTHING, fix=fix)
    made: list[Path] = []
    try:
        for path, text in files.items():
            made += reversed([p for p in path.parents if not p.exists()])
            path.parent.mkdir(parents=True, exist_ok=True)
            made.append(path)
            with open(path, "x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        for path in reversed(made):
            _remove(path)
        fix = "see that the folder can be written to"
        raise SpecError(str(error), where=str(path), not_done=NOTHING, fix=fix) from error
    return list(files)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def tenant_problems(settings: Settings, name: str, files: Mapping[str, str]) -> list[SpecProblem]:
    """What `validate` would say of the new tenant beside those that are there."""
    from dagster_ingest.spec.load import each_tenant

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        for entry in settings.tenants_dir.iterdir() if settings.tenants_dir.is_dir() else ():
            if entry.is_dir() and entry.name[0] not in "._":
                (home / entry.name).symlink_to(entry.resolve(), target_is_directory=True)
        for path, text in files.items():
            place = home / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        looked = replace(settings, tenants_dir=home, tenants=())
        found = [problem for _, problems in each_tenant(looked, checks_only=True) for problem in problems]
        mine = [problem for problem in found if problem.tenant == name]
        return [replace(p, file=p.file.removeprefix(f"{home}/")) for p in mine]


def show(files: Mapping[Path, str], root: Path) -> None:
    """The files on the screen, for --dry-run."""
    for path, text in files.items():
        typer.secho(f"# {shown(path, root)}", fg="cyan", bold=True)
        typer.echo(text)


def shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def in_git(path: Path, root: Path) -> bool:
    """Whether Git would take what lies at `path`; False where there is no repository."""
    if not path.is_relative_to(root):
        return False
    command = ["git", "-C", str(root), "check-ignore", "-q", str(path)]
    try:
        return subprocess.run(command, capture_output=True, timeout=10).returncode == 1
    except (OSError, subprocess.TimeoutExpired):
        return False
