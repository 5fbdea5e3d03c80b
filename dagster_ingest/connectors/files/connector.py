"""The `files` connector: fingerprint, headings and rows of the drops that a request means."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

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
    Sign,
)
from dagster_ingest.connectors.files import discovery
from dagster_ingest.connectors.files.drops import find, nothing, pick
from dagster_ingest.connectors.files.fingerprint import content_hash
from dagster_ingest.connectors.files.folder import Drop, Folder
from dagster_ingest.connectors.files.formats import opened
from dagster_ingest.connectors.files.places import Place, place_of
from dagster_ingest.connectors.files.remote import RemoteFolder, is_archive
from dagster_ingest.connectors.files.runs import Listing, Runs
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
        self._places: dict[ReadKey, RemoteFolder] = {}
        self._own: _OwnFolder | None = None
        self._runs = Runs()

    def fingerprint(self, request: ReadRequest) -> Fingerprint:
        """Content and dialect; names and times do not count, so the same bytes are the same input.

        Of what lies elsewhere nothing is fetched: names, sizes and versions count.
        """
        settings = _settings(request)
        place = self._place(request, settings)
        self._runs.anew(request)
        digest = xxhash.xxh3_128(settings.model_dump_json(include=_DIALECT).encode())
        if isinstance(place, RemoteFolder):
            self._places[_key(request)] = place
            there = self._runs.of_one(
                place.listed(settings.pattern), request, settings, self._listing(request)
            )
            return _as_listed(place, request, settings, digest, there)
        drops = find(request, settings, place, self._runs, self._listing(request))
        total = 0
        for drop in drops:
            content, size = self._content_hash(drop)
            digest.update(content.encode())
            total += size
        self._fingerprinted[_key(request)] = drops
        return Fingerprint(digest.hexdigest(), tuple(d.uri for d in drops), total, _arrived(drops))

    def sign(self, request: ReadRequest, base: str) -> Sign:
        """Names, sizes, times and versions of all that match: whether it is whole, `fingerprint` says."""
        settings = _settings(request)
        place = self._place(request, settings)
        listed: list[tuple]
        if isinstance(place, RemoteFolder):
            found = [(drop.uri, drop.entry) for drop in place.listed(settings.pattern)]
            listed = [(uri, e.size, e.modified, e.version) for uri, e in found if e is not None]
        else:
            drops, broken = place.scan(settings.pattern)
            listed = [(drop.uri, *drop.signature) for drop in (*drops, *broken)]
        value = xxhash.xxh3_128_hexdigest(repr(sorted(listed, key=repr)).encode(errors="surrogateescape"))
        return Sign(value, after=value)

    def read(self, request: ReadRequest) -> FilesRead:
        """The delivery; if it was fingerprinted, exactly that one. Surveys every file in full."""
        settings = _settings(request)
        place = self._places.pop(_key(request), None) or self._place(request, settings)
        drops = self._fingerprinted.pop(_key(request), None) or find(
            request, settings, place, self._runs, self._listing(request)
        )
        return FilesRead(place.fetched(drops), settings, self._own)

    def check(self, request: ReadRequest) -> Checked:
        settings = _settings(request)
        return discovery.check(request, settings, self._place(request, settings))

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        settings = _settings(request)
        return discovery.discover(request, settings, self._place(request, settings))

    def _place(self, request: ReadRequest, settings: FilesSettings) -> Place:
        if settings.location is None or request.staging is not None:
            return place_of(request, settings, Path(request.staging or "."))
        self._own = self._own or _OwnFolder()
        return place_of(request, settings, self._own.path)

    def _listing(self, request: ReadRequest) -> Listing:
        """What lies there for the settings of another table of the source; archives elsewhere as a whole."""

        def listed(settings: FilesSettings) -> list[Drop]:
            place = self._place(request, settings)
            return (
                place.scan(settings.pattern)[0]
                if isinstance(place, Folder)
                else place.listed(settings.pattern)
            )

        return listed

    def _content_hash(self, drop: Drop) -> tuple[str, int]:
        key = (drop.path, drop.member, drop.signature)
        if key not in self._hashes:
            self._hashes[key] = content_hash(drop)
            require_unchanged(drop)
        return self._hashes[key]


class FilesRead(Delivery):
    """One delivery. `columns`: headings of all its files, made unique (`Name`, `Name_2`)."""

    def __init__(self, drops: list[Drop], settings: FilesSettings, folder: _OwnFolder | None = None) -> None:
        self._folder = folder
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


class _OwnFolder:
    """A folder for what is fetched when the request has none. Gone when nobody reads from it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="dagster-ingest-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def _as_listed(
    place: RemoteFolder,
    request: ReadRequest,
    settings: FilesSettings,
    digest: xxhash.xxh3_128,
    drops: list[Drop],
) -> Fingerprint:
    """What lies in archives is not known without fetching them, so each archive counts as a whole."""
    if not drops:
        raise nothing(request, settings, place)
    if not any(map(is_archive, drops)):
        drops = pick(drops, request, settings)
    entries = [drop.entry for drop in drops if drop.entry is not None]
    digest.update(repr([(e.path, e.size, e.version) for e in entries]).encode(errors="surrogateescape"))
    digest.update(f"{settings.pattern} {settings.newest_by}".encode())
    known = all(entry.version for entry in entries)
    size = sum(entry.size or 0 for entry in entries)
    uris = tuple(d.uri for d in drops)
    return Fingerprint(digest.hexdigest() if known else "", uris, size, _arrived(drops))


def _arrived(drops: list[Drop]) -> float | None:
    """When the youngest file was written; a place that does not tell gives 0."""
    return max((drop.signature[1] for drop in drops), default=0) / 1e9 or None


ReadKey = tuple[str, str, str, str]


def _key(request: ReadRequest) -> ReadKey:
    return request.tenant, request.source, request.table, request.state


def _settings(request: ReadRequest) -> FilesSettings:
    return parse_settings("files", request.settings)  # type: ignore[return-value]


CONNECTOR = FilesConnector
