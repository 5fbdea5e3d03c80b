"""What killed publishes left: candidates and staged files that no entry names and that are old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dagster_ingest.land.snowflake import registry
from dagster_ingest.land.snowflake import statements as sql
from dagster_ingest.land.snowflake.names import Names, older_than
from dagster_ingest.land.snowflake.publish import drop
from dagster_ingest.land.snowflake.sessions import Session


def recover(session: Session, names: Names, grace: timedelta) -> list[str]:
    """Drop what is older than `grace`, which is longer than any publish takes. Names what was dropped.

    A candidate that a living publish has not swapped in yet is named nowhere; its age keeps it.
    """
    now = datetime.now(UTC)
    candidates = {name for (name,) in session.rows(sql.list_candidates(names), "nothing was removed")}
    candidates |= {_folder(row[0]) for row in session.rows(sql.list_stage(names), "nothing was removed")}
    old = {name for name in candidates if older_than(name, grace, now)}
    if not old:
        return []
    dead = sorted(old - registry.relations(session, names))
    for candidate in dead:
        drop(session, names, candidate)
    return dead


def _folder(staged: str) -> str:
    """`stage/CANDIDATE/file` to the candidate."""
    parts = staged.split("/")
    return parts[-2].upper() if len(parts) > 1 else ""
