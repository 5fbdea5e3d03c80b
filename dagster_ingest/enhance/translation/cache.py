"""Translations of machines, in a SQLite file that runs and tenants share.

Each scope, a tenant's partition, says which texts it has. A text that no scope has any more is deleted: what
turned private is not kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dagster_ingest.enhance.keeping import MANY, opened

_TABLES = """
create table if not exists answer (
  provider text not null, version text not null, key text not null, words text, at text not null,
  primary key (provider, version, key)
) without rowid;
create table if not exists held (
  scope text not null, key text not null, primary key (scope, key)
) without rowid;
create index if not exists held_key on held (key)
"""


REFUSED = ""  # no translation is empty


class Kept(NamedTuple):
    """text None: the answer could not be used; REFUSED: there was none, the provider refused the text alone.
    at: UTC, without a zone."""

    text: str | None
    at: datetime


def leave(path: Path, is_gone: Callable[[str], bool]) -> list[str]:
    """The scopes that are gone have no texts any more. Names them. Raises sqlite3.Error."""
    if not path.is_file():
        return []
    with closing(sqlite3.connect(path, timeout=60)) as db:
        scopes = [scope for (scope,) in db.execute("select distinct scope from held order by scope")]
    gone = [scope for scope in scopes if is_gone(scope)]
    for scope in gone:
        with Cache(path, scope) as cache:
            cache.leave()
    return gone


class Cache:
    """One connection; for the thread that made it. Close it.

    scope    whose texts: `prairie/IA`
    rebuilt  the file was damaged and is deleted; its texts will be asked for again
    """

    def __init__(self, path: Path, scope: str) -> None:
        self.scope = scope
        self._db, damaged = opened(path, _TABLES, aside=False)
        self.rebuilt = damaged is not None

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def hold(self, keys: Iterable[str]) -> int:
        """The scope has these and no others; how many answers were deleted because nobody has their text."""
        with self._db:
            self._db.execute("delete from held where scope = ?", (self.scope,))
            self._db.executemany("insert or ignore into held values (?, ?)", ((self.scope, k) for k in keys))
            gone = self._db.execute("delete from answer where key not in (select key from held)")
            return gone.rowcount

    def leave(self) -> int:
        """The scope has no texts any more: its tenant left, or the state was withdrawn."""
        return self.hold(())

    def get(self, provider: str, version: str, keys: Iterable[str]) -> dict[str, Kept]:
        wanted = list(keys)
        found: dict[str, Kept] = {}
        for start in range(0, len(wanted), MANY):
            some = wanted[start : start + MANY]
            query = (
                "select key, words, at from answer where provider = ? and version = ?"
                f" and key in ({','.join('?' * len(some))})"
            )
            for key, words, at in self._db.execute(query, (provider, version, *some)):
                found[key] = Kept(words, datetime.fromisoformat(at))
        return found

    def others(self, provider: str, version: str, keys: Iterable[str]) -> set[str]:
        """Those that another version of the provider answered."""
        wanted = list(keys)
        found: set[str] = set()
        for start in range(0, len(wanted), MANY):
            some = wanted[start : start + MANY]
            query = (
                "select key from answer where provider = ? and version <> ?"
                f" and key in ({','.join('?' * len(some))})"
            )
            found |= {key for (key,) in self._db.execute(query, (provider, version, *some))}
        return found

    def put(self, provider: str, version: str, answers: Mapping[str, Kept]) -> None:
        rows = [(provider, version, key, kept.text, kept.at.isoformat()) for key, kept in answers.items()]
        with self._db:
            self._db.executemany("insert or replace into answer values (?, ?, ?, ?, ?)", rows)
