"""What the formats with typed values have in common: frames of text, and files that need a place on disk."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors import text
from dagster_ingest.connectors.base import Batch, Malformed
from dagster_ingest.connectors.files.folder import NOTHING, Drop
from dagster_ingest.connectors.files.screen import NUL_BYTE, has_nul, numbered
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import unpacked
from dagster_ingest.errors import DataError

if TYPE_CHECKING:
    import polars as pl

MAX_COLUMNS = 4096
NO_TEXT = "*|encoding"
NESTED = "*|nested"
COLUMN_COUNT = "*|column_count"
MAX_TEXT = 16_384  # characters of a malformed record that are kept
_CHUNK = 2**20
_KINDS = {
    b"PK\x03\x04": "a zip archive, or a workbook (.xlsx, .xlsb, .ods)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"PAR1": "Parquet",
    b"\x1f\x8b": "gzip",
    b"%PDF": "a PDF",
    b"<": "XML or HTML",
    b"{": "JSON",
    b"[": "JSON",
}


def fault(drop: Drop, rule: str, problem: str, fix: str) -> DataError:
    return DataError(problem, rule=rule, where=drop.uri, not_done=NOTHING, fix=fix)


def wrong_format(drop: Drop, start: bytes, wanted: str) -> DataError:
    """start: the file's first bytes. wanted: what it should be, in words."""
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    seen = next((kind for magic, kind in _KINDS.items() if bare.startswith(magic)), None)
    if not bare:
        return fault(drop, "file|empty", "the file is empty", "have it delivered again")
    seen = seen or ("binary" if b"\0" in start else "text")
    fix = "set `format` to what the file is, narrow `pattern`, or have it exported anew"
    return fault(drop, "file|readable", f"the file is {seen}, not {wanted}", fix)


def first_bytes(drop: Drop, settings: FilesSettings, size: int = 512) -> bytes:
    with unpacked(drop, settings.max_bytes) as stream:
        return stream.read(size)


@contextlib.contextmanager
def on_disk(drop: Drop, settings: FilesSettings, suffix: str = "") -> Iterator[Path]:
    """The drop as a plain file: itself, or a copy unpacked for as long as it is needed."""
    if drop.member is None and not drop.path.name.lower().endswith(".gz"):
        yield drop.path
        return
    with tempfile.NamedTemporaryFile(suffix=suffix) as copy:
        with unpacked(drop, settings.max_bytes) as stream:
            while chunk := stream.read(_CHUNK):
                copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


def record_batch(
    records: Sequence[Mapping[str, Any]],
    numbers: Sequence[int],
    columns: Sequence[str],
    uri: str,
    malformed: Sequence[Malformed] = (),
) -> Batch:
    """Records with their numbers as a batch. One that no text can hold is malformed."""
    import polars as pl

    bad = list(malformed)
    try:
        frame = text.rows(records, columns)
    except (UnicodeEncodeError, RecursionError):  # half a surrogate pair, written as \ud800; a deep nest
        sound = [_is_text(record) for record in records]
        bad += [_no_text(uri, n, r) for r, n, ok in zip(records, numbers, sound, strict=True) if not ok]
        records = [r for r, ok in zip(records, sound, strict=True) if ok]
        numbers = [n for n, ok in zip(numbers, sound, strict=True) if ok]
        frame = text.rows(records, columns)
    every = pl.Series(numbers, dtype=pl.Int64)
    first = numbers[0] if numbers else min((m.row_number for m in bad), default=1)
    gaps = bool(numbers) and numbers[-1] - numbers[0] + 1 != len(numbers)
    return frame_batch(frame, uri, first, every if gaps or bad else None, bad)


def frame_batch(
    frame: pl.DataFrame,
    uri: str,
    first: int,
    numbers: pl.Series | None = None,
    malformed: Sequence[Malformed] = (),
) -> Batch:
    """A frame of text as a batch, its rows with NUL bytes set apart: no store takes them."""
    bad = list(malformed)
    mask = frame.select(has_nul(frame).fill_null(False).alias("m"))["m"] if frame.width else None
    if mask is not None and mask.any():
        numbers = numbered(frame, first) if numbers is None else numbers
        for number, row in zip(numbers.filter(mask), frame.filter(mask).rows(), strict=True):
            said = text.cell(dict(zip(frame.columns, row, strict=True))) or ""
            bad.append(Malformed(uri, number, NUL_BYTE, said.replace("\0", "\\0")[:MAX_TEXT]))
        frame, numbers = frame.filter(~mask), numbers.filter(~mask)
    return Batch(frame, uri, first, numbers, sorted(bad, key=lambda m: m.row_number))


def _is_text(record: Mapping[str, Any]) -> bool:
    try:
        for value in record.values():
            (text.cell(value) or "").encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _no_text(uri: str, number: int, record: Mapping[str, Any]) -> Malformed:
    try:
        said = (text.cell(record) or "").encode("utf-8", "backslashreplace").decode()
    except RecursionError:
        return Malformed(uri, number, NESTED, ", ".join(record)[:MAX_TEXT])
    return Malformed(uri, number, NO_TEXT, said[:MAX_TEXT])
