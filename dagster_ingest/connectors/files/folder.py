"""What lies in a drop folder: matching files and archive members, never outside of it."""

from __future__ import annotations

import fnmatch
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from dagster_ingest.connectors.files.stamps import split_stamp
from dagster_ingest.errors import DataError

NOTHING = "nothing was read; the last good partition stands"
_MAX_MEMBERS = 10_000


@dataclass(frozen=True, slots=True)
class Drop:
    """One file, or one member of a zip archive.

    uri        relative to the drops folder, with `!member` for an archive's member
    series     its name without the date: what it is a drop of
    stamp      the date in its name, else in its archive's or folder's name
    signature  (size, mtime in ns, inode) of the file on disk
    """

    path: Path
    member: str | None
    uri: str
    series: str
    stamp: datetime | None
    signature: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Folder:
    """A tenant's drop folder (`allowed`) and the place in it that a request looks at."""

    allowed: Path
    place: Path

    def scan(self, pattern: str) -> tuple[list[Drop], list[Path]]:
        """(matching drops, zip archives that cannot be opened). Raises DataError for a path that leaves."""
        self.require_inside(self.place)
        drops: list[Drop] = []
        broken: list[Path] = []
        for path in sorted(_matching_paths(self.place, pattern)):
            self.require_inside(path)
            if not path.name.lower().endswith(".zip"):
                drops.append(self._drop(path, None))
            elif (members := self._members(path, pattern)) is None:
                broken.append(path)
            else:
                drops.extend(self._drop(path, member) for member in members)
        return drops, broken

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
        names = sorted(p.name for p in _entries(self.place))
        return (", ".join(names[:8]) + (" ..." if len(names) > 8 else "")) or "nothing"

    def _drop(self, path: Path, member: str | None) -> Drop:
        series, stamp = split_stamp(PurePosixPath(member).name if member else path.name)
        for holder in [path.name, path.parent.name] if member else [path.parent.name]:
            stamp = stamp or split_stamp(holder)[1]
        return Drop(path, member, self.uri(path, member), series, stamp, signature(path))

    def _members(self, path: Path, pattern: str) -> list[str] | None:
        """Names of the members that match, or None if the archive cannot be opened."""
        try:
            with zipfile.ZipFile(path) as archive:
                names = [i.filename for i in archive.infolist() if not i.is_dir()]
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return None
        matches = _matcher(pattern.split("/")[-1])
        wanted = [name for name in names if _wanted_member(name, matches)]
        if len(names) > _MAX_MEMBERS:
            raise self._archive_error(path, f"it holds {len(names):,} files; {_MAX_MEMBERS:,} are allowed")
        for name in wanted:
            parts = PurePosixPath(name.replace("\\", "/"))
            if parts.is_absolute() or ".." in parts.parts or re.match(r"[A-Za-z]:", name):
                raise self._archive_error(path, f"its member {name!r} has a path that leaves the archive")
        return wanted

    def _archive_error(self, path: Path, problem: str) -> DataError:
        return DataError(
            f"the archive is refused: {problem}",
            rule="file|path",
            where=self.uri(path),
            not_done=NOTHING,
            fix="have the archive made again, with the table's files under plain relative names",
        )


def signature(path: Path) -> tuple[int, int, int]:
    """Changes when the file is written to or replaced."""
    seen = path.stat()
    return seen.st_size, seen.st_mtime_ns, seen.st_ino


def _matching_paths(place: Path, pattern: str) -> Iterator[Path]:
    *levels, name = pattern.split("/")
    places = [place]
    for level in levels:
        wanted = _matcher(level)
        places = [p / e.name for p in places for e in _entries(p) if e.is_dir() and wanted(e.name)]
    matches = _matcher(name)
    for folder in places:
        for entry in _entries(folder):
            lower = entry.name.lower()
            hit = matches(lower) or lower.endswith(".zip") or matches(lower.removesuffix(".gz"))
            if hit and entry.is_file():
                yield folder / entry.name


def _entries(place: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _matcher(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(fnmatch.translate(pattern), re.IGNORECASE).match


def _wanted_member(name: str, matches: Callable[[str], object]) -> bool:
    parts = name.replace("\\", "/").split("/")
    return bool(matches(parts[-1])) and not parts[-1].startswith(".") and "__MACOSX" not in parts
