"""When a reader follows what was loaded. Values and pure functions: what a sensor remembers, and its clock.

An update is *open* from the moment it is seen until the reader shows it. Until the reader is first asked
for, updates that follow one another are waited for; after that only the reader's own failures are.
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, field, replace

RECHECK = 300.0  # seconds after which a state that may not be published is looked at again
_FIRST_RETRY, _LONGEST_RETRY = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Mark:
    """What is remembered of one reader and state. Times are seconds of the epoch.

    newest  storage id of the newest update that was seen; 0: none
    at      when that was
    facing  digest of what the tenant asks of the reader
    since   when the oldest update came for which no run was asked yet; None: there is none
    open    whether something may not be shown
    later   not looked at again before
    """

    newest: int = 0
    at: float = 0.0
    facing: str = ""
    since: float | None = None
    open: bool = False
    later: float = 0.0

    def moved(self, newest: int, at: float, facing: str) -> Mark:
        """After an update, or another wish of the tenant's. newest 0: there was no update yet."""
        if not newest:
            return Mark(facing=facing)
        since = at if self.since is None else min(self.since, at)
        return Mark(newest, at, facing, since, open=True)

    def asked(self, now: float) -> Mark:
        return replace(self, since=None, later=now + _FIRST_RETRY)

    def shown(self) -> Mark:
        return replace(self, since=None, open=False, later=0.0)

    def until(self, later: float) -> Mark:
        return replace(self, later=later)

    def ripe(self, now: float, *, busy: bool, coalesce: float, at_latest: float) -> bool:
        """Whether to look at the state: it is settled, or was kept waiting for long enough.

        busy  whether a writer of the state is at work
        """
        if not self.open or now < self.later:
            return False
        if self.since is None or now - self.since >= at_latest:
            return True
        return not busy and now - self.at >= coalesce


def retry_at(attempts: int, ended: float) -> float:
    """When to try again after so many attempts, the last of which ended then."""
    return ended + min(_FIRST_RETRY * 2 ** (attempts - 1), _LONGEST_RETRY)


@dataclass
class Memory:
    """What a sensor remembers from tick to tick. newest: storage id; marks: by `state/reader`."""

    newest: int = 0
    marks: dict[str, Mark] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: str | None) -> Memory:
        """Of a cursor. One that cannot be read is as none: everything is looked at again."""
        try:
            found = json.loads(cursor or "{}")
            return cls(found["newest"], {name: Mark(*values) for name, values in found["marks"].items()})
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def cursor(self) -> str:
        marks = {name: astuple(mark) for name, mark in sorted(self.marks.items())}
        return json.dumps({"newest": self.newest, "marks": marks}, separators=(",", ":"))
