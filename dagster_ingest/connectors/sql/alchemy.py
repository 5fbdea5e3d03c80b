"""A session with MySQL or SQL Server by SQLAlchemy: a server-side cursor, rows in batches."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors.sql import values
from dagster_ingest.connectors.sql.address import CONNECT_SECONDS
from dagster_ingest.connectors.sql.faults import translated
from dagster_ingest.connectors.sql.query import Query
from dagster_ingest.connectors.sql.settings import SqlSettings
from dagster_ingest.connectors.sql.table import Column

if TYPE_CHECKING:
    import polars as pl

_DRIVERS = {"mysql": "mysql+pymysql", "sqlserver": "mssql+pymssql"}
_BEGIN = {
    "mysql": (
        "SET time_zone = '+00:00'",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ),
    "sqlserver": ("SET TRANSACTION ISOLATION LEVEL SNAPSHOT",),
}
_PAGES = {
    "mysql": ("SET time_zone = '+00:00'", "START TRANSACTION READ ONLY"),
    "sqlserver": ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED",),
}
_OTHER_COLON = re.compile(r":(?!p\d+\b)")


class AlchemySession:
    """One read-only transaction after the other. Every fault is one of dagster_ingest.errors."""

    def __init__(self, dsn: str, shown: str, settings: SqlSettings) -> None:
        import sqlalchemy

        self._shown, self._settings = shown, settings
        self._engine = sqlalchemy.create_engine(
            sqlalchemy.make_url(_DRIVERS[settings.dialect] + "://" + dsn.partition("://")[2]),
            connect_args=_arguments(settings),
            poolclass=sqlalchemy.NullPool,
        )
        with self._faults():
            self._connection = self._engine.connect()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is read inside is of one moment, unless pages are read."""
        begin = _BEGIN if self._settings.read == "snapshot" else _PAGES
        with self._faults():
            for statement in begin[self._settings.dialect]:
                self._connection.exec_driver_sql(statement)
        try:
            yield
        finally:
            with contextlib.suppress(Exception):  # a lost connection has nothing to roll back
                self._connection.rollback()

    def rows(self, query: Query) -> list[tuple[Any, ...]]:
        with self._faults():
            return [tuple(row) for row in self._execute(query)]

    def frames(self, query: Query, columns: Sequence[Column]) -> Iterator[pl.DataFrame]:
        """Rows as text, in batches of `page_rows`."""
        names = [column.name for column in columns]
        writers = [values.writer(self._settings.dialect, column) for column in columns]
        with self._faults(), self._execute(query, stream=True) as result:
            for part in result.partitions(self._settings.page_rows):
                yield values.of_rows(list(part), names, writers)

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._connection.close()
        self._engine.dispose()

    def _execute(self, query: Query, *, stream: bool = False) -> Any:
        import sqlalchemy

        bound = {f"p{number}": value for number, value in enumerate(query.params)}
        statement = sqlalchemy.text(_OTHER_COLON.sub(r"\\:", query.text))
        options = {"stream_results": True, "max_row_buffer": self._settings.page_rows} if stream else {}
        return self._connection.execute(statement, bound, execution_options=options)

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        import sqlalchemy

        try:
            yield
        except (sqlalchemy.exc.SQLAlchemyError, OSError) as error:
            raise translated(getattr(error, "orig", None) or error, self._shown) from None


def _arguments(settings: SqlSettings) -> dict[str, Any]:
    if settings.dialect == "mysql":
        wait = settings.timeout_seconds
        return {"connect_timeout": CONNECT_SECONDS, "read_timeout": wait, "charset": "utf8mb4"}
    return {"login_timeout": CONNECT_SECONDS, "timeout": settings.timeout_seconds, "charset": "UTF-8"}
