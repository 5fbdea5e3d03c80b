"""Formats of files by name: how a drop is opened as rows.

A format is a module beside this one with `opened(drop, settings)`, which gives an `Opened`. It is
imported when a drop of it is read.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Protocol

from dagster_ingest.connectors.base import Batch
from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.settings import FilesSettings

MODULES = {
    "csv": "delimited",
    "xml": "xml",
    "excel": "excel",
    "json": "json_document",
    "jsonl": "json_lines",
    "parquet": "parquet",
}
# What `format: auto` takes for a file; any other ending is delimited text.
ENDINGS = {
    ".xml": "xml",
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "excel"),
    ".json": "json",
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
}


class Opened(Protocol):
    """One file. `columns` are known at once, its faults at the latest while `batches` is iterated.

    incomplete  after the last batch: why the file is not all that its sender meant to send, else None
    """

    columns: list[str]
    incomplete: str | None

    def batches(self) -> Iterator[Batch]:
        """Raises DataError for a file that is cut off or is not of the format."""


def opened(drop: Drop, settings: FilesSettings) -> Opened:
    """Raises DataError for a file that is not of its format."""
    module = importlib.import_module(f"{__package__}.{MODULES[format_of(drop, settings)]}")
    return module.opened(drop, settings)


def format_of(drop: Drop, settings: FilesSettings) -> str:
    """A name of `MODULES`: the setting, or what the file's name says."""
    if settings.format != "auto":
        return settings.format
    name = (drop.member or drop.path.name).lower().removesuffix(".gz")
    return next((found for ending, found in ENDINGS.items() if name.endswith(ending)), "csv")
