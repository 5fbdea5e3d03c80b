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
    Malformed,
    ReadRequest,
)
from dagster_ingest.connectors.files import discovery
from dagster_ingest.connectors.files.drops import find
from dagster_ingest.connectors.files.fingerprint import content_hash
from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.headings import headings
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import require_unchanged, unpacked
from dagster_ingest.connectors.files.survey import Survey, survey
from dagster_ingest.connectors.files.text import Utf8, take_heading
from dagster_ingest.connectors.registry import parse_settings

_DIALECT = {
    "pick",
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
        self._settings = settings
        self._files = [
            (drop, seen := survey(drop, settings), headings(drop, seen, settings)) for drop in drops
        ]
        self.columns = list(dict.fromkeys(name for _, _, names in self._files for name in names))
        self._incomplete: str | None = None

    def batches(self) -> Iterator[Batch]:
        """Newest file first. Raises DataError for a file cut off, Unavailable for one that changes."""
        for drop, seen, names in self._files:
            yield from self._rows(drop, seen, names)
            require_unchanged(drop)

    def completeness(self) -> Completeness:
        return Completeness(self._incomplete is None, self._incomplete)

    def _rows(self, drop: Drop, seen: Survey, names: list[str]) -> Iterator[Batch]:
        from dagster_ingest.connectors.files.rows import RowReader

        with unpacked(drop, self._settings.max_bytes) as stream:
            text = Utf8(drop, stream, seen)
            take_heading(text, self._settings, drop)
            reader = RowReader(text, len(names), self._settings, drop)
            for frame, first, numbers, malformed in reader.batches():
                frame, numbers, more = self._screened(frame, first, numbers, seen, drop)
                frame.columns = names
                yield Batch(frame, drop.uri, first, numbers, malformed + more)
        short = reader.last_short
        if short is not None and short.row_number == reader.records and not seen.line_end:
            self._incomplete = f"{drop.uri} breaks off in record {short.row_number:,}, inside a row"

    def _screened(self, frame, first: int, numbers, seen: Survey, drop: Drop):
        from dagster_ingest.connectors.files import screen

        found: list[Malformed] = []
        comment = self._settings.comment
        if not (comment or seen.nuls) or frame.is_empty():
            return frame, numbers, found
        numbers = screen.numbered(frame, first) if numbers is None else numbers
        if comment:
            frame, numbers, _ = screen.without(frame, numbers, screen.is_comment(comment))
        if seen.nuls:
            frame, numbers, bad = screen.without(frame, numbers, screen.has_nul(frame))
            found = screen.as_malformed(bad, drop.uri, self._settings.delimiter)
        return frame, numbers, found


ReadKey = tuple[str, str, str, str]


def _key(request: ReadRequest) -> ReadKey:
    return request.tenant, request.source, request.table, request.state


def _settings(request: ReadRequest) -> FilesSettings:
    return parse_settings("files", request.settings)  # type: ignore[return-value]


CONNECTOR = FilesConnector
