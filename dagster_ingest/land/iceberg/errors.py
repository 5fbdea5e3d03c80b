"""What goes wrong at a catalog or an object store, in the platform's terms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dagster_ingest.errors import AccessDenied, IngestError, LandError, Unavailable

NOTHING = "nothing was published: what the tables held before stands"
# As object stores put it into the text of an OSError.
_DENIED = ("ACCESS_DENIED", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken")


class Conflict(Exception):
    """Another commit came first. What was prepared must be prepared again from what the table holds now."""


@contextmanager
def told(where: str, not_done: str = NOTHING) -> Iterator[None]:
    """Raise Unavailable, AccessDenied or LandError for what pyiceberg and those below it raise."""
    try:
        yield
    except (IngestError, Conflict):
        raise
    except Exception as error:
        raise _as_ours(error, where, not_done) from error


def is_conflict(error: Exception) -> bool:
    """Whether the catalog refused because somebody else committed first: then nothing of ours is there."""
    from pyiceberg import exceptions as theirs
    from sqlalchemy.exc import IntegrityError, OperationalError

    if isinstance(error, OperationalError):
        return "database is locked" in str(error)
    known = (theirs.CommitFailedException, theirs.ValidationException, theirs.TableAlreadyExistsError)
    return isinstance(error, (*known, IntegrityError))


def _as_ours(error: Exception, where: str, not_done: str) -> IngestError:
    kind, fix = _kind(error)
    said = str(error).strip().splitlines()[0][:300] if str(error).strip() else ""
    return kind(f"{type(error).__name__}: {said}", where=where, not_done=not_done, fix=fix)


def _kind(error: Exception) -> tuple[type[IngestError], str]:
    from pyiceberg import exceptions as theirs
    from requests.exceptions import RequestException
    from sqlalchemy.exc import DBAPIError

    let_in = (theirs.ForbiddenError, theirs.UnauthorizedError, theirs.OAuthError)
    if isinstance(error, let_in) or (isinstance(error, OSError) and any(s in str(error) for s in _DENIED)):
        return AccessDenied, "check the catalog's token and the object store's keys in deploy/warehouses.yaml"
    away = (
        theirs.ServiceUnavailableError,
        theirs.ServerError,
        theirs.TooManyRequestsError,
        theirs.AuthorizationExpiredError,
        theirs.CommitStateUnknownException,
        theirs.CommitFailedException,
        RequestException,
        DBAPIError,
    )
    if isinstance(error, (*away, OSError)) and not isinstance(error, FileNotFoundError):
        return Unavailable, "run again when the catalog and the object store answer"
    return LandError, "see what the catalog says of the table; `dagster-ingest explain` names the load"
