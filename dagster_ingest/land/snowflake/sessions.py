"""Sessions with Snowflake: a few for each target and tenant in a process, opened when they are needed.

A session is one thread's at a time. Its query tag is set before its first statement and whenever what
it works for changes.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagster_ingest import tracing
from dagster_ingest.errors import Unavailable
from dagster_ingest.land.snowflake.driver import connector
from dagster_ingest.land.snowflake.problems import NOT_PUBLISHED, Gone, translated
from dagster_ingest.land.snowflake.statements import set_tag
from dagster_ingest.land.snowflake.tagging import query_tag

if TYPE_CHECKING:
    import pyarrow as pa
    from snowflake.connector import SnowflakeConnection
    from snowflake.connector.cursor import SnowflakeCursor

IDLE = 1800.0  # seconds after which a session is opened anew rather than trusted
CHECKED = 30.0  # seconds after which it has to answer before it is lent


@dataclass(frozen=True, slots=True)
class Ran:
    """A statement that was run: its query id, seconds as seen from here, rows given or changed."""

    query: str
    seconds: float
    rows: int


class Session:
    """One connection. Not for two threads at once."""

    def __init__(self, connection: SnowflakeConnection, where: str, tag: str) -> None:
        self._connection, self.where = connection, where
        self._tag = tag
        self.used = time.monotonic()
        self.broken = False
        self.log: list[Ran] = []

    def doubt(self) -> None:
        """It was idle for a while: the next tag is set even if it is the one that stands."""
        self._tag = ""

    def tag(self, under: Mapping[str, str], **more: str) -> None:
        """From now on statements are run for this."""
        wanted = query_tag(under, **more)
        if wanted != self._tag:
            # Said to be unknown until it is done: the next call sets it again where it failed.
            self._tag = ""
            self.run(set_tag(wanted))
            self._tag = wanted

    def run(self, statement: str, not_done: str = NOT_PUBLISHED) -> int:
        """Number of rows that it changed."""
        with self._ran(statement, not_done) as cursor:
            return cursor.rowcount or 0

    def rows(self, statement: str, not_done: str = NOT_PUBLISHED) -> list[tuple[Any, ...]]:
        with self._ran(statement, not_done) as cursor:
            return list(cursor.fetchall())

    def named(self, statement: str, not_done: str = NOT_PUBLISHED) -> list[dict[str, Any]]:
        """Rows by the names of their columns, in lower case."""
        with self._ran(statement, not_done) as cursor:
            names = [column.name.lower() for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def batches(self, statement: str, not_done: str) -> Iterator[tuple[list[Any], pa.Table | None]]:
        """The result's description and its rows, batch by batch; without rows one pair, of None.

        Not `fetch_arrow_all`: of a result without rows it asks for pandas. Timestamps come in
        microseconds, for nanoseconds end in the year 2262.
        """
        with self._ran(statement, not_done) as cursor:
            found, empty = cursor.get_result_batches() or [], True
            for batch in found:
                if batch.rowcount:
                    empty = False
                    yield cursor.description, batch.to_arrow(self._connection, True)  # type: ignore[call-arg]
            if empty:
                yield cursor.description, None

    def close(self) -> None:
        with suppress(Exception):  # it is gone either way
            self._connection.close(retry=False)

    @contextmanager
    def _ran(self, statement: str, not_done: str) -> Iterator[SnowflakeCursor]:
        started = time.monotonic()
        try:
            with translated(self.where, statement, not_done), self._connection.cursor() as cursor:
                cursor.execute(statement)
                spent = time.monotonic() - started
                self.log.append(Ran(cursor.sfqid or "", spent, cursor.rowcount or 0))
                tracing.statement(statement, spent, "snowflake", cursor.sfqid, cursor.rowcount, tag=self._tag)
                yield cursor
        except Gone:
            self.broken = True
            raise
        finally:
            self.used = time.monotonic()


class Pool:
    """At most `size` sessions. open: makes a session with a tag."""

    def __init__(self, open: Callable[[str], Session], size: int, timeout: float, where: str) -> None:
        self.size = size
        self._open, self._timeout, self._where = open, timeout, where
        self._free = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[Session] = []

    @contextmanager
    def session(self, under: Mapping[str, str], **tags: str) -> Iterator[Session]:
        """A session whose statements are tagged. One that broke is not lent again."""
        if not self._free.acquire(timeout=self._timeout):
            raise Unavailable(
                f"all {self.size} sessions were busy for {self._timeout:.0f} s",
                where=self._where,
                not_done=NOT_PUBLISHED,
                fix="try again, or raise `sessions` of the target",
            )
        try:
            session = self._take(under, tags)
            try:
                yield session
            except BaseException:
                # What it has open is not known: a transaction that is left would hold its lock.
                session.broken = True
                raise
            finally:
                session.log = []
                if session.broken:
                    session.close()
                else:
                    with self._lock:
                        self._idle.append(session)
        finally:
            self._free.release()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _take(self, under: Mapping[str, str], tags: Mapping[str, str]) -> Session:
        while True:
            with self._lock:
                session = self._idle.pop() if self._idle else None
            if session is None:
                return self._open(query_tag(under, **tags))
            idle = time.monotonic() - session.used
            if idle < IDLE:
                if idle >= CHECKED:
                    session.doubt()
                try:
                    session.tag(under, **tags)
                except Gone:
                    session.close()
                    continue
                except BaseException:
                    session.close()
                    raise
                return session
            session.close()


def connect(options: Callable[[str], dict[str, Any]], where: str, tag: str) -> Session:
    """A new session. options: gives the connector's arguments for a tag."""
    arguments = options(tag)
    with translated(where, not_done="no session was opened"):
        return Session(connector().connect(**arguments), where, tag)


_pools: dict[tuple[int, str], Pool] = {}
_pools_lock = threading.Lock()


def pool_of(key: str, make: Callable[[], Pool]) -> Pool:
    """The one pool of this process for a key."""
    with _pools_lock:
        found = _pools.get((os.getpid(), key))
        if found is None:
            found = _pools[os.getpid(), key] = make()
        return found


def close_all() -> None:
    """End all idle sessions of this process."""
    with _pools_lock:
        mine = [_pools.pop(key) for key in list(_pools) if key[0] == os.getpid()]
    for pool in mine:
        pool.close()


atexit.register(close_all)
