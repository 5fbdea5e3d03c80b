"""What a sensor remembers from look to look, as the text of its cursor. Values only; times are seconds of the
epoch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """One state.

    told        value of the sign that is loaded, or that need not be
    seen        another value, for which no load was asked yet; "" for none
    since       when it was first seen
    asked       run key of a load whose end is not known; "" for none
    at          when it was asked for
    then        what is told once it has loaded
    asks        loads that were asked for, of all times
    tries       loads in a row that failed
    later       no load is asked for before
    bases       table to the base that its source is asked from
    then_bases  what they are once it has loaded
    """

    told: str = ""
    seen: str = ""
    since: float = 0.0
    asked: str = ""
    at: float = 0.0
    then: str = ""
    asks: int = 0
    tries: int = 0
    later: float = 0.0
    bases: dict[str, str] = field(default_factory=dict)
    then_bases: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of a source, that of a state or that of them all.

    failures  looks in a row that failed
    later     not looked at before
    over      whether nobody looks any more
    why       what the last failure was
    at        when the last look was
    """

    failures: int = 0
    later: float = 0.0
    over: bool = False
    why: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Queue:
    """Of messages and calls.

    of     what the numbers are of, such as the moment a stream was made
    after  number of the last call that was taken
    taken  numbers of the messages that were taken, the newest of them
    acks   what the broker is told once this is written down
    """

    of: str = ""
    after: int = 0
    taken: tuple[int, ...] = ()
    acks: tuple[str, ...] = ()


@dataclass
class Memory:
    """born: when it began, which keeps run keys apart where it was lost. sound: what was last reported of the
    sensor, None for nothing yet. enabled: number of the last request to look again that was heeded."""

    born: int = 0
    sound: bool | None = None
    enabled: int = 0
    feeds: dict[str, Feed] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    queue: Queue = field(default_factory=Queue)

    @classmethod
    def of(cls, cursor: str | None, now: float) -> Memory:
        """Of a cursor. One of another format, or that cannot be read, is as none: everything is looked at
        anew, and what is on record is not loaded again."""
        try:
            said: dict[str, Any] = json.loads(cursor or "{}")
            if said["v"] != VERSION:
                raise ValueError
            queue = said["queue"]
            return cls(
                int(said["born"]),
                said["sound"],
                int(said["enabled"]),
                {name: Feed(**found) for name, found in said["feeds"].items()},
                {state: Mark(**found) for state, found in said["marks"].items()},
                Queue(queue["of"], queue["after"], tuple(queue["taken"]), tuple(queue["acks"])),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls(born=int(now))

    def cursor(self) -> str:
        return json.dumps(
            {
                "v": VERSION,
                "born": self.born,
                "sound": self.sound,
                "enabled": self.enabled,
                "feeds": {name: _lean(feed, Feed()) for name, feed in sorted(self.feeds.items())},
                "marks": {state: _lean(mark, Mark()) for state, mark in sorted(self.marks.items())},
                "queue": asdict(self.queue),
            },
            separators=(",", ":"),
        )


def _lean(value: Any, usual: Any) -> dict[str, Any]:
    """Fields that say something."""
    plain = asdict(usual)
    return {name: found for name, found in asdict(value).items() if found != plain[name]}
