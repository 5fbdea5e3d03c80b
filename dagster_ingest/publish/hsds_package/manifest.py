"""The package's list of contents: what a copy can be checked against, and the next version be made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import xxhash

from dagster_ingest.hsds import entities

FILE = "manifest.json"

# Raise it when the same rows give other bytes: the packages of before are then made again.
FORMAT = 1
_BLOCK = 1 << 20


def manifest(
    *,
    tenant: str,
    state: str,
    version: str,
    rows: Mapping[str, int],
    tables: Mapping[str, str],
    files: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """rows, tables: by entity, how many, and the version of those whose version is known. files: by name,
    as `about` says."""
    return {
        "format": FORMAT,
        "tenant": tenant,
        "state": state,
        "version": version,
        "rows": dict(rows),
        "files": {n: {"bytes": f["bytes"], "sha256": f["sha256"]} for n, f in sorted(files.items())},
        "made": {
            "writer": writer(),
            "tables": {name: tables[name] for name in entities() if name in tables},
            "xxh3_128": {n: f["quick"] for n, f in sorted(files.items())},
        },
    }


def about(path: Path) -> dict[str, Any]:
    """Size and checksums of a file as it stands on the disk."""
    full, fast, size = hashlib.sha256(), xxhash.xxh3_128(), 0
    for block in _blocks(path):
        full.update(block)
        fast.update(block)
        size += len(block)
    return {"bytes": size, "sha256": full.hexdigest(), "quick": fast.hexdigest()}


def quick(path: Path, ends: list[int] | None = None) -> str:
    """The checksum that tells damage: a tenth of the time of the one that also tells a forgery.

    ends  takes where each line ends, on the way
    """
    fast, before = xxhash.xxh3_128(), 0
    for block in _blocks(path):
        fast.update(block)
        if ends is not None:
            whole, at = block.obj, 0
            assert isinstance(whole, bytearray)
            while at := whole.find(b"\n", at, len(block)) + 1:
                ends.append(before + at)
        before += len(block)
    return fast.hexdigest()


@cache
def writer() -> str:
    """Digest of what decides the bytes beside the rows: an upgrade takes nothing over from before."""
    import polars as pl

    code = [path.read_text() for path in sorted(Path(__file__).parent.glob("*.py"))]
    words = json.dumps([FORMAT, pl.__version__, repr(entities()), code])
    return hashlib.sha256(words.encode()).hexdigest()[:32]


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
    return [
        name for name, file in listed["files"].items() if about(folder / name)["sha256"] != file["sha256"]
    ]


def _blocks(path: Path) -> Iterator[memoryview]:
    block = memoryview(bytearray(_BLOCK))
    with open(path, "rb", buffering=0) as file:
        while size := file.readinto(block):
            yield block[:size]
