"""Every error the platform raises on purpose.

A message has four parts: where it happened, what is wrong (with the value), what was *not* done
because of it, and how to mend it. The class states the consequence, so that retry policy is a
type check.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class IngestError(Exception):
    """Base of all errors. `str(error)` is the whole message, one part a line."""

    def __init__(
        self,
        problem: str,
        *,
        where: str | None = None,
        not_done: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.problem = problem
        self.where = where
        self.not_done = not_done
        self.fix = fix
        super().__init__(problem)

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.problem}" if self.where else self.problem]
        if self.not_done:
            lines.append(f"  not done: {self.not_done}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)

    def __reduce__(self):  # keyword arguments do not survive the default pickling of exceptions
        return (_rebuild, (type(self), self.problem, self.where, self.not_done, self.fix))


def _rebuild(kind: type[IngestError], problem: str, where, not_done, fix) -> IngestError:
    return kind(problem, where=where, not_done=not_done, fix=fix)


class SpecError(IngestError):
    """A tenant spec, contract or setting is wrong. Nothing of that tenant runs until it is mended."""


class DataError(IngestError):
    """What the source delivered cannot be used. Blocks the partition; a retry gives the same."""

    def __init__(self, problem: str, *, rule: str = "file|readable", **parts: str | None) -> None:
        self.rule = rule
        super().__init__(problem, **parts)

    def __reduce__(self):
        return (_rebuild_data, (self.problem, self.rule, self.where, self.not_done, self.fix))


def _rebuild_data(problem: str, rule: str, where, not_done, fix) -> DataError:
    return DataError(problem, rule=rule, where=where, not_done=not_done, fix=fix)


class NothingDelivered(DataError):
    """The source has nothing for this table and state yet. Blocks the partition."""


class Unavailable(IngestError):
    """A source, store or lock could not be reached in time. A retry may succeed."""


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
