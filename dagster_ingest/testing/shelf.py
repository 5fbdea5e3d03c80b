"""Records in a file, for servers whose own memory must not grow with what they serve."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, overload

Record = dict[str, Any]


class Shelf(Sequence[Record]):
    """A list of JSON objects, of which none is kept in memory; a slice is a list of its own."""

    def __init__(self, path: Path, records: Iterable[Record]) -> None:
        self._path, self._starts, at = path, array("Q", [0]), 0
        with path.open("wb") as file:
            for record in records:
                at += file.write(json.dumps(record).encode() + b"\n")
                self._starts.append(at)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, at: int) -> Record: ...

    @overload
    def __getitem__(self, at: slice) -> list[Record]: ...

    def __getitem__(self, at: int | slice) -> Record | list[Record]:
        if isinstance(at, int):
            number = range(len(self))[at]
            return self._read(number, number + 1)[0]
        start, stop, step = at.indices(len(self))
        return self._read(start, stop)[::step]

    def _read(self, start: int, stop: int) -> list[Record]:
        with self._path.open("rb") as file:
            file.seek(self._starts[start])
            return [json.loads(file.readline()) for _ in range(start, stop)]
