"""The one file that knows pymongo: connecting, bulk writes, and errors that hold no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from pymongo import (
    ASCENDING,
    GEOSPHERE,
    DeleteOne,
    InsertOne,
    MongoClient,
    ReplaceOne,
    ReturnDocument,
    UpdateOne,
)
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    DuplicateKeyError,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)
from pymongo.write_concern import WriteConcern

from dagster_ingest.errors import AccessDenied, PublishError, SpecError, Unavailable

__all__ = [
    "ASCENDING",
    "GEOSPHERE",
    "Collection",
    "Database",
    "DeleteOne",
    "DuplicateKeyError",
    "InsertOne",
    "PyMongoError",
    "ReplaceOne",
    "ReturnDocument",
    "UpdateOne",
    "at_once",
    "can_rename",
    "connected",
    "end_session",
    "has_transactions",
    "write",
]

Result = TypeVar("Result")

_SECONDS = 10
_ROUTER = "isdbgrid"
_DUPLICATE = 11000
_DENIED = (13, 18)
# down, stepping down, timed out, and out of disk space
_BUSY = (24, 50, 91, 189, 262, 11600, 11602, 10107, 13435, 13436, 14031)
_MAJORITY = WriteConcern("majority", wtimeout=60_000)


class Overtaken(Exception):
    """A key is in other hands: those of a later publisher, or of another tenant."""


@contextmanager
def connected(uri: str, database: str) -> Iterator[Database[dict[str, Any]]]:
    """A database, its writes acknowledged by a majority. Driver errors leave as the platform's own."""
    if not uri.startswith(("mongodb://", "mongodb+srv://")):
        raise _no_address()
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(
            uri, serverSelectionTimeoutMS=_SECONDS * 1000, tz_aware=True, appname="dagster_ingest"
        )
    except (InvalidURI, ConfigurationError, ValueError):  # their texts quote the address
        raise _no_address() from None
    try:
        with client:
            yield client.get_database(database, write_concern=_MAJORITY)
    except PyMongoError as error:
        raise _explained(error) from None


def has_transactions(database: Database[dict[str, Any]]) -> bool:
    """A member of a replica set or a router has them, a server alone has not."""
    about = database.client.admin.command("hello")
    return "setName" in about or about.get("msg") == _ROUTER


def can_rename(database: Database[dict[str, Any]]) -> bool:
    """Routers do not rename a collection over one that is spread over shards."""
    return database.client.admin.command("hello").get("msg") != _ROUTER


def at_once(
    database: Database[dict[str, Any]], told: Callable[[Any], None], work: Callable[[Any], Result]
) -> Result:
    """Run `work`, perhaps more than once, with a session: all that it writes with it is seen, or nothing.

    told  hears the session's id first, for who has to end it in the place of a dead publisher
    """
    with database.client.start_session() as session:
        told(session.session_id["id"])
        return session.with_transaction(work, write_concern=_MAJORITY)


def end_session(database: Database[dict[str, Any]], session: Any) -> None:
    """What a dead publisher's transaction holds is free at once, and not after a minute. Best effort."""
    with suppress(OperationFailure):
        database.command({"killSessions": [{"id": session}]})


def write(collection: Any, operations: list[Any], session: Any = None) -> int:
    """In order. Documents found or made; PublishError names the first that was refused."""
    try:
        done = collection.bulk_write(operations, ordered=True, session=session)
        return done.inserted_count + done.matched_count + done.upserted_count + done.deleted_count
    except BulkWriteError as error:
        first = (error.details.get("writeErrors") or [{}])[0]
        if first.get("code") == _DUPLICATE and "_id" in first.get("keyPattern", {"_id": 1}):
            raise Overtaken from None
        if first.get("code") in _BUSY or not first:
            raise _down(f"code {first.get('code')}") from None
        key = first.get("op", {}).get("q", {}).get("_id")
        raise PublishError(
            f"document {key} was refused by {collection.name}: {str(first.get('errmsg'))[:300]}",
            not_done="nothing new is signed; the next run writes what is missing",
            fix="mend the value in dbt_stage, then publish again",
        ) from None


def _explained(error: PyMongoError) -> AccessDenied | PublishError | Unavailable:
    code = error.code if isinstance(error, OperationFailure) else None
    if code in _DENIED:
        return AccessDenied(
            f"MongoDB does not let us in (code {code})",
            not_done="nothing was published, the last publication stands",
            fix="check user and password, and the right to read and write the database",
        )
    if code is None or code in _BUSY:
        return _down(type(error).__name__)
    return PublishError(
        f"MongoDB refused it: code {code}: {str(error)[:200]}",
        not_done="nothing new is signed, the last publication stands",
        fix="read what the server says, then publish again",
    )


def _no_address() -> SpecError:
    return SpecError(
        "the secret with the address of the document store does not hold a MongoDB address",
        not_done="nothing was published and no connection was opened",
        fix="use mongodb://user:password@host:port or mongodb+srv://...",
    )


def _down(why: str) -> Unavailable:
    return Unavailable(
        f"MongoDB cannot be used: {why}",
        not_done="what it shows stays; the publish is taken up again by the next run",
        fix="check that the server is up and that its address is right, then run it again",
    )
