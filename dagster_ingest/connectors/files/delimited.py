"""Delimited text: one file's headings and rows."""

from __future__ import annotations

from collections.abc import Iterator

from dagster_ingest.connectors.base import Batch, Malformed
from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.headings import headings
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import unpacked
from dagster_ingest.connectors.files.survey import survey
from dagster_ingest.connectors.files.text import Utf8, take_heading


class Delimited:
    """Surveys the file in full when it is made."""

    def __init__(self, drop: Drop, settings: FilesSettings) -> None:
        self._drop, self._settings = drop, settings
        self._seen = survey(drop, settings)
        self.columns = headings(drop, self._seen, settings)
        self.incomplete: str | None = None

    def batches(self) -> Iterator[Batch]:
        from dagster_ingest.connectors.files.rows import RowReader

        drop, settings = self._drop, self._settings
        with unpacked(drop, settings.max_bytes) as stream:
            text = Utf8(drop, stream, self._seen)
            take_heading(text, settings, drop)
            reader = RowReader(text, len(self.columns), settings, drop)
            for frame, first, numbers, malformed in reader.batches():
                frame, numbers, more = self._screened(frame, first, numbers)
                frame.columns = self.columns
                yield Batch(frame, drop.uri, first, numbers, malformed + more)
        short = reader.last_short
        if short is not None and short.row_number == reader.records and not self._seen.line_end:
            self.incomplete = f"{drop.uri} breaks off in record {short.row_number:,}, inside a row"

    def _screened(self, frame, first: int, numbers):
        from dagster_ingest.connectors.files import screen

        found: list[Malformed] = []
        comment = self._settings.comment
        if not (comment or self._seen.nuls) or frame.is_empty():
            return frame, numbers, found
        numbers = screen.numbered(frame, first) if numbers is None else numbers
        if comment:
            frame, numbers, _ = screen.without(frame, numbers, screen.is_comment(comment))
        if self._seen.nuls:
            frame, numbers, bad = screen.without(frame, numbers, screen.has_nul(frame))
            found = screen.as_malformed(bad, self._drop.uri, self._settings.delimiter)
        return frame, numbers, found


opened = Delimited
