"""Sessions of the stand-in, and the account that they share."""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fakesnow import FakeSnow
from fakesnow.conn import FakeSnowflakeConnection

from dagster_ingest.testing.snowflake.history import History, Statement
from dagster_ingest.testing.snowflake.locks import Locks
from dagster_ingest.testing.snowflake.parameters import Parameters
from dagster_ingest.testing.snowflake.temporary import Temporary

if TYPE_CHECKING:
    from dagster_ingest.testing.snowflake.cursor import Cursor

IDLE_SECONDS = 2.0
"""A transaction that others wait for and in which nothing happens for so long is rolled back. Snowflake
does it too, after hours or when told to."""
LOCK_SECONDS = 60.0


class Account(FakeSnow):
    """Databases, sessions, locks and history of one stand-in."""

    def __init__(self) -> None:
        super().__init__(create_database_on_connect=False, create_schema_on_connect=False)
        self.history = History(self.duck_conn.cursor())
        self.locks: Locks[Session] = Locks()
        self.logins: list[Session] = []
        self._numbers = itertools.count(1001)

    def login(self, data: dict[str, Any], query: dict[str, str]) -> Session:
        """A session for whoever asks. Names are folded as Snowflake folds them."""
        number = next(self._numbers)
        session = Session(
            self, number, data, _folded(query.get("databaseName")), _folded(query.get("schemaName"))
        )
        session.role = _folded(query.get("roleName")) or "PUBLIC"
        session.warehouse = _folded(query.get("warehouse"))
        self.logins.append(session)
        return session

    def has(self, database: str) -> bool:
        return database in {
            row[0].upper()
            for row in self.duck_conn.cursor()
            .execute("select database_name from duckdb_databases()")
            .fetchall()
        }

    def end_all(self) -> None:
        for session in self.logins:
            session.end()


class Session(FakeSnowflakeConnection):
    """One login: fakesnow's connection with a role, a warehouse, parameters and a transaction."""

    def __init__(
        self, account: Account, number: int, data: dict[str, Any], database: str | None, schema: str | None
    ) -> None:
        there = database if database and account.has(database) else None
        super().__init__(
            account.duck_conn.cursor(),
            account.results_cache,
            there,
            schema if there else None,
            create_database=False,
            create_schema=False,
        )
        self.account = account
        self.id = number
        self.user = _folded(data.get("LOGIN_NAME")) or "NOBODY"
        self.authenticator = str(data.get("AUTHENTICATOR") or "SNOWFLAKE")
        self.application = str(data.get("CLIENT_APP_ID") or "")
        self.role: str = "PUBLIC"
        self.warehouse: str | None = None
        self.parameters = Parameters(data.get("SESSION_PARAMETERS") or {})
        self.temporary = Temporary(number)
        self.busy = threading.RLock()
        self.touched = time.monotonic()
        self.transaction: int | None = None
        self.wrote = False
        self.aborted = False
        self.ended = False
        self.last_query: str | None = None

    def cursor(self, cursor_class: Any = None) -> Cursor:  # type: ignore[override]
        from dagster_ingest.testing.snowflake.cursor import Cursor

        return Cursor(conn=self, duck_conn=self._duck_conn)

    @property
    def autocommits(self) -> bool:
        return self.parameters["AUTOCOMMIT"].lower() != "false"

    def statement(self, sql: str) -> Statement:
        """The record of a statement that begins now."""
        about = {
            "DATABASE_NAME": self.database,
            "SCHEMA_NAME": self.schema,
            "SESSION_ID": self.id,
            "USER_NAME": self.user,
            "ROLE_NAME": self.role,
            "WAREHOUSE_NAME": self.warehouse,
            "QUERY_TAG": self.parameters["QUERY_TAG"],
        }
        return Statement(sql, about)

    def begin(self) -> None:
        """Open a transaction; within one, nothing, as in Snowflake."""
        if self.transaction is None:
            self._duck_conn.begin()
            self.transaction = time.time_ns()
            self.wrote = False

    def refresh(self) -> None:
        """Let a transaction that wrote nothing yet see what others have committed since."""
        if self.transaction is not None and not self.wrote:
            self._duck_conn.rollback()
            self._duck_conn.begin()

    def finish(self, commit: bool) -> None:
        """Close the transaction, if there is one, and give its tables free."""
        if self.transaction is None:
            return
        self.transaction = None
        try:
            if commit:
                self._duck_conn.commit()
            else:
                self._duck_conn.rollback()
        finally:
            self.account.locks.release(self)

    def give_way(self) -> None:
        """Roll back if nothing has happened here for long: somebody waits."""
        if time.monotonic() - self.touched < IDLE_SECONDS or not self.busy.acquire(blocking=False):
            return
        try:
            if self.transaction is not None and time.monotonic() - self.touched >= IDLE_SECONDS:
                self.finish(commit=False)
                self.aborted = True
        finally:
            self.busy.release()

    def end(self) -> None:
        """Roll back, drop temporary tables, close."""
        with self.busy:
            if self.ended:
                return
            self.ended = True
            with suppress(Exception):
                self.finish(commit=False)
            for place in self.temporary.hidden():
                with suppress(Exception):
                    self._duck_conn.execute("drop table if exists " + ".".join(f'"{name}"' for name in place))
            self.account.locks.release(self)
            self._duck_conn.close()

    def described(self) -> dict[str, Any]:
        return {
            "SESSION_ID": self.id,
            "USER_NAME": self.user,
            "ROLE_NAME": self.role,
            "WAREHOUSE_NAME": self.warehouse,
            "AUTHENTICATION_METHOD": self.authenticator,
            "CLIENT_APPLICATION_ID": self.application,
            "PARAMETERS": self.parameters.set,
            "OPEN": not self.ended,
        }


def _folded(name: str | None) -> str | None:
    if not name:
        return None
    return name[1:-1] if name.startswith('"') and name.endswith('"') else name.upper()
