"""Errors of the connector as errors of the platform: what a retry may mend, what a person must."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dagster_ingest.errors import AccessDenied, IngestError, LandError, Unavailable
from dagster_ingest.land.snowflake.driver import connector
from dagster_ingest.redact import redact

EXCERPT = 200  # characters of a statement that are shown
LONGEST = 400  # characters of an answer
NOT_PUBLISHED = "nothing was published; the last good partitions stand"

# Of Snowflake's own codes and the connector's; see "errno" in its errorcode.py.
_LOCKED = {625, 629, 635}
_BUSY = {603, 604, 606_001, 630, 707, 300_002, 370_001}
_SESSION_GONE = {390_104, 390_111, 390_112, 390_113, 390_114, 390_115, 390_195, 390_320}
_DENIED = {3_001, 3_003, 3_041, 250_006, 251_001, 251_006, 251_008}
_ABSENT = {2_003, 2_043}
_NO_WAREHOUSE = {606}
_LOGIN = range(390_100, 390_500)
_NETWORK = range(250_001, 250_006)

_APPLY = "let an administrator run `dagster-ingest warehouse apply`; `warehouse plan` shows what lacks"


class Gone(Unavailable):
    """The session cannot be used any more; another one may. What its last statement did is not known."""


class Locked(Unavailable):
    """Another transaction was in the way, and this one was rolled back."""


@contextmanager
def translated(where: str, statement: str = "", not_done: str = NOT_PUBLISHED) -> Iterator[None]:
    """Raise what the connector raises as one of ours."""
    driver = connector().errors
    try:
        yield
    except IngestError:
        raise
    except driver.Error as error:
        raise translate(error, where, statement, not_done) from None
    except OSError as error:  # a part that cannot be read, a file of keys, a socket
        raise Unavailable(f"{type(error).__name__}: {error}", where=where, not_done=not_done) from error


def translate(
    error: Exception, where: str, statement: str = "", not_done: str = NOT_PUBLISHED
) -> IngestError:
    """error: of the connector. The statement is cut and has no secrets."""
    number = _number(error)
    kind, fix = _consequence(error, number)
    said = " ".join(str(getattr(error, "raw_msg", None) or error).split())
    shown = " ".join(statement.split())
    return kind(
        f"Snowflake says: {said[:LONGEST] or type(error).__name__}",
        where=where,
        not_done=not_done,
        fix=fix,
        source={
            "query id": getattr(error, "sfqid", None) or "",
            "code": f"{number:06d}" if number > 0 else "",
            "sqlstate": _state(error),
            "statement": redact(shown)[:EXCERPT] + ("..." if len(shown) > EXCERPT else ""),
        },
    )


def _consequence(error: Exception, number: int) -> tuple[type[IngestError], str]:
    driver = connector().errors
    if number in _SESSION_GONE:
        return Gone, "try again; a new session is opened"
    if number in _LOGIN:
        return AccessDenied, "mend user, role or authentication of the target in deploy/warehouses.yaml"
    if number in _LOCKED:
        return Locked, "try again; SHOW TRANSACTIONS IN ACCOUNT tells who holds the lock"
    if number in _BUSY:
        return Unavailable, "try again; if it goes on, raise the target's `timeout` or its warehouse's size"
    if number in _NO_WAREHOUSE:
        return AccessDenied, "name a `warehouse` in the target that its role may use"
    if number in _DENIED:
        return AccessDenied, _APPLY
    if number in _ABSENT:
        return AccessDenied, _APPLY
    unreachable = (driver.InterfaceError, driver.HttpError, driver.OperationalError)
    http = (
        driver.InternalServerError,
        driver.ServiceUnavailableError,
        driver.GatewayTimeoutError,
        driver.RequestTimeoutError,
        driver.BadGatewayError,
        driver.TooManyRequests,
        driver.OtherHTTPRetryableError,
        driver.RequestExceedMaxRetryError,
    )
    if isinstance(error, driver.ForbiddenError):
        return AccessDenied, "check `account` and `host` of the target, and the account's network policy"
    if isinstance(error, (*http, *unreachable)):
        return Gone, "try again; check `account`, `host` and the network if it goes on"
    if number in _NETWORK and isinstance(error, driver.DatabaseError):
        return AccessDenied, "mend user, role or authentication of the target in deploy/warehouses.yaml"
    return LandError, "look the query id up in Snowflake's query history"


def _number(error: Exception) -> int:
    return int(getattr(error, "errno", None) or -1)


def _state(error: Exception) -> str:
    state = getattr(error, "sqlstate", "") or ""
    return "" if state == "n/a" else str(state)
