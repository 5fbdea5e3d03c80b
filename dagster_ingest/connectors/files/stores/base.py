"""What a place of files can do: list a folder, and give a file's bytes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from dagster_ingest.connectors.files.folder import NOTHING
from dagster_ingest.errors import AccessDenied, DataError, SpecError, Unavailable

# What takes a file's bytes, piece by piece.
Write = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder as its place lists it.

    path      in the place, with `/`
    size      bytes, None where that is not told
    modified  seconds since 1970, None where that is not told
    version   changes when the file does: an ETag, a modification time; "" where there is no such thing
    stamp     when it was sent, for what has a date of its own beside its name
    """

    name: str
    path: str
    folder: bool = False
    size: int | None = None
    modified: float | None = None
    version: str = ""
    stamp: float | None = None


class Session(Protocol):
    def entries(self, folder: str) -> list[Entry]:
        """What lies in a folder; nothing, if there is no such folder."""

    def fetch(self, entry: Entry, write: Write) -> Entry:
        """Give all bytes to `write`. Returns what the file was then: the caller compares.

        Raises Unavailable where it breaks off.
        """


class Store(Protocol):
    """root: the folder that a source's `path` is below. flat: it has no folders. exact: it has one file,
    whatever `pattern` is."""

    root: str
    flat: bool
    exact: bool

    def session(self) -> AbstractContextManager[Session]:
        """Raises Unavailable, AccessDenied, and SpecError for a setting or a library that is missing."""

    def uri(self, path: str) -> str:
        """Where a file is, without secrets."""


class Faults:
    """The errors of one place. host: who is spoken to."""

    def __init__(self, host: str, where: str) -> None:
        self._host, self._where = host, where

    def unavailable(self, problem: str, where: str | None = None) -> Unavailable:
        return Unavailable(
            problem,
            where=where or self._where,
            not_done=NOTHING,
            fix="run again; if it stays so, ask those who run the host",
            source={"host": self._host},
        )

    def denied(self, problem: str, fix: str, where: str | None = None) -> AccessDenied:
        told = {"host": self._host}
        return AccessDenied(problem, where=where or self._where, not_done=NOTHING, fix=fix, source=told)

    def wrong(self, rule: str, problem: str, fix: str, where: str | None = None) -> DataError:
        return DataError(
            problem,
            rule=rule,
            where=where or self._where,
            not_done=NOTHING,
            fix=fix,
            source={"host": self._host},
        )

    def needs(self, library: str, extra: str) -> SpecError:
        return SpecError(
            f"this location needs the library {library}",
            where=self._where,
            not_done=NOTHING,
            fix=f"install dagster-ingest[{extra}]",
        )
