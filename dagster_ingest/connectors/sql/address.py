"""The address in a secret: taken apart, checked against the dialect, shown without the account."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.sql.settings import SCHEMES, SqlSettings
from dagster_ingest.errors import SpecError

CONNECT_SECONDS = 20


def address(request: ReadRequest, settings: SqlSettings) -> str:
    """The address with a time limit for connecting. Raises SpecError, which never quotes it."""
    dsn = request.secret(settings.dsn).strip()
    scheme = dsn.partition("://")[0].partition("+")[0].lower()
    allowed = SCHEMES[settings.dialect]
    if scheme not in allowed:
        raise SpecError(
            f"the secret {settings.dsn.secret} holds no address of {settings.dialect}",
            not_done="nothing was read",
            fix=f"write it as {allowed[-1]}://user:password@host:port/database",
        )
    if settings.dialect != "postgres" or "connect_timeout" in parse_qs(urlsplit(dsn).query):
        return dsn
    return f"{dsn}{'&' if urlsplit(dsn).query else '?'}connect_timeout={CONNECT_SECONDS}"


def database(dsn: str) -> str:
    return urlsplit(dsn).path.strip("/")


def shown(dsn: str, settings: SqlSettings) -> str:
    """`postgres://host:port/database`, without user, password and options."""
    parts = urlsplit(dsn)
    host = parts.hostname or next(iter(parse_qs(parts.query).get("host", [])), "") or "local"
    host = "local" if host.startswith("/") else host
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{settings.dialect}://{host}{port}/{parts.path.strip('/')}"
