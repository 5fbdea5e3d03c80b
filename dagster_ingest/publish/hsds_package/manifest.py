"""The package's list of contents: what a copy can be checked against."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "manifest.json"

# Raise it when the same rows give other bytes: the packages of before are then made again.
FORMAT = 1


def manifest(
    folder: Path, *, tenant: str, state: str, version: str, rows: Mapping[str, int]
) -> dict[str, Any]:
    """Describe every file in `folder` as it stands on the disk. `rows` by entity name."""
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(folder.iterdir())
    }
    return {
        "format": FORMAT,
        "tenant": tenant,
        "state": state,
        "version": version,
        "rows": dict(rows),
        "files": files,
    }


def read(folder: Path) -> dict[str, Any] | None:
    """The manifest of a whole package of the present format, else None.

    Sizes are compared with the disk; checksums are not, they are for copies.
    """
    try:
        found = json.loads((folder / FILE).read_text())
        whole = all((folder / name).stat().st_size == file["bytes"] for name, file in found["files"].items())
        return found if whole and found["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def damaged(folder: Path, listed: dict[str, Any]) -> list[str]:
    """Names of files whose bytes are others than the manifest lists."""
    return [name for name, file in listed["files"].items() if _sha256(folder / name) != file["sha256"]]


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
