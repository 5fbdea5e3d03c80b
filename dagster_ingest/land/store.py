"""The tenant's DuckDB file, opened shortly under the lock.

Starting a DuckDB instance costs 15 ms, attaching a file 3: so each process keeps one empty instance
and attaches the tenant's file for as long as a statement takes. Outside of that nothing holds the
file, and dbt or any other process may open it.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest import faults, tracing
from dagster_ingest.land import lock
from dagster_ingest.naming import literal, quoted

if TYPE_CHECKING:
    import duckdb

_SCHEMAS = """
select 1 from duckdb_schemas() where database_name = current_database() and schema_name <> 'main' limit 1
"""

_DUCKDB = {"db.system.name": "duckdb"}
_instances: dict[int, duckdb.DuckDBPyConnection] = {}
_guard = threading.Lock()
_aliases = itertools.count(1)


class Store:
    """One tenant's file and its lock. `schemas` are made the first time it is written."""

    def __init__(self, path: Path, setup: str, *, timeout: float = lock.TIMEOUT) -> None:
        self.path = path
        self.lock_path = path.with_name(path.name + ".lock")
        self._setup = setup
        self._timeout = timeout
        self._ready: int | None = None  # inode of the file whose schemas were made
        self._filled: int | None = None  # inode of the file that was seen to have schemas

    @contextmanager
    def hold(self, *, exclusive: bool) -> Iterator[lock.Held]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with lock.hold(self.lock_path, exclusive=exclusive, timeout=self._timeout) as held:
            yield held

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection | None]:
        """A cursor whose default catalog is the file, read only; None while nothing was ever committed."""
        with self.hold(exclusive=False):
            if not self.path.exists():
                yield None
                return
            with self._attached(read_only=not lock.is_held(self.lock_path)) as cursor:
                yield cursor if self._is_set_up(cursor) else None

    @contextmanager
    def writing(self, point: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor inside one transaction: committed at the end, rolled back on any error.

        point  name of the fault points `<point>.commit` and `<point>.committed`
        """
        with (
            self.hold(exclusive=True),
            tracing.span("duckdb transaction", **_DUCKDB),
            self._attached(read_only=False) as cursor,
        ):
            cursor.execute("begin")
            try:
                self._set_up(cursor)
                yield cursor
                if point:
                    faults.reach(f"{point}.commit")
                cursor.execute("commit")
                self._ready = self._filled = self.path.stat().st_ino
            except BaseException:
                cursor.execute("rollback")
                raise
            if point:
                faults.reach(f"{point}.committed")

    def _set_up(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Make the schemas, once for each file that this object meets under its path."""
        if self._ready != self.path.stat().st_ino:
            cursor.execute(self._setup)

    def _is_set_up(self, cursor: duckdb.DuckDBPyConnection) -> bool:
        """False for a file whose first writer died before it committed."""
        inode = self.path.stat().st_ino
        if self._filled != inode and cursor.execute(_SCHEMAS).fetchall():
            self._filled = inode
        return self._filled == inode

    @contextmanager
    def _attached(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = _instance().cursor()
        alias = quoted(f"store_{next(_aliases)}")
        options = " (read_only)" if read_only else ""
        try:
            cursor.execute(f"attach {literal(str(self.path))} as {alias}{options}")
            try:
                cursor.execute(f"use {alias}")
                yield cursor
            finally:
                cursor.execute("use memory")
                cursor.execute(f"detach {alias}")
        finally:
            cursor.close()


def _instance() -> duckdb.DuckDBPyConnection:
    """The process's own empty instance. A forked child makes a new one."""
    pid = os.getpid()
    with _guard:
        if pid not in _instances:
            import duckdb

            _instances[pid] = duckdb.connect(":memory:", config={"threads": 2})
        return _instances[pid]
