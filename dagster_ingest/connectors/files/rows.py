"""Delimited text as batches of polars frames, every cell verbatim text.

The parser is Arrow's streaming reader on one thread, which numbers the records and hands over those
with a wrong count of cells. A marker record is appended to the text: if it does not come back as a
record of its own, an open quote has swallowed it, so the file is cut off; if it does, its number
says how many records there must be.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from dagster_ingest.connectors.base import Malformed
from dagster_ingest.connectors.files.folder import NOTHING, Drop
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.text import Utf8
from dagster_ingest.errors import DataError

if TYPE_CHECKING:
    import polars as pl

BLOCK_BYTES = 2 * 2**20  # fits the processor's cache, and bounds the longest record
BATCH_ROWS = 65_536
BATCH_BLOCKS = 16
COLUMN_COUNT = "*|column_count"
_MAX_PENDING = 50_000  # malformed records between two batches; more, and it is another table's file
_MAX_TEXT = 16_384  # characters of a malformed record that are kept


class RowReader:
    """The records behind the headings. Iterate to the end; then `records` counts all of them."""

    def __init__(self, text: Utf8, width: int, settings: FilesSettings, drop: Drop) -> None:
        self._names = [f"c{i}" for i in range(width)]
        self._settings, self._drop = settings, drop
        self._mark = secrets.token_hex(16) + ("" if width > 1 else settings.delimiter)
        self._text = _Marked(text, f"\n{self._mark}\n".encode())
        self._refused: list[tuple[int, Malformed | None]] = []
        self._refused_count = self._passed = 0
        self._flooded = False
        self.records: int | None = None
        self.last_short: Malformed | None = None

    def batches(self) -> Iterator[tuple[pl.DataFrame, int, pl.Series | None, list[Malformed]]]:
        """(frame with columns c0.., first record number, numbers if not consecutive, malformed)."""
        import polars as pl

        good, at = 0, 1
        frames: list[pl.DataFrame] = []
        for block in self._blocks():
            good += block.num_rows
            frames.append(pl.from_arrow(block))  # type: ignore[arg-type]
            if len(frames) == BATCH_BLOCKS or sum(f.height for f in frames) >= BATCH_ROWS:
                batch = self._batch(pl.concat(frames, rechunk=False), at)
                at, frames = batch[1] + batch[0].height + self._passed, []
                yield batch
        if self.records is None:
            raise self._error("file|truncated", "the file breaks off inside a quoted cell")
        frames.append(pl.DataFrame(schema=dict.fromkeys(self._names, pl.String)))
        yield self._batch(pl.concat(frames, rechunk=False), at, to_the_end=True)
        if good + self._refused_count != self.records:
            raise self._error("file|readable", f"{good:,} of {self.records:,} records could be read")

    def _batch(self, frame: pl.DataFrame, at: int, *, to_the_end: bool = False):
        """Number the frame's rows around the refused records that lie between them."""
        import polars as pl

        end = at + frame.height
        taken = 0
        for number, _ in self._refused:  # ascending
            if number >= end and not to_the_end:
                break
            end, taken = end + 1, taken + 1
        inside, self._refused = self._refused[:taken], self._refused[taken:]
        self._passed = taken
        numbers = None
        if inside:
            gaps = pl.DataFrame({"n": [number for number, _ in inside]}, schema={"n": pl.Int64})
            every = pl.DataFrame({"n": pl.int_range(at, end, eager=True, dtype=pl.Int64)})
            numbers = every.join(gaps, on="n", how="anti", maintain_order="left")["n"]
        return frame, at, numbers, [m for _, m in inside if m is not None]

    def _blocks(self) -> Iterator[pa.RecordBatch]:
        read = csv.ReadOptions(column_names=self._names, use_threads=False, block_size=BLOCK_BYTES)
        grammar = _grammar(self._settings, self._refuse)
        try:
            yield from csv.open_csv(pa.PythonFile(self._text, mode="r"), read, grammar, _as_text(self._names))
        except pa.ArrowInvalid as error:
            raise self._parse_error(str(error)) from None

    def _refuse(self, row: csv.InvalidRow) -> str:
        """Called by the parser for a record with a wrong count of cells. Must not raise."""
        if row.text == self._mark:
            self.records = row.number - 1
            return "skip"
        if len(self._refused) >= _MAX_PENDING:
            self._flooded = True
            return "error"
        self._refused_count += 1
        comment = self._settings.comment
        if comment and row.text.startswith(comment):
            self._refused.append((row.number, None))
            return "skip"
        malformed = Malformed(self._drop.uri, row.number, COLUMN_COUNT, row.text[:_MAX_TEXT])
        self.last_short = malformed if row.actual_columns < row.expected_columns else None
        self._refused.append((row.number, malformed))
        return "skip"

    def _parse_error(self, told: str) -> DataError:
        width = len(self._names)
        if self._flooded:
            problem = f"more than {_MAX_PENDING:,} rows in a row have other than the heading's {width} cells"
            return self._error(COLUMN_COUNT, problem)
        if "straddling" in told:
            problem = f"a record is longer than {BLOCK_BYTES:,} bytes; most often a quote is never closed"
            return self._error("file|record_size", problem)
        return self._error("file|readable", f"the file cannot be parsed: {told}")

    def _error(self, rule: str, problem: str) -> DataError:
        return DataError(
            problem,
            rule=rule,
            where=self._drop.uri,
            not_done=NOTHING,
            fix="deliver the file again; check `delimiter`, `quote` and `escape` against the file",
        )


class _Marked:
    """A text with the marker record behind it, as the file object that Arrow wants."""

    closed = False

    def __init__(self, text: Utf8, mark: bytes) -> None:
        self._text, self._mark = text, mark
        self._front = b"\n"  # an empty line: the parser would take U+FEFF in the first cell for a mark

    def read(self, size: int) -> bytes:
        if data := self._text.read(size - len(self._front)):
            data, self._front = self._front + data, b""
            return data
        data, self._mark = self._mark, b""
        return data

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


def _grammar(settings: FilesSettings, refuse=None) -> csv.ParseOptions:
    return csv.ParseOptions(
        delimiter=settings.delimiter,
        quote_char=settings.quote or False,
        double_quote=settings.quote is not None,
        escape_char=settings.escape or False,
        newlines_in_values=True,
        invalid_row_handler=refuse,
    )


def _as_text(names: list[str]) -> csv.ConvertOptions:
    return csv.ConvertOptions(
        check_utf8=False,  # surveyed over the whole file
        strings_can_be_null=False,
        column_types=dict.fromkeys(names, pa.string()),
    )
