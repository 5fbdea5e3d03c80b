"""Every error the platform raises on purpose.

A message has four parts: where it happened, what is wrong (with the value), what was *not* done
because of it, and how to mend it. The class states the consequence, so that retry policy is a
type check. Values of secrets are masked in all of it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from dagster_ingest.redact import redact

LONGEST_SOURCE = 400  # characters of an answer that are passed on


class IngestError(Exception):
    """Base of all errors. `str(error)` is the whole message, one part a line.

    source  what the other side said of itself: `host`, `request id`, `page`, `answer` (an excerpt)
    """

    def __init__(
        self,
        problem: str,
        *,
        where: str | None = None,
        not_done: str | None = None,
        fix: str | None = None,
        source: Mapping[str, object] | None = None,
    ) -> None:
        self.problem = redact(problem)
        self.where = redact(where) if where else where
        self.not_done = redact(not_done) if not_done else not_done
        self.fix = redact(fix) if fix else fix
        told = (source or {}).items()
        self.source = {k: redact(str(v))[:LONGEST_SOURCE] for k, v in told if v not in (None, "")}
        super().__init__(self.problem)

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.problem}" if self.where else self.problem]
        if self.source:
            lines.append("  source: " + ", ".join(f"{k} {v}" for k, v in self.source.items()))
        if self.not_done:
            lines.append(f"  not done: {self.not_done}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return redact("\n".join(lines))

    def __reduce__(self):  # keyword arguments do not survive the default pickling of exceptions
        return (_rebuild, (type(self), self.problem, self.where, self.not_done, self.fix, self.source))


def _rebuild(kind: type[IngestError], problem: str, where, not_done, fix, source) -> IngestError:
    return kind(problem, where=where, not_done=not_done, fix=fix, source=source)


class SpecError(IngestError):
    """A tenant spec, contract or setting is wrong. Nothing of that tenant runs until it is mended."""


class DataError(IngestError):
    """What the source delivered cannot be used. Blocks the partition; a retry gives the same."""

    def __init__(self, problem: str, *, rule: str = "file|readable", **parts: Any) -> None:
        self.rule = rule
        super().__init__(problem, **parts)

    def __reduce__(self):
        parts = {"where": self.where, "not_done": self.not_done, "fix": self.fix, "source": self.source}
        return (_rebuild_data, (type(self), self.problem, self.rule, parts))


def _rebuild_data(kind: type[DataError], problem: str, rule: str, parts: dict[str, Any]) -> DataError:
    return kind(problem, rule=rule, **parts)


class NothingDelivered(DataError):
    """The source has nothing for this table and state yet. Blocks the partition."""


class Unavailable(IngestError):
    """A source, store or lock could not be reached in time. A retry may succeed.

    tried        attempts that were made before it was raised
    retry_after  seconds that the other side wants to be left alone; None: it did not say
    """

    tried: int = 1
    retry_after: float | None = None


class AccessDenied(IngestError):
    """A source does not let us in, or not any more. A retry gives the same until a person acts."""


class LandError(IngestError):
    """The warehouse refused or lost a candidate. The last good partition stands."""


class TransformError(IngestError):
    """A dbt model or test failed. What it would have replaced stands."""


class PublishError(IngestError):
    """A reader could not publish. The store still shows the last good publication."""


def guess(value: object, allowed: Iterable[str]) -> str | None:
    """The closest allowed name to `value`, or None if nothing is near."""
    close = difflib.get_close_matches(str(value), list(allowed), n=1, cutoff=0.6)
    return close[0] if close else None


def among(value: object, allowed: Iterable[str], lead: str = "use one of", *, most: int | None = None) -> str:
    """The fix for a name that is none: what is allowed, `most` of it, and what was likely meant."""
    names = list(allowed)
    near = guess(value, names)
    listed = ", ".join(names[:most]) or "none"
    return f"{lead} {listed}" + (f"; did you mean {near!r}?" if near else "")
