"""The one file that knows psycopg: connecting, composing SQL, and errors that hold no secret."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from dagster_ingest.errors import IngestError, PublishError, SpecError, Unavailable
from dagster_ingest.redact import remember

__all__ = ["Connection", "Error", "Jsonb", "Server", "connected", "conninfo", "server", "sql"]

Connection = psycopg.Connection
Error = psycopg.Error

_CONNECT_SECONDS = 10
_MASKED_FROM = 8  # characters; a shorter password may be an ordinary word, and is masked here only
_SHORT = 300  # characters of a server's message that are passed on


@dataclass(frozen=True, slots=True, repr=False)
class Server:
    """Where a connection string leads. Its repr and `address` are free of secrets."""

    variable: str
    dsn: str
    address: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Server(variable={self.variable!r}, address={self.address!r})"

    def redacted(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def server(variable: str, environ: Mapping[str, str] = os.environ) -> Server:
    """The server that environment variable `variable` names. Raises SpecError if it names none."""
    dsn = environ.get(variable, "").strip()
    if not dsn:
        raise SpecError(
            f"environment variable {variable} is not set, and no secret of that name is kept",
            not_done="nothing was published and no connection was opened",
            fix=f"set it, or keep a secret TENANT__{variable}, to a connection string "
            "(postgresql://user@host/database)",
        )
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:  # its text quotes the string, secrets and all
        raise SpecError(
            f"environment variable {variable} does not hold a PostgreSQL connection string",
            not_done="nothing was published and no connection was opened",
            fix="use postgresql://user:password@host:port/database or host=... dbname=... pairs",
        ) from None
    host = parts.get("host") or parts.get("hostaddr") or environ.get("PGHOST") or "local socket"
    port = parts.get("port") or environ.get("PGPORT") or "5432"
    database = parts.get("dbname") or parts.get("user") or "postgres"
    passwords = [parts.get("password"), parts.get("sslpassword"), environ.get("PGPASSWORD")]
    secrets = {dsn, *(form for p in passwords if p for form in (str(p), quote(str(p), safe="")))}
    for secret in (dsn, *(str(p) for p in passwords if p and len(str(p)) >= _MASKED_FROM)):
        remember(secret, variable)
    return Server(
        variable=variable,
        dsn=dsn,
        address=f"{host}:{port}/{database}",
        secrets=tuple(sorted(secrets, key=len, reverse=True)),
    )


def conninfo(dsn: str, **parts: str) -> str:
    """`dsn` with `parts` (`dbname=...`) in place of its own."""
    return make_conninfo(dsn, **parts)


@contextmanager
def connected(to: Server, *, where: str, not_done: str) -> Iterator[Connection]:
    """An autocommit connection, closed at the end. Driver errors leave as the platform's own."""
    defaults: dict[str, Any] = {"application_name": "dagster_ingest", "connect_timeout": _CONNECT_SECONDS}
    dsn = make_conninfo(**{**defaults, **conninfo_to_dict(to.dsn)})
    try:
        # No prepared statements: they do not survive a pooler that works by transaction.
        with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
            yield connection
    except psycopg.Error as error:
        raise _explained(to, error, where=where, not_done=not_done) from None
    except IngestError as error:
        error.where = error.where or where
        raise


def _explained(to: Server, error: psycopg.Error, *, where: str, not_done: str) -> IngestError:
    diag = error.diag
    text = diag.message_primary or " ".join(str(error).split())
    parts = [text[:_SHORT]]
    if isinstance(error, psycopg.errors.ForeignKeyViolation | psycopg.errors.UniqueViolation):
        parts += [diag.message_detail or ""]  # names keys only; other details quote whole rows
    if diag.context and diag.context.startswith("COPY"):
        parts += [f"at {diag.context[:_SHORT]}"]
    message = to.redacted("; ".join(p for p in parts if p))
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return Unavailable(
            f"another publisher held the schema on {to.address} for too long",
            where=where,
            not_done=not_done,
            fix="run it again when the other publish is done (pg_locks shows who holds the advisory lock)",
        )
    if isinstance(error, psycopg.OperationalError):
        return Unavailable(
            f"PostgreSQL at {to.address} cannot be used: {message}",
            where=where,
            not_done=not_done,
            fix=f"check that the server is up and that {to.variable} is right, then run it again",
        )
    return PublishError(
        f"PostgreSQL at {to.address} refused it: {message}",
        where=where,
        not_done=not_done,
        fix=_fix(error),
    )


def _fix(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "grant the role create on the database, or create the schema with the role as its owner"
    if isinstance(error, psycopg.errors.IntegrityError):
        return "mend the stage model that lets the row through; its dbt test should have caught it"
    return "mend the value or the column type in dbt_stage, then run it again"
