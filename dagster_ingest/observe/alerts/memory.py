"""What an alerts sensor remembers from tick to tick: bounded, in JSON, with the number of its format."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, field
from typing import Any

from dagster_ingest.observe.alerts.failures import Failing
from dagster_ingest.spec.alerts import Kind, Severity

FORMAT = 1
MOST = 400
"""Incidents of one tenant that are remembered."""
TITLE, WORDS, RECENT = 160, 200, 40


@dataclass(frozen=True, slots=True)
class Known:
    """An incident that is open, or whose end is not told everywhere yet.

    first  when it was first seen; gone: when it was first found over
    """

    kind: Kind
    severity: Severity
    state: str | None
    scope: str
    owners: tuple[str, ...]
    since: float
    cause: str
    title: str
    first: float
    gone: float | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """How far a channel knows of an incident.

    told   when it was last told of it; None: not yet
    cause  as it was told; times: how often
    owed   since when there is something to tell
    """

    told: float | None = None
    cause: str = ""
    times: int = 0
    owed: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """How a channel fares. sent: when, of the last hour. held: whether something had to wait."""

    sent: tuple[float, ...] = ()
    failures: int = 0
    again: float = 0.0
    failing: float | None = None
    error: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """newest: id of the newest event when the log was last looked at; decided: of the reviews' verdicts.

    looks    by state: when it is to be looked at again
    recent   ids of the messages last sent
    wake     nothing is to be done before, if nothing happens
    dropped  incidents that there was no room for
    """

    newest: int = 0
    decided: int = 0
    looks: dict[str, float] = field(default_factory=dict)
    wake: float = 0.0
    known: dict[str, Known] = field(default_factory=dict)
    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    failing: dict[str, Failing] = field(default_factory=dict)
    recent: tuple[str, ...] = ()
    dropped: int = 0

    @classmethod
    def of(cls, text: str | None) -> Memory | None:
        """None where there is no memory, or it is of another format: then the event log is asked."""
        try:
            found = json.loads(text or "")
            if found["v"] != FORMAT:
                return None
            return cls(
                newest=int(found["newest"]),
                decided=int(found["decided"]),
                looks={name: float(at) for name, at in found["looks"].items()},
                wake=float(found["wake"]),
                known={key: _known(values) for key, values in found["known"].items()},
                entries={
                    name: {key: Entry(*values) for key, values in entries.items()}
                    for name, entries in found["entries"].items()
                },
                lines={name: Line(tuple(sent), *rest) for name, (sent, *rest) in found["lines"].items()},
                failing={key: Failing(*values) for key, values in found["failing"].items()},
                recent=tuple(found["recent"]),
                dropped=int(found["dropped"]),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def text(self) -> str:
        made: dict[str, Any] = {
            "v": FORMAT,
            "newest": self.newest,
            "decided": self.decided,
            "looks": self.looks,
            "wake": self.wake,
            "known": {key: astuple(found) for key, found in sorted(self.known.items())},
            "entries": {
                name: {key: astuple(entry) for key, entry in sorted(entries.items())}
                for name, entries in sorted(self.entries.items())
            },
            "lines": {name: astuple(line) for name, line in sorted(self.lines.items())},
            "failing": {key: astuple(found) for key, found in sorted(self.failing.items())},
            "recent": self.recent,
            "dropped": self.dropped,
        }
        return json.dumps(made, separators=(",", ":"), ensure_ascii=False)


def _known(values: list[Any]) -> Known:
    kind, severity, state, scope, owners, *rest = values
    return Known(kind, severity, state, scope, tuple(owners), *rest)
