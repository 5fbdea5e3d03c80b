"""Named frames in one file, which is replaced as a whole. A frame that stays as it is is not even decoded.

Who reads gets what was written, or nothing: from a file that is missing, damaged or of another make.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash

if TYPE_CHECKING:
    import polars as pl

_MAGIC = b"dagster-ingest frames 1\n"


class FrameFile:
    """What stands in a file. head: what was written beside the frames."""

    def __init__(self, head: dict[str, Any], places: Mapping[str, tuple[int, int]], body: memoryview) -> None:
        self.head, self._places, self._body = head, places, body

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def frame(self, name: str) -> pl.DataFrame:
        import polars as pl

        return pl.read_parquet(io.BytesIO(self.raw(name)))

    def raw(self, name: str) -> memoryview:
        """A frame as it stands there, for a file to come."""
        start, end = self._places[name]
        return self._body[start:end]


def read(path: Path, make: str) -> FrameFile | None:
    """None where there is no file that is whole and of this make."""
    try:
        text = memoryview(path.read_bytes())
    except OSError:
        return None
    start = len(_MAGIC)
    body = text[start + 16 :]
    if text[:start] != _MAGIC or text[start : start + 16] != xxhash.xxh3_128_digest(body):
        return None
    size = int.from_bytes(body[:8], "big")
    listed = json.loads(bytes(body[8 : 8 + size]))
    if listed["make"] != make:
        return None
    places, at = {}, 8 + size
    for name, length in listed["frames"].items():
        places[name] = (at, at + length)
        at += length
    return FrameFile(listed["head"], places, body)


def write(
    path: Path, make: str, head: Mapping[str, Any], frames: Mapping[str, pl.DataFrame | memoryview]
) -> None:
    """OSError or PolarsError where that cannot be done; what stood there then stands."""
    parts = [part if isinstance(part, memoryview) else _encoded(part) for part in frames.values()]
    sizes = dict(zip(frames, map(len, parts), strict=True))
    listed = json.dumps({"make": make, "head": head, "frames": sizes}).encode()
    parts = [memoryview(len(listed).to_bytes(8, "big")), memoryview(listed), *parts]
    digest = xxhash.xxh3_128()
    for part in parts:
        digest.update(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(aside, "wb") as file:
            file.writelines([_MAGIC, digest.digest(), *parts])
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _encoded(frame: pl.DataFrame) -> memoryview:
    body = io.BytesIO()
    frame.write_parquet(body, compression="zstd", compression_level=1)
    return body.getbuffer()
