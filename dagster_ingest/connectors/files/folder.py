"""What lies in a drop folder: matching files and archive members, never outside of it."""

from __future__ import annotations

import fnmatch
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors.files.ready import Readiness
from dagster_ingest.connectors.files.stamps import split_stamp
from dagster_ingest.errors import DataError

if TYPE_CHECKING:
    from dagster_ingest.connectors.files.stores.base import Entry

NOTHING = "nothing was read; the last good partition stands"
_MAX_MEMBERS = 10_000


@dataclass(frozen=True, slots=True)
class Drop:
    """One file, or one member of a zip archive.

    uri        relative to the drops folder, with `!member` for an archive's member
    series     its name without the date: what it is a drop of
    stamp      the date in its name, else in its archive's or folder's name
    signature  (size, mtime in ns, inode) of the file on disk
    entry      the file as another place lists it; `path` is its name until it was fetched
    """

    path: Path
    member: str | None
    uri: str
    series: str
    stamp: datetime | None
    signature: tuple[int, int, int]
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A tenant's drop folder (`allowed`) and the place in it that a request looks at."""

    allowed: Path
    place: Path
    ready: Readiness = field(default_factory=Readiness)

    def scan(self, pattern: str) -> tuple[list[Drop], list[Drop]]:
        """(matching drops, zip archives that cannot be opened). Raises DataError for a path that leaves."""
        self.require_inside(self.place)
        drops: list[Drop] = []
        broken: list[Drop] = []
        for path in sorted(_matching_paths(self.place, pattern, self.ready)):
            self.require_inside(path)
            drop = self._drop(path)
            if not path.name.lower().endswith(".zip"):
                drops.append(drop)
            elif (members := archive_members(path, drop.uri, pattern)) is None:
                broken.append(drop)
            else:
                drops.extend(member_drop(drop, member) for member in members)
        return drops, broken

    def fetched(self, drops: list[Drop]) -> list[Drop]:
        """They are here."""
        return drops

    @property
    def where(self) -> str:
        return self.uri(self.place)

    def require_inside(self, path: Path) -> None:
        real, root = os.path.realpath(path), os.path.realpath(self.allowed)
        if real != root and not real.startswith(root + os.sep):
            raise DataError(
                f"{path.name!r} leads out of the drop folder",
                rule="file|path",
                where=self.uri(path),
                not_done=NOTHING,
                fix="links and paths must stay in the tenant's own drop folder; deliver a copy of the file",
            )

    def uri(self, path: Path, member: str | None = None) -> str:
        """The path from the drops folder on, so that it means the same on every machine."""
        relative = os.path.relpath(os.path.abspath(path), os.path.abspath(self.allowed.parent))
        return Path(relative).as_posix() + (f"!{member}" if member else "")

    def listing(self) -> str:
        """What the place holds, for a message."""
        names = sorted(_told(self.place, self.ready))
        return (", ".join(names[:8]) + (" ..." if len(names) > 8 else "")) or "nothing"

    def _drop(self, path: Path) -> Drop:
        series, stamp = split_stamp(path.name)
        stamp = stamp or split_stamp(path.parent.name)[1]
        return Drop(path, None, self.uri(path), series, stamp, signature(path))


def member_drop(archive: Drop, member: str, **also: Any) -> Drop:
    """A member as a drop. It is as old as its name says, or its archive's, or its folder's."""
    series, stamp = split_stamp(PurePosixPath(member).name)
    uri = f"{archive.uri}!{member}"
    return replace(archive, member=member, uri=uri, series=series, stamp=stamp or archive.stamp, **also)


def archive_members(path: Path, uri: str, pattern: str) -> list[str] | None:
    """Names of the members that match, or None if the archive cannot be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    matches = matcher(pattern.split("/")[-1])
    wanted = [name for name in names if _wanted_member(name, matches)]
    if len(names) > _MAX_MEMBERS:
        raise _archive_error(uri, f"it holds {len(names):,} files; {_MAX_MEMBERS:,} are allowed")
    for name in wanted:
        if leaves(name):
            raise _archive_error(uri, f"its member {name!r} has a path that leaves the archive")
    return wanted


def leaves(name: str) -> bool:
    """A path that leads elsewhere, on one system or the other."""
    parts = PurePosixPath(name.replace("\\", "/"))
    odd = any(sign < " " or sign == "\x7f" or "\ud800" <= sign <= "\udfff" for sign in name)
    return odd or parts.is_absolute() or ".." in parts.parts or re.match(r"[A-Za-z]:", name) is not None


def _archive_error(uri: str, problem: str) -> DataError:
    return DataError(
        f"the archive is refused: {problem}",
        rule="file|path",
        where=uri,
        not_done=NOTHING,
        fix="have the archive made again, with the table's files under plain relative names",
    )


def signature(path: Path) -> tuple[int, int, int]:
    """Changes when the file is written to or replaced."""
    seen = path.stat()
    return seen.st_size, seen.st_mtime_ns, seen.st_ino


def _matching_paths(place: Path, pattern: str, ready: Readiness) -> Iterator[Path]:
    *levels, name = pattern.split("/")
    places = [place]
    for level in levels:
        wanted = matcher(level)
        places = [p / e.name for p in places for e in _entries(p) if e.is_dir() and wanted(e.name)]
    matches = matcher(name)
    for folder in places:
        entries = _entries(folder)
        beside = {e.name.lower(): _File(e) for e in entries} if ready.marker else {}
        for entry in entries:
            lower = entry.name.lower()
            hit = matches(lower) or lower.endswith(".zip") or matches(lower.removesuffix(".gz"))
            if hit and entry.is_file() and not ready.why_not(_File(entry), beside):
                yield folder / entry.name


class _File:
    """A file of a folder; asked for its time only where that matters."""

    def __init__(self, entry: os.DirEntry[str]) -> None:
        self._entry = entry

    @property
    def name(self) -> str:
        return self._entry.name

    @property
    def modified(self) -> float | None:
        try:
            return self._entry.stat().st_mtime
        except FileNotFoundError:
            return None


def _told(place: Path, ready: Readiness) -> Iterator[str]:
    files = {entry.name.lower(): _File(entry) for entry in _entries(place)}
    for file in files.values():
        why = ready.why_not(file, files) if ready.looks_closer else None
        yield f"{file.name} ({why})" if why else file.name


def _entries(place: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def matcher(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(fnmatch.translate(pattern), re.IGNORECASE).match


def _wanted_member(name: str, matches: Callable[[str], object]) -> bool:
    parts = name.replace("\\", "/").split("/")
    return bool(matches(parts[-1])) and not parts[-1].startswith(".") and "__MACOSX" not in parts
