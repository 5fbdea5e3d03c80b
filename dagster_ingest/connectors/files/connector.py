"""The `files` connector: fingerprint, headings and rows of the drops that a request means."""

from __future__ import annotations

from collections.abc import Iterator

import xxhash

from dagster_ingest.connectors.base import (
    Batch,
    Capabilities,
    Checked,
    Completeness,
    Delivery,
    Discovered,
    Fingerprint,
    ReadRequest,
)
from dagster_ingest.connectors.files import discovery
from dagster_ingest.connectors.files.drops import find
from dagster_ingest.connectors.files.fingerprint import content_hash
from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.formats import opened
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import require_unchanged
from dagster_ingest.connectors.registry import parse_settings

_DIALECT = {
    "pick",
    "format",
    "record",
    "records",
    "sheet",
    "delimiter",
    "quote",
    "escape",
    "encoding",
    "skip_lines",
    "header_rows",
    "columns",
    "comment",
}


class FilesConnector:
    """Remembers which files it fingerprinted, so that a read of other bytes is noticed."""

    capabilities = Capabilities(cheap_fingerprint=True)

    def __init__(self) -> None:
        self._hashes: dict[tuple, tuple[str, int]] = {}
        self._fingerprinted: dict[ReadKey, list[Drop]] = {}

    def fingerprint(self, request: ReadRequest) -> Fingerprint:
        """Content and dialect; names and times do not count, so the same bytes are the same input."""
        settings = _settings(request)
        drops = find(request, settings)
        digest = xxhash.xxh3_128(settings.model_dump_json(include=_DIALECT).encode())
        total = 0
        for drop in drops:
            content, size = self._content_hash(drop)
            digest.update(content.encode())
            total += size
        self._fingerprinted[_key(request)] = drops
        return Fingerprint(digest.hexdigest(), tuple(d.uri for d in drops), total)

    def read(self, request: ReadRequest) -> FilesRead:
        """The delivery; if it was fingerprinted, exactly that one. Surveys every file in full."""
        settings = _settings(request)
        drops = self._fingerprinted.pop(_key(request), None) or find(request, settings)
        return FilesRead(drops, settings)

    def check(self, request: ReadRequest) -> Checked:
        return discovery.check(request, _settings(request))

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        return discovery.discover(request, _settings(request))

    def _content_hash(self, drop: Drop) -> tuple[str, int]:
        key = (drop.path, drop.member, drop.signature)
        if key not in self._hashes:
            self._hashes[key] = content_hash(drop)
            require_unchanged(drop)
        return self._hashes[key]


class FilesRead(Delivery):
    """One delivery. `columns`: headings of all its files, made unique (`Name`, `Name_2`)."""

    def __init__(self, drops: list[Drop], settings: FilesSettings) -> None:
        self._files = [(drop, opened(drop, settings)) for drop in drops]
        self.columns = list(dict.fromkeys(name for _, file in self._files for name in file.columns))

    def batches(self) -> Iterator[Batch]:
        """Newest file first. Raises DataError for a file cut off, Unavailable for one that changes."""
        for drop, file in self._files:
            yield from file.batches()
            require_unchanged(drop)

    def completeness(self) -> Completeness:
        reason = next((file.incomplete for _, file in self._files if file.incomplete), None)
        return Completeness(reason is None, reason)


ReadKey = tuple[str, str, str, str]


def _key(request: ReadRequest) -> ReadKey:
    return request.tenant, request.source, request.table, request.state


def _settings(request: ReadRequest) -> FilesSettings:
    return parse_settings("files", request.settings)  # type: ignore[return-value]


CONNECTOR = FilesConnector
