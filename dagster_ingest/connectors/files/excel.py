"""Sheets of workbooks: .xlsx, .xlsm, .xlsb, .xls and .ods.

A sheet is in memory while it is read, as its library holds it; rows become text a batch at a time.
"""

from __future__ import annotations

import contextlib
import itertools
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from dagster_ingest.connectors import text
from dagster_ingest.connectors.base import Batch, Malformed
from dagster_ingest.connectors.files.excel_errors import ErrorCells, error_cells
from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.typed import (
    COLUMN_COUNT,
    MAX_COLUMNS,
    MAX_TEXT,
    fault,
    on_disk,
    record_batch,
    wrong_format,
)
from dagster_ingest.connectors.headings import unique_headings
from dagster_ingest.errors import SpecError

_MAX_UNPACKED = 2**30  # bytes of a workbook's parts: a sheet is held in memory
_DEFLATE = 1032  # to how many times its size deflate unpacks at most
_BATCH_ROWS = 10_000
_BATCH_CELLS = 500_000
_EXACT = 10**15  # whole numbers below it are kept to the digit by a workbook's floats
_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_AGAIN = "deliver it again; an upload that broke off leaves one like this"
Row = list[Any]


class Sheet:
    """One sheet. Its headings are read when it is made."""

    def __init__(self, drop: Drop, settings: FilesSettings) -> None:
        self._drop, self._settings = drop, settings
        self.incomplete: str | None = None
        with self._rows() as (rows, merged):
            self.columns = self._headings(rows, merged)

    def batches(self) -> Iterator[Batch]:
        width = len(self.columns)
        most = max(1, min(_BATCH_ROWS, _BATCH_CELLS // width))
        with self._rows() as (rows, merged):
            self._headings(rows, merged)
            records: list[dict[str, Any]] = []
            numbers: list[int] = []
            malformed: list[Malformed] = []
            for number, row in enumerate(rows, start=1):
                if self._is_no_data(row):
                    continue
                cells = [cell_text(value) for value in row]
                if any(cells[width:]):
                    said = "\t".join(cells).rstrip("\t")[:MAX_TEXT]
                    malformed.append(Malformed(self._drop.uri, number, COLUMN_COUNT, said))
                    continue
                cells += [""] * (width - len(cells))
                records.append(dict(zip(self.columns, cells, strict=False)))
                numbers.append(number)
                if len(records) >= most:
                    yield record_batch(records, numbers, self.columns, self._drop.uri, malformed)
                    records, numbers, malformed = [], [], []
            yield record_batch(records, numbers, self.columns, self._drop.uri, malformed)

    def _is_no_data(self, row: Row) -> bool:
        if all(value == "" for value in row):
            return True
        comment = self._settings.comment
        return bool(comment) and isinstance(row[0], str) and row[0].startswith(comment or "")

    def _headings(self, rows: Iterator[Row], merged: list[tuple]) -> list[str]:
        """Takes title and heading rows off the front."""
        settings = self._settings
        for _ in range(settings.skip_lines):
            next(rows, None)
        if settings.columns is not None:
            return unique_headings(settings.columns)
        heads: list[list[str]] = []
        for at, row in enumerate(rows, start=settings.skip_lines):
            if self._is_no_data(row) and not heads:
                continue
            heads.append([cell_text(value) for value in _spread(row, at, merged, heads)])
            if len(heads) == settings.header_rows:
                break
        filled = (at for head in heads for at, cell in enumerate(head, start=1) if cell.strip())
        width = max(filled, default=0)
        if len(heads) < settings.header_rows or not width:
            fix = "correct `sheet`, `skip_lines` and `header_rows`, or have the file delivered again"
            raise fault(self._drop, "file|empty", "the sheet has no heading row after the skipped rows", fix)
        if width > MAX_COLUMNS:
            problem = f"the sheet has {width:,} columns; {MAX_COLUMNS:,} are allowed"
            raise fault(self._drop, "file|columns", problem, "have it exported anew")
        padded = [(head + [""] * width)[:width] for head in heads]
        joined = [" ".join(dict.fromkeys(filter(None, parts))) for parts in zip(*padded, strict=True)]
        return unique_headings(joined)

    @contextlib.contextmanager
    def _rows(self) -> Iterator[tuple[Iterator[Row], list[tuple]]]:
        """(rows from the sheet's first on, each from column A on; merged ranges)."""
        with on_disk(self._drop, self._settings) as path:
            self._require_sound(path)
            with _translated(self._drop):
                book = _library(self._drop).CalamineWorkbook.from_path(str(path))
                name = self._sheet_name(book)
                sheet = book.get_sheet_by_name(name)
                merged = list(sheet.merged_cell_ranges or ())
            try:
                yield _filled(sheet, error_cells(path, name, self._drop), self._drop), merged
            finally:
                book.close()

    def _sheet_name(self, book: Any) -> str:
        wanted = self._settings.sheet
        names = list(book.sheet_names)
        if not names:
            raise fault(
                self._drop, "file|sheet", "the workbook has no sheet", "have it saved and delivered again"
            )
        if wanted is None:
            shown = [s.name for s in book.sheets_metadata if str(s.visible).endswith("Visible")]
            return (shown or names)[0]
        if isinstance(wanted, int) and wanted <= len(names):
            return names[wanted - 1]
        found = [name for name in names if name.strip().lower() == str(wanted).strip().lower()]
        if not found:
            problem = f"the workbook has no sheet {wanted!r}; it has {', '.join(map(repr, names[:12]))}"
            raise fault(self._drop, "file|sheet", problem, "correct `sheet`, or have the sheet delivered")
        return str(wanted) if wanted in found else found[0]

    def _require_sound(self, path: Path) -> None:
        with open(path, "rb") as file:
            start = file.read(512)
        if not start.startswith((_ZIP, _OLD)):
            raise wrong_format(self._drop, start, "a workbook")
        most = min(_MAX_UNPACKED, self._settings.max_bytes)
        size = path.stat().st_size
        if start.startswith(_ZIP):
            try:
                size = unpacked_size(path, most)
            except (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, NotImplementedError):
                problem = f"the workbook is not whole ({size:,} bytes)"
                raise fault(self._drop, "file|truncated", problem, _AGAIN) from None
        if size > most:
            problem = f"the workbook unpacks to {size:,} bytes; {most:,} are allowed"
            raise fault(self._drop, "file|size", problem, "have it exported as CSV or Parquet")


def unpacked_size(path: Path, most: int) -> int:
    """Bytes of all parts. A part that could be larger than it says is unpacked to see, up to `most`."""
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        for part in parts if size <= most else ():
            if part.compress_type == zipfile.ZIP_DEFLATED and part.compress_size * _DEFLATE > most:
                size += max(0, _true_size(file, part, most) - part.file_size)
    return size


def _true_size(file: BinaryIO, part: zipfile.ZipInfo, most: int) -> int:
    file.seek(part.header_offset + 26)
    name, extra = struct.unpack("<HH", file.read(4))
    file.seek(name + extra, 1)
    unpacking, size, left = zlib.decompressobj(-15), 0, part.compress_size
    while left > 0 and size <= most and (data := file.read(min(left, 2**16))):
        left -= len(data)
        size += len(unpacking.decompress(data))
    return size


def cell_text(value: Any) -> str:
    """A cell as text. A workbook keeps all numbers as floats: a whole one is written without a point."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second or value.microsecond):
        return value.date().isoformat()
    return text.cell(value) or ""


def _spread(row: Row, at: int, merged: list[tuple], above: list[list[str]]) -> Row:
    """A heading row in which a cell merged over several columns counts for each of them.

    One merged downwards counts once: below its first row it is blank.
    """
    row = list(row)
    for (top, left), (_, right) in merged:
        if top == at and right > left:
            row += [""] * (right + 1 - len(row))
            row[left : right + 1] = [row[left]] * (right + 1 - left)
    return row


def _filled(sheet: Any, errors: ErrorCells, drop: Drop) -> Iterator[Row]:
    """Rows from column A on, with the errors of formulas as text."""
    start = sheet.start or (0, 0)
    before = [""] * start[1]
    rows = sheet.iter_rows()
    for at in itertools.count():
        with _translated(drop):
            row = next(rows, None)
        if row is None:
            return
        cells = before + row
        for column, told in errors.get(at, {}).items():
            if column < len(cells) and cells[column] == "":
                cells[column] = told
        yield cells


def _library(drop: Drop) -> Any:
    try:
        import python_calamine
    except ModuleNotFoundError:
        raise SpecError(
            "workbooks need the library python-calamine",
            where=drop.uri,
            not_done="nothing was read",
            fix="install dagster-ingest[excel]",
        ) from None
    return python_calamine


@contextlib.contextmanager
def _translated(drop: Drop) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "PasswordError" in kinds:
            raise fault(drop, "file|readable", "the workbook has a password", "deliver it without") from None
        if kinds & {"CalamineError", "XmlError", "ZipError", "PanicException", "OSError"}:
            problem = f"the workbook is damaged or none: {str(error)[:300]}"
            raise fault(drop, "file|readable", problem, "have it saved and delivered again") from None
        raise


opened = Sheet
