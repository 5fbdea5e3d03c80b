"""The `sql` connector: tables and views, whole or by watermark."""

from __future__ import annotations

import hashlib

from dagster_ingest.connectors.base import (
    Capabilities,
    Checked,
    Discovered,
    DiscoveredColumn,
    Fingerprint,
    ReadRequest,
    Sign,
)
from dagster_ingest.connectors.registry import parse_settings
from dagster_ingest.connectors.sql import address, describe
from dagster_ingest.connectors.sql.dialects import DIALECTS
from dagster_ingest.connectors.sql.query import Query, Statements
from dagster_ingest.connectors.sql.read import SqlRead
from dagster_ingest.connectors.sql.session import connected, find_table, schema_name
from dagster_ingest.connectors.sql.settings import SqlSettings
from dagster_ingest.connectors.sql.table import Table
from dagster_ingest.errors import IngestError


class SqlConnector:
    """Opens a connection for each question and closes it again."""

    capabilities = Capabilities(
        incremental=True, deletes=True, state_filter=True, cheap_fingerprint=True, resumable=True
    )

    def check(self, request: ReadRequest) -> Checked:
        """Whether the account gets in and may read the table."""
        settings = _settings(request)
        told = {"dialect": settings.dialect, "dsn": settings.dsn.secret}
        try:
            with connected(request, settings) as session:
                if not request.table:
                    session.rows(Query("SELECT 1"))
                    return Checked(True, "the database lets us in", told)
                table = find_table(session, request, settings)
                ask = Statements(DIALECTS[settings.dialect], table, settings)
                list(session.frames(ask.rows(limit=1), table.wanted(settings)))
        except IngestError as error:
            return Checked(False, error.problem, {**told, **error.source})
        words = f"{table.schema}.{table.name} can be read, {len(table.columns)} columns"
        return Checked(True, words, told)

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        settings = _settings(request)
        with connected(request, settings) as session:
            if request.table:
                return (_discovered(find_table(session, request, settings), request.table),)
            schema = schema_name(request, settings)
            found = describe.tables(session, settings.dialect, schema)
        return tuple(_discovered(table, table.name) for table in found)

    def fingerprint(self, request: ReadRequest) -> Fingerprint:
        """With `probe`: count and greatest watermark. Else it takes a read to know."""
        settings = _settings(request)
        shown = address.shown(request.secret(settings.dsn), settings)
        parts = (f"{shown}/{schema_name(request, settings)}.{settings.table or request.table}",)
        if not settings.probe:
            return Fingerprint("", parts)
        return Fingerprint(_probed(request, settings, parts), parts)

    def sign(self, request: ReadRequest, base: str) -> Sign:
        """Count and greatest watermark, whether or not `probe` makes them the fingerprint."""
        settings = _settings(request)
        shown = address.shown(request.secret(settings.dsn), settings)
        parts = (f"{shown}/{schema_name(request, settings)}.{settings.table or request.table}",)
        value = _probed(request, settings, parts)
        return Sign(value, after=value, fingerprint=value if settings.probe else "")

    def read(self, request: ReadRequest) -> SqlRead:
        settings = _settings(request)
        return SqlRead(request, settings, address.shown(request.secret(settings.dsn), settings))


def _probed(request: ReadRequest, settings: SqlSettings, parts: tuple[str, ...]) -> str:
    with connected(request, settings) as session:
        table = find_table(session, request, settings)
        found = session.rows(Statements(DIALECTS[settings.dialect], table, settings).probe())[0]
        asked = [settings.model_dump_json(), parts, tuple(found), [c.name for c in table.wanted(settings)]]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:32]


def _discovered(table: Table, name: str) -> Discovered:
    columns = tuple(DiscoveredColumn(c.name, c.type, c.nullable) for c in table.columns)
    return Discovered(name, columns, table.key, {"table": table.name})


def _settings(request: ReadRequest) -> SqlSettings:
    return parse_settings("sql", request.settings)  # type: ignore[return-value]


CONNECTOR = SqlConnector
