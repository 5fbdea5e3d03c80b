"""The headings of a file."""

from __future__ import annotations

from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import unpacked
from dagster_ingest.connectors.files.survey import Survey
from dagster_ingest.connectors.files.text import Utf8, split_record, take_heading
from dagster_ingest.connectors.headings import unique_headings


def headings(drop: Drop, seen: Survey, settings: FilesSettings) -> list[str]:
    """The headings of one file, made unique."""
    if settings.columns is not None:
        return unique_headings(settings.columns)
    with unpacked(drop, settings.max_bytes) as stream:
        records = take_heading(Utf8(drop, stream, seen), settings, drop)
    rows = [split_record(record, settings, drop) for record in records]
    width = max(map(len, rows))
    padded = [row + [""] * (width - len(row)) for row in rows]
    return unique_headings([" ".join(filter(None, parts)) for parts in zip(*padded, strict=True)])
