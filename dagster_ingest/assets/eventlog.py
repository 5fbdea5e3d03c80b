"""The instance, opened to be read: a storage that cannot be used is told of as such."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import sqlalchemy.exc
from dagster._core.errors import DagsterError

from dagster_ingest.assets.instance import open_instance
from dagster_ingest.errors import Unavailable
from dagster_ingest.settings import Settings

UNUSABLE = (sqlalchemy.exc.SQLAlchemyError, sqlite3.DatabaseError, DagsterError)


def first_line(error: BaseException) -> str:
    """What a storage said, without the statement that it was asked."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


@contextmanager
def opened(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Unavailable, with its folder, where the event log cannot be read."""
    home = settings.home / "dagster"
    try:
        with open_instance(settings) as instance:
            yield instance
    except UNUSABLE as error:
        raise Unavailable(
            f"the event log cannot be read: {first_line(error)}",
            where=str(home),
            not_done="nothing was told; nothing was changed",
            fix=f"see that the storage named in {home / 'dagster.yaml'} is there, whole and of this version "
            "(`dagster instance migrate`), then ask again",
        ) from error
