"""A session that is no tenant's: for `dagster-ingest warehouse`, and for what statements cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dagster_ingest.land.snowflake.connect import options
from dagster_ingest.land.snowflake.sessions import connect
from dagster_ingest.land.snowflake.tagging import query_tag
from dagster_ingest.spec.warehouse import SnowflakeWarehouse

PLATFORM = "platform"
"""Whose secrets and tags these are. No tenant is called so."""
_NOT_DONE = "the statement did not run; those before it stand"


@contextmanager
def administrator(
    target: SnowflakeWarehouse, secrets: Callable[[str], str], role: str | None = None
) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """Runs one statement, tagged with the context's tags; gives rows by lower-case names of columns.

    role: left out, it is that of the connection. Raises AccessDenied, Unavailable, LandError.
    """
    asked = target.model_copy(update={"role": role})

    def arguments(tag: str) -> dict[str, Any]:
        found = options(asked, PLATFORM, secrets, tag)
        for name in ("database", "warehouse"):
            if "{TENANT}" in (getattr(target, name) or ""):  # it would be one tenant's
                found.pop(name, None)
        return found

    under = {**target.tags, "tenant": PLATFORM, "layer": "platform"}
    session = connect(arguments, "Snowflake", query_tag(under))

    def run(statement: str) -> list[dict[str, Any]]:
        session.tag(under)
        return session.named(statement, _NOT_DONE)

    try:
        yield run
    finally:
        session.close()
