"""Files as the vendors write them. A drop appears under its name only when it is complete."""

from __future__ import annotations

import csv
import gzip
import io
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import IO, Any, Literal

_BLANKS = repeat("")


@dataclass(frozen=True, slots=True)
class Style:
    """encoding is Python's name for it; utf-8-sig writes a byte order mark. pack: none, gz or zip."""

    encoding: str = "utf-8"
    line_end: str = "\r\n"
    quoting: Literal[0, 1, 2, 3] = csv.QUOTE_MINIMAL
    pack: str = "none"


class Table:
    """One CSV in the making. `rows` counts the records after the headings."""

    def __init__(self, stream: IO[str], header: Sequence[str], style: Style) -> None:
        self.header, self.rows = tuple(header), 0
        self._writer = csv.writer(stream, quoting=style.quoting, lineterminator=style.line_end)
        self._writer.writerow(self.header)

    def add(self, row: dict[str, Any]) -> None:
        """None is an empty cell, True and False are Python's words. Other columns are left out."""
        self.cells(list(map(row.get, self.header, _BLANKS)))

    def cells(self, cells: Sequence[Any]) -> None:
        self._writer.writerow(cells)
        self.rows += 1


@contextmanager
def tables(
    folder: Path,
    names: Mapping[str, str],
    headers: Mapping[str, Sequence[str]],
    style: Style,
    archive: str = "",
) -> Iterator[dict[str, Table]]:
    """Open one CSV for each table; `names` are file names. `archive`: the zip that takes them all."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {table: folder / f".{name}.part" for table, name in names.items()}
    try:
        with ExitStack() as stack:
            yield {
                table: Table(stack.enter_context(_text(part, style)), headers[table], style)
                for table, part in parts.items()
            }
        _finish(folder, parts, names, style, archive)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


@contextmanager
def _text(path: Path, style: Style) -> Iterator[IO[str]]:
    with ExitStack() as stack:
        raw: Any = stack.enter_context(path.open("wb"))
        if style.pack == "gz":  # no name and no time in its head, so that equal rows give equal bytes
            raw = stack.enter_context(gzip.GzipFile("", "wb", 1, raw, mtime=0))
        yield stack.enter_context(io.TextIOWrapper(raw, style.encoding, newline=""))


def _finish(
    folder: Path, parts: Mapping[str, Path], names: Mapping[str, str], style: Style, archive: str
) -> None:
    if style.pack != "zip":
        for table, part in parts.items():
            os.replace(part, folder / (names[table] + (".gz" if style.pack == "gz" else "")))
        return
    whole = folder / f".{archive}.part"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for table, part in parts.items():
            member = zipfile.ZipInfo(names[table], (2026, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            with part.open("rb") as source, target.open(member, "w", force_zip64=True) as sink:
                shutil.copyfileobj(source, sink, 2**20)
    os.replace(whole, folder / archive)
