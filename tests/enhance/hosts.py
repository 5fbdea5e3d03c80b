"""A clock that stands, and what hosts do wrong for a while."""

from dataclasses import dataclass, field

from dagster_ingest.clock import Timing
from dagster_ingest.testing.http import faults
from dagster_ingest.testing.http.server import Answer, Fault

DAY = 86_400.0


@dataclass
class Clock:
    at: float = 1_790_000_000.0
    slept: list[float] = field(default_factory=list)

    @property
    def timing(self) -> Timing:
        return Timing(now=lambda: self.at, passed=lambda: self.at, sleep=self.sleep, chance=lambda: 0.5)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


# Of any service: another request may be answered.
PASSING: dict[str, Fault] = {
    "429": faults.too_many("1"),
    "500": faults.status(500),
    "503": faults.status(503, retry_after="2"),
    "reset": faults.reset,
    "cut": faults.cut,
    "truncated": faults.truncated,
    "html": lambda asked, handler: Answer(200, b"<html>maintenance</html>"),
    "deep": lambda asked, handler: Answer(200, b"[" * 200_000),
    "empty": lambda asked, handler: Answer(200, b""),
}
