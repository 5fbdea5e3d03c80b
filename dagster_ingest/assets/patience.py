"""Trying again what could not be reached, within a step. The class of an error decides, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from dagster_ingest.clock import Timing
from dagster_ingest.errors import Unavailable

FIRST, LONGEST, IN_ALL = 5.0, 60.0, 120.0  # seconds; a step holds its run's place in all limits meanwhile

T = TypeVar("T")


@dataclass
class Patience:
    """Attempts of one step. Its calls share what is left of the time: a host that is down for one table is
    down for the next as well.

    retries  of one call
    left     seconds that may still be waited
    """

    retries: int
    left: float = IN_ALL
    timing: Timing = field(default_factory=lambda: Timing())

    def of(self, action: Callable[[], T], told: Callable[[str], None]) -> T:
        """What `action` gives. Unavailable is tried again, later each time, unless it was tried several
        times before it was raised; everything else is raised."""
        for retry in range(self.retries + 1):
            try:
                return action()
            except Unavailable as error:
                wait = self._wait(retry, error)
                if retry == self.retries or wait is None or error.tried > 1:
                    raise
                told(f"not reached, tried again in {wait:.0f} s: {error.problem}")
                self.left -= wait
                self.timing.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _wait(self, retry: int, error: Unavailable) -> float | None:
        """Seconds: twice as long each time, a half of it by chance, and not before the source wants it.
        None: that is too long for a step to wait."""
        wait = FIRST * 2**retry * (0.5 + self.timing.chance() / 2)
        wait = max(min(wait, LONGEST), error.retry_after or 0.0)
        return wait if wait <= min(self.left, LONGEST) else None
