"""A folder at another place: listed there, fetched into a folder here, read as a drop like any other.

What is fetched lies under the name that it has, in a folder of its own for each version of the file, put
there whole or not at all. A load that was cut finds it there.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import xxhash

from dagster_ingest.connectors.files.folder import (
    NOTHING,
    Drop,
    archive_members,
    leaves,
    matcher,
    member_drop,
    signature,
)
from dagster_ingest.connectors.files.ready import Readiness
from dagster_ingest.connectors.files.stamps import split_stamp
from dagster_ingest.connectors.files.stores.base import Entry, Session, Store
from dagster_ingest.errors import DataError, IngestError, Unavailable

T = TypeVar("T")
WAITS = (0.5, 2.0)  # seconds, at most, before another attempt
_MAX_NAME = 200


@dataclass
class RemoteFolder:
    """place: folder below the store's root. newest: one delivery is wanted, the newest. staging: a folder
    for what is fetched."""

    store: Store
    place: str
    ready: Readiness
    staging: Path
    newest: bool
    by_time: bool
    max_bytes: int

    def __post_init__(self) -> None:
        self._found: dict[str, list[Drop]] = {}
        self._seen: list[str] = []

    def listed(self, pattern: str) -> list[Drop]:
        """Drops as the place lists them, nothing fetched; an archive is one, its members are not known.

        Asks once: what is read is what was fingerprinted.
        """
        if pattern not in self._found:
            entries = tried(lambda: self._listed(pattern))
            self._found[pattern] = self._without_old_archives([self._drop(entry) for entry in entries])
        return list(self._found[pattern])

    def scan(self, pattern: str) -> tuple[list[Drop], list[Drop]]:
        """(matching drops, archives that cannot be opened). Fetches the archives."""
        drops: list[Drop] = []
        broken: list[Drop] = []
        for drop in self.listed(pattern):
            if not is_archive(drop):
                drops.append(drop)
                continue
            here = self.fetched([drop])[0]
            members = archive_members(here.path, here.uri, pattern)
            if members is None:
                broken.append(replace(here, signature=drop.signature))
            else:
                drops.extend(member_drop(here, member, signature=drop.signature) for member in members)
        return drops, broken

    def fetched(self, drops: list[Drop]) -> list[Drop]:
        """The same drops as files here. Raises Unavailable for one that is not what was listed."""
        missing = [d for d in drops if d.entry is not None and self._kept(d.entry) is None]
        if missing:
            tried(lambda: self._fetch_all(missing))
        return [self._here(drop) for drop in drops]

    def uri(self, path: str) -> str:
        return self.store.uri(path)

    @property
    def where(self) -> str:
        return self.store.uri(self._joined(self.place))

    def listing(self) -> str:
        """What was seen in the place, for a message."""
        return (", ".join(self._seen[:8]) + (" ..." if len(self._seen) > 8 else "")) or "nothing"

    def _listed(self, pattern: str) -> list[Entry]:
        self._seen.clear()
        with self.store.session() as session:
            return list(self._matching(session, pattern))

    def _fetch_all(self, drops: list[Drop]) -> None:
        with self.store.session() as session:
            for drop in drops:
                if drop.entry is not None and self._kept(drop.entry) is None:
                    self._fetch(session, drop.entry)

    def _here(self, drop: Drop) -> Drop:
        if drop.entry is None:
            return drop
        path = self._kept(drop.entry)
        assert path is not None
        return replace(drop, path=path, signature=signature(path))

    def _joined(self, place: str) -> str:
        parts = [self.store.root.rstrip("/") or ("/" if self.store.root.startswith("/") else "")]
        parts += [] if place in (".", "") else [place.strip("/")]
        return "/".join(p for p in parts if p).replace("//", "/")

    def _matching(self, session: Session, pattern: str) -> Iterator[Entry]:
        *levels, name = pattern.split("/")
        places = [self._joined(self.place)]
        for level in levels if not self.store.flat else ():
            wanted = matcher(level)
            inside = [entry for place in places for entry in session.entries(place)]
            places = [e.path for e in inside if e.folder and wanted(e.name.lower())]
        matches = matcher(name)
        for place in places:
            entries = session.entries(place)
            beside = {entry.name.lower(): entry for entry in entries}
            for entry in sorted(entries, key=lambda e: e.path):
                why = None if entry.folder else self.ready.why_not(entry, beside)
                self._seen.append(f"{entry.name} ({why})" if why else entry.name)
                lower = entry.name.lower()
                hit = self.store.exact or matches(lower) or lower.endswith(".zip")
                if not entry.folder and not why and (hit or matches(lower.removesuffix(".gz"))):
                    self._require_plain(entry)
                    yield entry

    def _require_plain(self, entry: Entry) -> None:
        """A name that is no name of one file would lead out of the folder that it is fetched into."""
        name, path = entry.name, entry.path.lstrip("/")
        if leaves(name) or "/" in name or leaves(path) or len(name.encode(errors="replace")) > _MAX_NAME:
            raise DataError(
                f"the name {name[:100]!r} is refused: it is none of a plain file",
                rule="file|path",
                where=self.where,
                not_done=NOTHING,
                fix="have it delivered under a plain name of at most 200 bytes",
            )

    def _drop(self, entry: Entry) -> Drop:
        series, stamp = split_stamp(entry.name)
        parent = entry.path.rpartition("/")[0].rpartition("/")[2]
        stamp = stamp or (split_stamp(parent)[1] if parent and entry.stamp is None else None)
        if stamp is None and entry.stamp is not None:
            stamp = datetime.fromtimestamp(entry.stamp, UTC).replace(tzinfo=None)
        seen = (entry.size or 0, int((entry.modified or 0) * 1e9), 0)
        return Drop(Path(entry.name), None, self.uri(entry.path), series, stamp, seen, entry)

    def _without_old_archives(self, drops: list[Drop]) -> list[Drop]:
        """Where one delivery is wanted, of each series of archives the newest: the others are not fetched."""
        if not self.newest:
            return drops
        newest: dict[str, tuple] = {}
        for drop in filter(is_archive, drops):
            newest[drop.series] = max(newest.get(drop.series, ()), self._age(drop))
        return [d for d in drops if not is_archive(d) or self._age(d) == newest[d.series]]

    def _age(self, drop: Drop) -> tuple:
        return (drop.signature[1],) if self.by_time else (drop.stamp or datetime.min,)

    def _folder_of(self, entry: Entry) -> Path:
        key = f"{self.uri(entry.path)}\0{entry.path}\0{entry.version}\0{entry.size}\0{entry.modified}"
        return self.staging / xxhash.xxh3_128_hexdigest(key.encode(errors="surrogateescape"))

    def _kept(self, entry: Entry) -> Path | None:
        """The file as it was fetched, if it was, and its bytes are what they were."""
        folder = self._folder_of(entry)
        path = folder / "file" / entry.name
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads((folder / "sum.json").read_text())
            if told["signature"] == list(signature(path)) or told["xxh3"] == _xxh3(path):
                return path
        return None

    def _fetch(self, session: Session, entry: Entry) -> None:
        folder = self._folder_of(entry)
        (folder / "file").mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".fetching-")
        try:
            with _Download(handle, self.uri(entry.path), entry.size, self.max_bytes) as download:
                after = session.fetch(entry, download.write)
                download.require_whole()
            self._require_same(entry, after)
            path = folder / "file" / entry.name
            os.replace(name, path)
            told = {"xxh3": download.digest, "signature": list(signature(path))}
            (folder / "sum.json").write_text(json.dumps(told))
        finally:
            Path(name).unlink(missing_ok=True)

    def _require_same(self, listed: Entry, after: Entry) -> None:
        for name in ("size", "version"):
            was, now = getattr(listed, name), getattr(after, name)
            if was not in (None, "") and now not in (None, "") and was != now:
                raise _changed(self.uri(listed.path), f"its {name} was {was}, and is {now} now")


class Changed(Unavailable):
    """The file is not what was listed: to ask again at once gives the same."""


def tried(work: Callable[[], T]) -> T:
    """What `work` gives, tried again for what may pass."""
    for bound in WAITS:
        try:
            return work()
        except Changed:
            raise
        except Unavailable:
            time.sleep(random.uniform(bound / 2, bound))
    return work()


class _Download:
    """Writes a file, and stops one that is longer than it may be."""

    def __init__(self, handle: int, uri: str, size: int | None, max_bytes: int) -> None:
        self._file, self._uri, self._size, self._max = os.fdopen(handle, "wb"), uri, size, max_bytes
        self._hash, self._bytes = xxhash.xxh3_128(), 0

    def __enter__(self) -> _Download:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        self._bytes += len(data)
        if self._bytes > self._max:
            problem, fix = f"it has more than {self._max:,} bytes", "raise `max_bytes` if the file is right"
            raise DataError(problem, rule="file|size", where=self._uri, not_done=NOTHING, fix=fix)
        if self._size is not None and self._bytes > self._size:
            raise _changed(self._uri, f"it had {self._size:,} bytes, and has more now")
        self._hash.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise _no_room(self._uri, error) from None

    def require_whole(self) -> None:
        if self._size is not None and self._bytes != self._size:
            raise _changed(self._uri, f"{self._bytes:,} of {self._size:,} bytes came")
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _no_room(self._uri, error) from None


def is_archive(drop: Drop) -> bool:
    return drop.path.name.lower().endswith(".zip")


def _xxh3(path: Path) -> str:
    digest = xxhash.xxh3_128()
    with open(path, "rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


def _changed(uri: str, told: str) -> IngestError:
    return Changed(
        f"the file changed or broke off while it was fetched: {told}",
        where=uri,
        not_done=NOTHING,
        fix="run again when the delivery is complete; let senders write under a temporary name and rename",
    )


def _no_room(uri: str, error: OSError) -> IngestError:
    return Unavailable(
        f"what was fetched cannot be kept: {error.strerror or error}",
        where=uri,
        not_done=NOTHING,
        fix="make room in this installation's work folder",
    )
