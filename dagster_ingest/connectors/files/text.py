"""A drop as UTF-8 text, and its heading rows cut off by the dialect's own grammar."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from dagster_ingest.connectors.files.folder import NOTHING, Drop
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import Unpacked
from dagster_ingest.connectors.files.survey import Survey, encoding_error
from dagster_ingest.errors import DataError

_CHUNK = 2**18
_MAX_HEADING = 2**20


class Utf8:
    """Reads a drop as UTF-8 without its byte order mark; bytes may be put back."""

    def __init__(self, drop: Drop, stream: Unpacked, seen: Survey) -> None:
        self._drop, self._stream = drop, stream
        self._decode = seen.encoding == "cp1252"
        self._held = b""
        if seen.bom:
            stream.read(seen.bom)

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        data = self._held or self._decoded(self._stream.read(size))
        self._held = data[size:]
        return data[:size] if self._held else data

    def _decoded(self, data: bytes) -> bytes:
        if not self._decode or data.isascii():
            return data
        try:
            return data.decode("cp1252").encode()
        except UnicodeDecodeError as error:
            at = self._stream.bytes - len(data) + error.start
            raise encoding_error(
                self._drop,
                f"byte {at:,} (0x{data[error.start]:02x}) is neither UTF-8 nor cp1252",
                "have the file exported as UTF-8",
            ) from None

    def put_back(self, data: bytes) -> None:
        self._held = data + self._held


def take_heading(text: Utf8, settings: FilesSettings, drop: Drop) -> list[bytes]:
    """Cut title lines, comment lines and the heading records off the front of `text`."""
    front = _Front(text)
    for _ in range(settings.skip_lines):
        front.take(_line_end)
    no_record = [b"\n", b"\r", *([settings.comment.encode()] if settings.comment else [])]
    records: list[bytes] = []
    while len(records) < settings.header_rows:
        if front.startswith(*no_record):
            front.take(_line_end)
        elif (record := front.take(lambda data: record_end(data, settings))) is not None:
            records.append(record)
        else:
            raise _no_heading(front, drop)
    text.put_back(front.data)
    return records


class _Front:
    """The first bytes of a text, read as far as needed."""

    def __init__(self, text: Utf8) -> None:
        self._text, self.data, self.ended = text, b"", False

    def take(self, end: Callable[[bytes], int | None]) -> bytes | None:
        """Everything up to where `end` says, or None if that is nowhere."""
        while (at := end(self.data)) is None and self._more():
            pass
        if at is None and self.ended and end is _line_end:
            at = len(self.data)
        if at is None and self.ended and self.data:
            at = end(self.data + b"\n")  # the last record has no line end
            at = None if at is None else len(self.data)
        if at is None:
            return None
        taken, self.data = self.data[:at], self.data[at:]
        return taken

    def startswith(self, *prefixes: bytes) -> bool:
        while len(self.data) < max(map(len, prefixes)) and self._more():
            pass
        return self.data.startswith(prefixes)

    def _more(self) -> bool:
        if self.ended or len(self.data) > _MAX_HEADING:
            return False
        chunk = self._text.read(_CHUNK)
        self.ended = not chunk
        self.data += chunk
        return bool(chunk)


def _line_end(data: bytes) -> int | None:
    ends = [at for at in (data.find(b"\n"), data.find(b"\r")) if at >= 0]
    if not ends:
        return None
    at = min(ends)
    if data[at : at + 1] == b"\r":
        if at + 1 == len(data):
            return None  # a line feed may follow
        return at + 2 if data[at + 1 : at + 2] == b"\n" else at + 1
    return at + 1


def record_end(data: bytes, settings: FilesSettings) -> int | None:
    """Where the first record ends, its line end included; None if it does not end in `data`.

    A quote opens only at the start of a cell, as in the parser that reads the rows.
    """
    delimiter, quote, escape = (
        ord(sign) if sign else None for sign in (settings.delimiter, settings.quote, settings.escape)
    )
    at, start, quoted = 0, True, False
    while at < len(data):
        sign = data[at]
        if sign == escape:
            at, start = at + 2, False
            continue
        if quoted:
            if sign == quote:
                if data[at + 1 : at + 2] == bytes([sign]):
                    at += 1
                else:
                    quoted = False
        elif start and sign == quote:
            quoted = True
        elif sign in b"\r\n":
            return _line_end(data[at:]) and at + (_line_end(data[at:]) or 0)
        start = not quoted and sign == delimiter
        at += 1
    return None


def split_record(record: bytes, settings: FilesSettings, drop: Drop) -> list[str]:
    """The cells of one record."""
    try:
        reader = csv.reader(
            io.StringIO(record.decode(), newline=""),
            delimiter=settings.delimiter,
            quotechar=settings.quote,
            escapechar=settings.escape,
            quoting=csv.QUOTE_MINIMAL if settings.quote else csv.QUOTE_NONE,
        )
        return next(reader)
    except csv.Error as error:
        raise DataError(
            f"the heading row cannot be parsed: {error}",
            rule="file|readable",
            where=drop.uri,
            not_done=NOTHING,
            fix="check `delimiter`, `quote` and `escape` against the file",
        ) from None


def _no_heading(front: _Front, drop: Drop) -> DataError:
    if front.data:
        return DataError(
            "a quote in the heading row is never closed",
            rule="file|truncated",
            where=drop.uri,
            not_done=NOTHING,
            fix="deliver the file again, or set `quote` to what the file uses (null for none)",
        )
    return DataError(
        "the file has no heading row after the skipped lines",
        rule="file|empty",
        where=drop.uri,
        not_done=NOTHING,
        fix="correct `skip_lines`, `comment` and `header_rows`, or have the file delivered again",
    )
