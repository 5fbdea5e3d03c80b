"""Signed calls. Pure: the clock is handed in.

A sender takes the time in seconds of the epoch, and signs time, tenant, source and body with the key that
both have: `sha256=` and HMAC-SHA256 of `<time>.<tenant>/<source>.<body>` in hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass, field

TIME, SIGNATURE = "x-ingest-time", "x-ingest-signature"
TOLERANCE = 300.0  # seconds by which the clocks of sender and receiver may differ
_KNOWN = 100_000


def signature(key: str, time: str, place: str, body: bytes) -> str:
    """place: `<tenant>/<source>`."""
    said = f"{time}.{place}.".encode() + body
    return "sha256=" + hmac.new(key.encode(), said, hashlib.sha256).hexdigest()


def refused(key: str, time: str | None, given: str | None, place: str, body: bytes, now: float) -> str | None:
    """Why a call is not believed, None if it is. Takes as long for any signature."""
    if not time or not given:
        return f"the headers {TIME} and {SIGNATURE} are needed"
    expected = signature(key, time, place, body)
    right = hmac.compare_digest(expected.encode(), given.strip().encode("utf-8", "replace"))
    if not right:
        return "the signature is wrong"
    if not (time.isascii() and time.isdigit() and len(time) < 12) or abs(now - int(time)) > TOLERANCE:
        return f"the time is more than {TOLERANCE:.0f} s from now"
    return None


def call_id(given: str) -> str:
    """Names a call: two of one second and one body are the same."""
    return hashlib.sha256(given.strip().encode()).hexdigest()[:32]


@dataclass
class Known:
    """Calls that were taken and are still within the tolerance, each with its time."""

    calls: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def add(self, call: str, now: float) -> bool:
        """Whether it is new. A call stays twice the tolerance, as its time may lie ahead."""
        while self.calls and (
            len(self.calls) > _KNOWN or next(iter(self.calls.values())) < now - 3 * TOLERANCE
        ):
            self.calls.popitem(last=False)
        if call in self.calls:
            return False
        self.calls[call] = now
        return True

    def drop(self, call: str) -> None:
        """It was not taken after all."""
        self.calls.pop(call, None)


@dataclass
class Bucket:
    """At most `per_minute` in a minute, in the long run and at once."""

    per_minute: int
    level: float = 0.0
    at: float = 0.0

    def full(self, now: float) -> bool:
        """Whether there is no room for one more."""
        self._leak(now)
        return self.level + 1 > self.per_minute

    def pour(self, now: float) -> None:
        self._leak(now)
        self.level += 1

    def _leak(self, now: float) -> None:
        passed = max(0.0, now - self.at)  # a clock that was set back lets nothing out
        self.level = max(0.0, self.level - passed * self.per_minute / 60)
        self.at = now
