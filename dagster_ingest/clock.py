"""What time it is, in UTC, in the two shapes that are stored."""

from __future__ import annotations

from datetime import UTC, datetime


def utc() -> datetime:
    """Without a zone, as timestamps in tables are."""
    return datetime.now(UTC).replace(tzinfo=None)


def utc_text() -> str:
    """ISO text with the zone: it sorts as time does."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
