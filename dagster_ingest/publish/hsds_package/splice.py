"""Writes `services.jsonl`: anew, or with the lines of before that are the same still, as they stand there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
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
    """All lines, each with its end, in slices."""
    with Written(path) as made:
        for part in parts:
            made.write(_Fresh(part).text, len(part))
    return made


def write_spliced(
    path: Path,
    source: Path,
    ends: Sequence[int],
    *,
    before: pl.Series,
    after: pl.Series,
    reached: pl.Series,
    fresh: Iterable[pl.Series],
) -> Written:
    """The lines of `source`, but those of the services reached.

    ends           where each line of `source` ends
    before, after  ids of the services of `source` and of those to write, in order; they differ only in
                   services reached
    reached        ids in order
    fresh          lines of the services reached that are there still, in order, in slices
    """
    made_anew = _Fresh(pl.concat([pl.Series(dtype=pl.String), *fresh]))
    old, remaining = before.to_list(), set(after.filter(after.is_in(reached.implode())))
    with Written(path) as made, _Lines(source, ends) as there:
        done, first, last = 0, 0, 0  # lines of before that are dealt with; those made anew that wait
        for service in reached:
            at = bisect_left(old, service, done)
            if at > done:
                first = made_anew.copy(made, first, last)
                there.copy(made, done, at)
            done = at + 1 if at < len(old) and old[at] == service else at
            last += service in remaining
        made_anew.copy(made, first, last)
        there.copy(made, done, len(old))
    return made


class _Fresh:
    """Lines made by polars, as the bytes that they are. text: of all."""

    def __init__(self, lines: pl.Series) -> None:
        array = lines.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        _, offsets, text = array.buffers()
        self._starts = memoryview(offsets).cast("q")[array.offset : array.offset + len(array) + 1]
        self._all = memoryview(text or b"")
        self.text = self._all[self._starts[0] : self._starts[-1]]

    def copy(self, made: Written, first: int, last: int) -> int:
        """Lines from `first` on, before `last`, which is given back."""
        if last > first:
            made.write(self._all[self._starts[first] : self._starts[last]], last - first)
        return last


class _Lines:
    """Lines of a file by number. ends: where each ends."""

    def __init__(self, path: Path, ends: Sequence[int]) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        self._block = memoryview(bytearray(_BLOCK))
        self._ends = ends

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def copy(self, made: Written, first: int, last: int) -> None:
        """Lines from `first` on, before `last`."""
        if last > first:
            at, end = self._ends[first - 1] if first else 0, self._ends[last - 1]
            self._file.seek(at)
            while at < end and (size := self._file.readinto(self._block[: end - at])):
                made.write(self._block[:size], 0)
                at += size
            made.lines += last - first
