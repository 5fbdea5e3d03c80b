"""One pass over a whole file before any row is read: its encoding, and whether it is text at all."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from dagster_ingest.connectors.files.folder import NOTHING, Drop
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import unpacked
from dagster_ingest.errors import DataError

_CHUNK = 2**18
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_TEXT = {b"PK\x03\x04": "a zip archive or Excel workbook", b"\x1f\x8b": "gzip", b"%PDF": "a PDF"}
_NOT_TEXT |= {b"\xd0\xcf\x11\xe0": "an old Excel workbook", b"PAR1": "parquet"}
_WEB_PAGE = dict.fromkeys((b"<!doctype html", b"<html"), "a web page, perhaps a login or an error")
_NOT_TEXT |= _WEB_PAGE


@dataclass(frozen=True, slots=True)
class Survey:
    """encoding: utf-8 or cp1252. bytes: unpacked size, mark included. nuls: count of NUL bytes."""

    encoding: str
    bom: int
    bytes: int
    nuls: int
    line_end: bool


def survey(drop: Drop, settings: FilesSettings) -> Survey:
    """Raises DataError for an empty file, for what is no text, and for an encoding that does not fit."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    bad_at: int | None = None
    nuls = bom = size = 0
    blank, last = True, b""
    with unpacked(drop, settings.max_bytes) as stream:
        while chunk := stream.read(_CHUNK):
            if size == 0:
                _require_text(chunk, drop)
                bom = len(codecs.BOM_UTF8) if chunk.startswith(codecs.BOM_UTF8) else 0
            if bad_at is None and settings.encoding != "cp1252":
                bad_at = _bad_utf8(decoder, chunk, size)
                nuls += chunk.count(0) if b"\0" in chunk else 0  # counting alone is five times slower
            blank = blank and not chunk[bom if size == 0 else 0 :].strip()
            size += len(chunk)
            last = chunk[-1:]
    if bad_at is None and settings.encoding != "cp1252" and decoder.getstate()[0]:
        bad_at = size - len(decoder.getstate()[0])
    if blank:
        raise DataError(
            f"the file is empty ({size:,} bytes, no heading row)",
            rule="file|empty",
            where=drop.uri,
            not_done=NOTHING,
            fix="have it delivered again; a delivery without rows still needs its heading row",
        )
    return Survey(_encoding(settings, bad_at, drop), bom, size, nuls, last in (b"\n", b"\r"))


def _bad_utf8(decoder: codecs.IncrementalDecoder, chunk: bytes, before: int) -> int | None:
    """Offset of the first byte that is not UTF-8, or None. `before`: bytes before the chunk."""
    held = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        return before - held + error.start
    return None


def _encoding(settings: FilesSettings, bad_at: int | None, drop: Drop) -> str:
    if settings.encoding == "utf-8" and bad_at is not None:
        raise encoding_error(drop, f"byte {bad_at:,} is not UTF-8", "set `encoding: auto` or cp1252")
    if settings.encoding == "auto":
        return "utf-8" if bad_at is None else "cp1252"
    return settings.encoding


def _require_text(chunk: bytes, drop: Drop) -> None:
    if chunk.startswith(_UTF16) or chunk[:4096].count(0) * 4 > len(chunk[:4096]):
        raise encoding_error(drop, "the file is UTF-16 (or binary)", "have it exported as UTF-8")
    start = chunk[:64].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for magic, kind in _NOT_TEXT.items():
        if chunk.startswith(magic) or (magic in _WEB_PAGE and start.startswith(magic)):
            raise DataError(
                f"the file is {kind}, not delimited text",
                rule="file|readable",
                where=drop.uri,
                not_done=NOTHING,
                fix="have it exported as CSV, or set `format`; archives must end in .zip or .gz",
            )


def encoding_error(drop: Drop, problem: str, fix: str) -> DataError:
    return DataError(problem, rule="file|encoding", where=drop.uri, not_done=NOTHING, fix=fix)
