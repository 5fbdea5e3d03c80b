"""Writes `services.jsonl`: anew, or with the lines of before that are the same still, as they stand there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
import xxhash

_BLOCK = 1 << 20


class Written:
    """A file that is being written. lines: how many so far; quick: checksum of what was meant to be in it."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "xb")  # noqa: SIM115
        self._sum = xxhash.xxh3_128()
        self.lines = 0

    def write(self, text: bytes | memoryview, lines: int) -> None:
        self._file.write(text)
        self._sum.update(text)
        self.lines += lines

    @property
    def quick(self) -> str:
        return self._sum.hexdigest()

    def __enter__(self) -> Written:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def write_anew(path: Path, parts: Iterable[pl.Series]) -> Written:
    """All lines, in slices."""
    with Written(path) as made:
        for part in parts:
            made.write(_text(part), len(part))
    return made


def write_spliced(
    path: Path,
    source: Path,
    *,
    before: pl.Series,
    after: pl.Series,
    reached: pl.Series,
    fresh: Iterable[pl.Series],
) -> Written:
    """The lines of `source`, but those of the services reached.

    before, after  ids of the services of `source` and of those to write, in order; they differ only in
                   services reached
    reached        ids in order
    fresh          lines of the services reached that are there still, in order, in slices
    """
    lines = (line for part in fresh for line in part)
    old, remaining = before.to_list(), set(after.filter(after.is_in(reached.implode())))
    with Written(path) as made, _Lines(source) as there:
        done = 0  # lines of before that are written or left out
        waiting: list[str] = []
        for service in reached:
            at = bisect_left(old, service, done)
            if at > done:
                _flush(made, waiting)
                there.copy(made, done, at)
            done = at + 1 if at < len(old) and old[at] == service else at
            if service in remaining:
                waiting.append(next(lines))
        _flush(made, waiting)
        there.copy(made, done, len(old))
    return made


def _flush(made: Written, waiting: list[str]) -> None:
    if waiting:
        made.write(_text(waiting), len(waiting))
        waiting.clear()


def _text(lines: pl.Series | list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode() if len(lines) else b""


class _Lines:
    """Lines of a file by number."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        self._block = memoryview(bytearray(_BLOCK))
        self._starts = [0, *self._ends()]

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def copy(self, made: Written, first: int, last: int) -> None:
        """Lines from `first` on, before `last`."""
        at, end = self._starts[first], self._starts[last]
        self._file.seek(at)
        while at < end and (size := self._file.readinto(self._block[: end - at])):
            made.write(self._block[:size], 0)
            at += size
        made.lines += last - first

    def _ends(self) -> Iterator[int]:
        """Where each line ends."""
        block, before = self._block.obj, 0
        assert isinstance(block, bytearray)
        while size := self._file.readinto(self._block):
            at = 0
            while at := block.find(b"\n", at, size) + 1:
                yield before + at
            before += size
