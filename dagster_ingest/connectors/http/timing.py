"""Time and chance, as the connector sees them; a test hands in its own."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """now: seconds of the epoch. passed: seconds of a clock that never goes back. chance: 0 to 1."""

    now: Callable[[], float] = time.time
    passed: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


def seconds(duration: str) -> int:
    """`90s`, `15m`, `6h` or `1d` in seconds."""
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[duration[-1]]
