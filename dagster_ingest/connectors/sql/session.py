"""What a read needs of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.sql import address, describe
from dagster_ingest.connectors.sql.dialects import DIALECTS
from dagster_ingest.connectors.sql.query import Query
from dagster_ingest.connectors.sql.settings import SqlSettings
from dagster_ingest.connectors.sql.table import Column, Table
from dagster_ingest.errors import NothingDelivered, SpecError, among

if TYPE_CHECKING:
    import polars as pl


class Session(Protocol):
    def transaction(self) -> AbstractContextManager[None]: ...

    def rows(self, query: Query) -> list[tuple[Any, ...]]: ...

    def frames(self, query: Query, columns: Sequence[Column]) -> Iterator[pl.DataFrame]: ...

    def close(self) -> None: ...


def connect(request: ReadRequest, settings: SqlSettings) -> Session:
    """Raises AccessDenied, Unavailable; SpecError where the driver is not installed."""
    dsn = address.address(request, settings)
    try:
        if settings.dialect == "postgres":
            from dagster_ingest.connectors.sql.postgres import PostgresSession

            return PostgresSession(dsn, address.shown(dsn, settings), settings)
        from dagster_ingest.connectors.sql.alchemy import AlchemySession

        return AlchemySession(dsn, address.shown(dsn, settings), settings)
    except ImportError as error:
        raise SpecError(
            f"the connector `sql` lacks {error.name}",
            not_done="nothing was read",
            fix="pip install dagster-ingest[sql]",
        ) from None


@contextmanager
def connected(request: ReadRequest, settings: SqlSettings) -> Iterator[Session]:
    """A session inside of a transaction."""
    session = connect(request, settings)
    try:
        with session.transaction():
            yield session
    finally:
        session.close()


def schema_name(request: ReadRequest, settings: SqlSettings) -> str:
    default = DIALECTS[settings.dialect].default_schema
    return settings.db_schema or default or address.database(request.secret(settings.dsn))


def find_table(session: Session, request: ReadRequest, settings: SqlSettings) -> Table:
    """The table that the request means. Raises NothingDelivered if this account sees none of that name."""
    schema, name = schema_name(request, settings), settings.table or request.table
    found = describe.tables(session, settings.dialect, schema, name)
    if found:
        return found[0]
    names = [table.name for table in describe.tables(session, settings.dialect, schema)]
    raise NothingDelivered(
        f"the schema {schema!r} has no table {name!r} that this account may see",
        rule="file|delivered",
        where=f"{request.source}: {schema}.{name}",
        not_done="nothing was read",
        fix=among(name, names, "there is:", most=20),
    )
