"""Cells of an .xlsx workbook whose formula failed (#DIV/0!, #N/A): the reading library gives them as blank.

The other kinds of workbook do not tell: there a failed formula cannot be told from a blank cell.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import ParseError  # the exception alone; defusedxml parses

from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.typed import fault

# Row to column to text, both counted from 0.
ErrorCells = dict[int, dict[int, str]]

_CHUNK = 2**20
_LONGEST = 2**17  # bytes of one cell in the sheet's XML
_MAX_INDEX = 2**22  # bytes of the workbook's own list of sheets
_CELL = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\bt=[\"']e[\"'])[^>]*?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*>"
    rb"(?:(?!</(?:\w+:)?c>).){0,8192}?<(?:\w+:)?v>([^<]{1,40})</",
    re.DOTALL,
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def error_cells(path: Path, sheet: str, drop: Drop) -> ErrorCells:
    """Raises DataError where the workbook's own list of sheets cannot be read."""
    found: ErrorCells = {}
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            for cell in _failed(archive, part) if part else ():
                column, row, told = cell
                found.setdefault(int(row) - 1, {})[_column(column)] = told.decode("utf-8", "replace")
    except zipfile.BadZipFile as error:
        if not zipfile.is_zipfile(path):
            return {}  # an .xls
        raise fault(drop, "file|truncated", f"the workbook is damaged: {error}", "deliver it again") from None
    except (LookupError, ParseError, OSError, ValueError, RuntimeError, EOFError, zlib.error) as error:
        problem = f"the workbook is damaged: {str(error)[:200]}"
        raise fault(drop, "file|readable", problem, "have it saved and delivered again") from None
    return found


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the sheet's XML in the archive; None for what is no .xlsx."""
    from defusedxml.ElementTree import fromstring

    names = set(archive.namelist())
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return None
    book = fromstring(_small(archive, "xl/workbook.xml"))
    wanted = next((e.get(_RELATION) for e in book.iter() if _is(e, "sheet") and e.get("name") == sheet), None)
    relations = fromstring(_small(archive, "xl/_rels/workbook.xml.rels"))
    target = next((e.get("Target") for e in relations.iter() if e.get("Id") == wanted), None)
    if wanted is None or not target:
        return None
    part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    return part if part in names else None


def _is(element, name: str) -> bool:
    return str(element.tag).rpartition("}")[2] == name


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        data = part.read(_MAX_INDEX + 1)
    if len(data) > _MAX_INDEX:
        raise ValueError(f"{name} is larger than {_MAX_INDEX:,} bytes")
    return data


def _failed(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, bytes, bytes]]:
    held = b""
    with archive.open(part) as sheet:
        while data := sheet.read(_CHUNK):
            held += data
            if b'"e"' not in held and b"'e'" not in held:
                held = held[-_LONGEST:]
                continue
            end = 0
            for cell in _CELL.finditer(held):
                yield cell[1], cell[2], cell[3]
                end = cell.end()
            held = held[max(end, len(held) - _LONGEST) :]


def _column(letters: bytes) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + letter - 64
    return at - 1
