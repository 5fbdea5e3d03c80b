"""Answers on disk: what a read has fetched so far, so that one that was cut goes on where it stopped."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_ingest.connectors.http.timing import Timing

FORMAT = 1  # raise it when staged answers are to be read otherwise
_KEPT_HEADERS = ("content-type", "link", "date")


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it lies there. digest: of the request that it answers."""

    digest: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Stage:
    """A folder of answers by name. Each is written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, name: str, kept: Kept) -> None:
        head = {"digest": kept.digest, "url": kept.url, "headers": dict(kept.headers)}
        packed = gzip.compress(json.dumps(head).encode() + b"\n" + kept.body, compresslevel=1, mtime=0)
        write_durably(self.folder / f"{name}.gz", packed)

    def get(self, name: str, digest: str | None = None) -> Kept | None:
        """None where there is none, or one of another request, or a damaged one."""
        try:
            content = gzip.decompress((self.folder / f"{name}.gz").read_bytes())
            line, _, body = content.partition(b"\n")
            head = json.loads(line)
        except (OSError, EOFError, zlib.error, ValueError):
            return None
        if digest is not None and head["digest"] != digest:
            return None
        return Kept(head["digest"], head["url"], head["headers"], body)

    def note(self, name: str, value: Any) -> None:
        write_durably(self.folder / f"{name}.json", json.dumps(value).encode())

    def noted(self, name: str) -> Any:
        try:
            return json.loads((self.folder / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return None

    def below(self, name: str) -> Stage:
        return Stage(self.folder / name)

    def clear(self) -> None:
        """Empty the folder, and leave it there."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def opened(folder: Path, made_for: str, within: int, timing: Timing) -> Stage:
    """The stage in a folder. What is of another request, or older than `within` seconds, goes."""
    stage = Stage(folder)
    said, now = stage.noted("read"), timing.now()
    fits = isinstance(said, dict) and said.get("for") == made_for and said.get("format") == FORMAT
    if not fits or not now - within <= said["began"] <= now + 60:
        stage.clear()
        stage.note("read", {"for": made_for, "format": FORMAT, "began": now})
    return stage


def headers_to_keep(headers: Mapping[str, str], named: tuple[str | None, ...]) -> dict[str, str]:
    """Headers that pages are read by. Others may hold what is nobody's business."""
    wanted = {*_KEPT_HEADERS, *(name.lower() for name in named if name)}
    return {name: value for name, value in headers.items() if name in wanted}


def write_durably(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
