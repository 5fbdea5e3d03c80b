"""What a reader remembers: named frames in one file, which is replaced as a whole.

Who reads gets what was written, or nothing: from a file that is missing, damaged or of another make. Nothing
is lost with it but time, so a file that cannot be written is none.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
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


class Remembered:
    """One file.

    path  without one nothing is remembered
    make  of what writes it; what another make wrote is not read
    """

    def __init__(self, path: Path | None, make: str) -> None:
        self._path, self._make = path, make

    @property
    def anywhere(self) -> bool:
        return self._path is not None

    def read(self) -> FrameFile | None:
        try:
            text = memoryview(self._path.read_bytes() if self._path else b"")
        except OSError:
            return None
        start = len(_MAGIC)
        body = text[start + 16 :]
        if text[:start] != _MAGIC or text[start : start + 16] != xxhash.xxh3_128_digest(body):
            return None
        size = int.from_bytes(body[:8], "big")
        listed = json.loads(bytes(body[8 : 8 + size]))
        if listed["make"] != self._make:
            return None
        places, at = {}, 8 + size
        for name, length in listed["frames"].items():
            places[name] = (at, at + length)
            at += length
        return FrameFile(listed["head"], places, body)

    def write(self, head: Mapping[str, Any], frames: Mapping[str, pl.DataFrame | memoryview]) -> None:
        """A frame of the file that is there may be given as it stands there (`FrameFile.raw`)."""
        if self._path is not None:
            with suppress(OSError):
                _write(self._path, _parts(self._make, head, frames))

    def forget(self) -> None:
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


def _parts(
    make: str, head: Mapping[str, Any], frames: Mapping[str, pl.DataFrame | memoryview]
) -> list[memoryview]:
    parts = [part if isinstance(part, memoryview) else _encoded(part) for part in frames.values()]
    sizes = dict(zip(frames, map(len, parts), strict=True))
    listed = json.dumps({"make": make, "head": head, "frames": sizes}).encode()
    return [memoryview(len(listed).to_bytes(8, "big")), memoryview(listed), *parts]


def _write(path: Path, parts: Sequence[memoryview]) -> None:
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
