"""One statement: what fakesnow lacks is done here, the rest is handed to it. Every one is noted."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import sqlglot
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.transforms import stage
from snowflake.connector.errors import OperationalError, ProgrammingError
from sqlglot import Expr, exp

from dagster_ingest.testing.snowflake import administration, context, functions, merge
from dagster_ingest.testing.snowflake.history import Statement
from dagster_ingest.testing.snowflake.session import LOCK_SECONDS
from dagster_ingest.testing.snowflake.temporary import place
from dagster_ingest.testing.snowflake.text import bare, rows, said

if TYPE_CHECKING:
    from dagster_ingest.testing.snowflake.session import Session

_DONE = said("Statement executed successfully.")
_DDL = ("create", "drop", "alter", "undrop")
_LOCKING = ("update", "delete", "merge", "truncate")
_APPENDING = ("insert", "copy")
_LISTS = ("list", "ls")
_CONFLICT = 625
_NO_SESSION = 390111
_UNKNOWN = 9999


class Cursor(FakeSnowflakeCursor):
    """A cursor of a Session."""

    _conn: Session  # type: ignore[assignment]

    def execute(self, command: str, params: Any = None, *args: Any, **kwargs: Any) -> Cursor:
        session = self._conn
        with session.busy:
            statement = session.statement(command)
            session.touched = time.monotonic()
            try:
                self._do(statement, params, args, kwargs)
            except (ProgrammingError, OperationalError) as error:
                session.account.history.failed(statement, error.errno, str(error.msg))
                raise
            except Exception as error:
                session.account.history.failed(statement, _UNKNOWN, str(error))
                message = f"the stand-in cannot do this: {type(error).__name__}: {error}"
                raise ProgrammingError(msg=message, errno=_UNKNOWN, sqlstate="99999") from error
            finally:
                session.touched = time.monotonic()
            self._sfqid = session.last_query = statement.query_id  # type: ignore[assignment]
            session.results_cache[statement.query_id] = (
                self._arrow_table,
                self._rowcount,
                self._last_sql,
                self._last_params,
                self._last_transformed,
            )
            if self._arrow_table is not None:
                statement.bytes += self._arrow_table.nbytes
            session.account.history.done(statement, self._rowcount)
        return self

    def _do(self, statement: Statement, params: Any, args: tuple, kwargs: dict[str, Any]) -> None:
        session, sql = self._conn, bare(statement.text)
        if session.ended:
            raise ProgrammingError(msg="Session no longer exists. New login required.", errno=_NO_SESSION)
        if session.aborted:
            session.aborted = False
            raise ProgrammingError(
                msg="the transaction was idle and others waited: rolled back", errno=_CONFLICT
            )
        if (answer := self._own(sql)) is not None:
            self._execute(sqlglot.parse_one(answer, read="duckdb"))
            return
        word = sql.split(None, 1)[0].lower() if sql else ""
        if word in _DDL:
            session.finish(commit=True)
        session.refresh()
        if not session.autocommits and word in (*_LOCKING, *_APPENDING):
            session.begin()
        self._locked(sql, word)
        command = context.with_history(statement.text, session.id)
        try:
            self._run(word, lambda: super(Cursor, self).execute(command, params, *args, **kwargs))
        finally:
            if session.transaction is None:
                session.account.locks.release(session)

    def _own(self, sql: str) -> str | None:
        """The answer of a statement that is none of fakesnow's business; None for the others."""
        session, word = self._conn, sql.upper().split(None, 2)[:2]
        if word[:1] == ["BEGIN"] or word == ["START", "TRANSACTION"]:
            session.begin()
            return _DONE
        if word[:1] in (["COMMIT"], ["ROLLBACK"]):
            session.finish(commit=word[0] == "COMMIT")
            return _DONE
        if found := administration.used(sql):
            setattr(session, *found)
            return _DONE
        if administration.is_without_effect(sql):
            session.finish(commit=True)
            return _DONE
        if administration.is_listing(sql):
            return rows(("created_on", "name", "owner", "comment"), [])
        if word[:1] in (["REMOVE"], ["RM"]):
            return self._removed(sql.split(None, 1)[1])
        return session.parameters.alter(sql) or session.parameters.show(sql)

    def _locked(self, sql: str, word: str) -> None:
        """Wait until the table that the statement changes is free of others' transactions."""
        if word not in (*_DDL, *_LOCKING) and not sql[:20].lower().startswith("insert overwrite"):
            return
        tree = sqlglot.parse_one(sql, read="snowflake")
        targets = (
            tree.expressions
            if isinstance(tree, exp.TruncateTable)
            else tree.args.get("tables") or [tree.this]
        )
        session = self._conn
        tables = [
            ".".join(place(target, session.database, session.schema))
            for target in targets
            if isinstance(target, (exp.Table, exp.Schema))
        ]
        if not session.account.locks.acquire(session, tables, LOCK_SECONDS, lambda other: other.give_way()):
            raise ProgrammingError(msg=f"{tables} are locked by another transaction", errno=_CONFLICT)

    def _run(self, word: str, execute: Any) -> None:
        """Execute; outside of a transaction the statement is whole, and tried again after a conflict."""
        session, until = self._conn, time.monotonic() + LOCK_SECONDS
        alone = session.transaction is None and word in (*_LOCKING, *_APPENDING)
        while True:
            try:
                if alone:
                    self._duck_conn.begin()
                execute()
                if alone:
                    self._duck_conn.commit()
                session.wrote = session.wrote or word in (*_LOCKING, *_APPENDING)
                return
            except duckdb.TransactionException as error:
                if alone and "no transaction is active" not in str(error):
                    _rollback(self._duck_conn)
                if session.transaction is not None or time.monotonic() > until:
                    raise ProgrammingError(msg=f"conflict: {error}", errno=_CONFLICT) from error
                time.sleep(0.02)
            except duckdb.IOException:  # a file that another session removed while this one listed it
                if word not in _LISTS or time.monotonic() > until:
                    raise
            except BaseException:
                if alone:
                    _rollback(self._duck_conn)
                raise

    def _transform(self, expression: Expr, params: Any) -> Expr:
        context.fill(expression, self._conn)
        functions.bring(expression)
        self._conn.temporary.translate(expression, self._conn.database, self._conn.schema)
        return super()._transform(expression, params)

    def _transform_explode(self, expression: Expr) -> list[Expr]:
        return [expression] if isinstance(expression, exp.Merge) else super()._transform_explode(expression)

    def _execute(self, transformed: Expr, params: Any = None) -> None:
        if isinstance(transformed, exp.Merge):
            done = self._duck_conn.execute(merge.statement(transformed), params).fetchall()
            actions = [row[0] for row in done]
            super()._execute(sqlglot.parse_one(merge.counts(transformed, actions), read="duckdb"))
            self._rowcount = len(actions)  # type: ignore[assignment]
            return
        super()._execute(transformed, params)

    def _removed(self, target: str) -> str:
        """REMOVE @stage/path: delete its files."""
        session = self._conn
        name, _, path = target.strip().strip("'").removeprefix("@").partition("/")
        parts = stage.parts_from_var(name, session.database, session.schema)
        folder = stage.internal_dir(".".join(parts))
        found = self._duck_conn.execute(stage.internal_files_sql(folder + path)).fetchall()
        for (file,) in found:
            Path(file).unlink(missing_ok=True)
        return rows(
            ("name", "result"), [(os.path.relpath(file, Path(folder).parent), "removed") for (file,) in found]
        )


def _rollback(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.rollback()
    except duckdb.Error:  # it has ended itself
        return
