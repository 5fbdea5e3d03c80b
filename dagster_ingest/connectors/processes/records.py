"""JSON records, one at a time, into batches of text under the columns that their schema announced."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors import text
from dagster_ingest.connectors.base import Batch, Malformed
from dagster_ingest.errors import DataError

if TYPE_CHECKING:
    import polars as pl

BATCH_ROWS = 5_000
BATCH_BYTES = 16 * 2**20
KNOWN_FIELDS = "*|known_fields"
NO_TEXT = "*|encoding"
_MAX_TEXT = 16_384  # characters of a malformed record that are kept


def parsed(line: bytes) -> Any:
    """A message. Numbers with a point keep their digits."""
    return json.loads(line, parse_float=Decimal)


def kept(names: Sequence[str], skip: Sequence[str]) -> list[str]:
    """The names that match none of the patterns."""
    return [name for name in names if not any(fnmatchcase(name, pattern) for pattern in skip)]


class Records:
    """Collects the records of one stream. `count`: how many there were.

    A record with a field that is no column is malformed: to drop the field would lose what it holds.
    """

    def __init__(self, columns: Sequence[str], skip: Sequence[str], uri: str) -> None:
        self._columns, self._known, self._skip, self._uri = list(columns), frozenset(columns), skip, uri
        self._ignored: set[str] = set()
        self._rows: list[Mapping[str, Any]] = []
        self._numbers: list[int] = []
        self._malformed: list[Malformed] = []
        self._bytes = 0
        self.count = 0

    def add(self, record: Mapping[str, Any], size: int) -> Iterator[Batch]:
        """Take a record of `size` bytes; a batch whenever there are enough."""
        self.count += 1
        self._bytes += size
        if record.keys() <= self._known or not (strange := self._strange(record)):
            self._rows.append(record)
            self._numbers.append(self.count)
        else:
            said = f"{', '.join(strange)}: {text.cell(record)}"[:_MAX_TEXT]
            self._malformed.append(Malformed(self._uri, self.count, KNOWN_FIELDS, said))
        if len(self._rows) + len(self._malformed) >= BATCH_ROWS or self._bytes >= BATCH_BYTES:
            yield from self.rest()

    def rest(self) -> Iterator[Batch]:
        """What was not handed over yet."""
        if not self._rows and not self._malformed:
            return
        import polars as pl

        frame = self._frame()
        numbers, malformed = pl.Series(self._numbers, dtype=pl.Int64), self._malformed
        first = self._numbers[0] if self._numbers else malformed[0].row_number
        self._rows, self._numbers, self._malformed, self._bytes = [], [], [], 0
        yield Batch(frame, self._uri, first, numbers if malformed else None, malformed)

    def _frame(self) -> pl.DataFrame:
        """The rows as text. One that no store takes as text is malformed: half a surrogate pair, a NUL."""
        import polars as pl

        try:
            frame = text.rows(self._rows, self._columns)
            nuls = frame.select(pl.all().str.contains("\0", literal=True).any())
            if not any(nuls.row(0) if nuls.height else ()):
                return frame
        except (UnicodeEncodeError, RecursionError):
            pass
        told = list(zip(self._rows, self._numbers, strict=True))
        sound = [all(is_text(_cell(row.get(column))) for column in self._columns) for row, _ in told]
        for (row, number), ok in zip(told, sound, strict=True):
            if not ok:
                said = ascii({c: _cell(row.get(c)) for c in self._columns})[:_MAX_TEXT]
                self._malformed.append(Malformed(self._uri, number, NO_TEXT, said))
        self._malformed.sort(key=lambda m: m.row_number)
        self._rows = [row for row, ok in zip(self._rows, sound, strict=True) if ok]
        self._numbers = [number for number, ok in zip(self._numbers, sound, strict=True) if ok]
        return text.rows(self._rows, self._columns)

    def unknown(self, names: Sequence[str]) -> DataError:
        """For columns of a whole table that nobody announced."""
        return DataError(
            f"columns that were not there when the delivery began: {', '.join(names)}",
            rule=KNOWN_FIELDS,
            where=self._uri,
            not_done="nothing was committed; the last good partition stands",
            fix="name all columns in `columns`, or leave these out with `skip_fields`",
        )

    def _strange(self, record: Mapping[str, Any]) -> list[str]:
        unknown = record.keys() - self._known - self._ignored
        strange = kept(sorted(unknown), self._skip)
        self._ignored |= unknown.difference(strange)
        return strange


def is_text(said: str | None) -> bool:
    """Whether every store takes it as text."""
    try:
        return said is None or b"\0" not in said.encode()
    except UnicodeEncodeError:
        return False


def _cell(value: Any) -> str | None:
    """A cell as text; what nests too deeply is a NUL, which no store takes."""
    try:
        return text.cell(value)
    except RecursionError:
        return "\0"
