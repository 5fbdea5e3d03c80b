"""What time it is, in UTC, in the two shapes that are stored; and time as a client of HTTP sees it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc() -> datetime:
    """Without a zone, as timestamps in tables are."""
    return datetime.now(UTC).replace(tzinfo=None)


def utc_text() -> str:
    """ISO text with the zone: it sorts as time does."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Timing:
    """Time and chance of a client; a test hands in its own.

    now: seconds of the epoch. passed: seconds of a clock that never goes back. chance: 0 to 1.
    """

    now: Callable[[], float] = time.time
    passed: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
