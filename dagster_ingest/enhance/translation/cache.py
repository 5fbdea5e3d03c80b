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

from dagster_ingest.enhance.keeping import AnswerFile

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


class Cache(AnswerFile):
    """scope: whose texts, `prairie/IA`."""

    def __init__(self, path: Path, scope: str) -> None:
        self.scope = scope
        super().__init__(path, _TABLES, aside=False)

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
        query = "select key, words, at from answer where provider = ? and version = ? and key in ({keys})"
        rows = self._among(query, (provider, version), keys)
        return {key: Kept(words, datetime.fromisoformat(at)) for key, words, at in rows}

    def others(self, provider: str, version: str, keys: Iterable[str]) -> set[str]:
        """Those that another version of the provider answered."""
        query = "select key from answer where provider = ? and version <> ? and key in ({keys})"
        return {key for (key,) in self._among(query, (provider, version), keys)}

    def put(self, provider: str, version: str, answers: Mapping[str, Kept]) -> None:
        rows = [(provider, version, key, kept.text, kept.at.isoformat()) for key, kept in answers.items()]
        with self._db:
            self._db.executemany("insert or replace into answer values (?, ?, ?, ?, ?)", rows)
