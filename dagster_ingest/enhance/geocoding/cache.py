"""Answers of providers, misses too, in a SQLite file that runs and tenants share.

Addresses are kept as digests (Address.key). An answer older than its provider's terms allow is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from dagster_ingest.enhance.geocoding.kinds import Found, Kept, Point
from dagster_ingest.enhance.keeping import AnswerFile

_TABLE = """
create table if not exists answer (
  provider text not null, version text not null, address text not null,
  lat real, lon real, detail text, at text not null,
  primary key (provider, version, address)
) without rowid
"""


class Terms(NamedTuple):
    """Days that a point and a miss may be kept."""

    points: int
    misses: int


class Cache(AnswerFile):
    def __init__(self, path: Path) -> None:
        super().__init__(path, _TABLE, aside=True)

    def get(self, provider: str, version: str, addresses: Iterable[str]) -> dict[str, Kept]:
        """Answers by the address's key, however old."""
        query = (
            "select address, lat, lon, detail, at from answer"
            " where provider = ? and version = ? and address in ({keys})"
        )
        found: dict[str, Kept] = {}
        for address, lat, lon, detail, at in self._among(query, (provider, version), addresses):
            point = None if lat is None else Found(Point(lat, lon), detail or "")
            found[address] = Kept(point, datetime.fromisoformat(at))
        return found

    def put(self, provider: str, version: str, answers: Mapping[str, Kept]) -> None:
        rows = [
            (provider, version, address, *(kept.found.point if kept.found else (None, None)),
             kept.found.detail if kept.found else None, kept.at.isoformat())
            for address, kept in answers.items()
        ]  # fmt: skip
        with self._db:
            self._db.executemany("insert or replace into answer values (?, ?, ?, ?, ?, ?, ?)", rows)

    def forget(self, addresses: Iterable[str]) -> int:
        """Delete all that any provider said of these; how much that was."""
        with self._db:
            gone = [self._db.execute("delete from answer where address = ?", (key,)) for key in addresses]
            return sum(cursor.rowcount for cursor in gone)

    def purge(self, terms: Mapping[str, Terms], now: datetime) -> int:
        """Delete what is older than its provider's terms; how much that was. Others are left alone."""
        gone = 0
        with self._db:
            for provider, days in terms.items():
                for kind, most in (("is not null", days.points), ("is null", days.misses)):
                    before = (now - timedelta(days=most)).isoformat()
                    statement = f"delete from answer where provider = ? and lat {kind} and at < ?"
                    gone += self._db.execute(statement, (provider, before)).rowcount
        return gone
