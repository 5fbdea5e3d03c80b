"""XML documents: the elements that are records, as rows of text.

A document is read twice: once to know its columns and that it is whole, once for its rows. Memory is
bounded by a batch and by the records that are open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster_ingest.connectors.base import Batch
from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.xml_keys import Keys
from dagster_ingest.connectors.files.xml_records import MAX_COLUMNS, Records, Row
from dagster_ingest.connectors.files.xml_stream import fault, feeding

if TYPE_CHECKING:
    import polars as pl

BATCH_ROWS = 5_000
_BATCH_CELLS = 500_000


class Document:
    """Surveys the document in full when it is made: its headings, and that it is well-formed to its end."""

    def __init__(self, drop: Drop, settings: FilesSettings) -> None:
        self._drop, self._settings = drop, settings
        self.incomplete: str | None = None
        headings = dict.fromkeys(settings.record.keys)
        keys = Keys(settings.record)
        target = Records(settings.record, keys, drop, lambda row, _: headings.update(dict.fromkeys(row)))
        for _ in feeding(drop, settings, target):
            if len(headings) > MAX_COLUMNS:
                raise fault(drop, "file|columns", f"the records have more than {MAX_COLUMNS:,} columns")
        self._late = keys.late
        self.columns = list(headings)

    def batches(self) -> Iterator[Batch]:
        """Records in the order of their ends; a row's number is the place of its start among them."""
        rows: list[Row] = []
        numbers: list[int] = []

        def found(row: Row, number: int) -> None:
            rows.append(row)
            numbers.append(number)

        most = max(1, min(BATCH_ROWS, _BATCH_CELLS // max(1, len(self.columns))))
        keys = Keys(self._settings.record, self._late)
        for _ in feeding(self._drop, self._settings, Records(self._settings.record, keys, self._drop, found)):
            if len(rows) >= most:
                yield self._batch(rows, numbers)
                rows.clear()
                numbers.clear()
        yield self._batch(rows, numbers)

    def _batch(self, rows: list[Row], numbers: list[int]) -> Batch:
        import polars as pl

        frame: pl.DataFrame = pl.DataFrame(
            {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in self.columns}
        )
        return Batch(frame, self._drop.uri, numbers[0] if numbers else 1, pl.Series(numbers, dtype=pl.Int64))


opened = Document
