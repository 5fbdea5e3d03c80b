"""Whether a file is whole: what is still being written, or not yet released by its sender, is no drop."""

from __future__ import annotations

import fnmatch
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

PARTIAL = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".uploading")
_SKEW = 2.0  # seconds by which a marker may seem older than its file
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Seen(Protocol):
    """modified: seconds since 1970, None where that cannot be told."""

    @property
    def name(self) -> str: ...

    @property
    def modified(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Readiness:
    """min_age: seconds since the last change. marker: file that releases another, `*` being its name."""

    min_age: float = 0.0
    marker: str | None = None

    @property
    def looks_closer(self) -> bool:
        """More than the name has to be known."""
        return bool(self.min_age or self.marker)

    def why_not(self, file: Seen, beside: Mapping[str, Seen]) -> str | None:
        """Why a file is no drop yet, in words; None if it is one. beside: its folder by lower-case name."""
        name = file.name.lower()
        if name.endswith(PARTIAL):
            return "still being written, by its name"
        if self.marker is not None and fnmatch.fnmatch(name, self.marker.lower()):
            return "a marker"
        if self.min_age and file.modified is not None and (age := time.time() - file.modified) < self.min_age:
            return f"changed {max(0, round(age))} s ago; min_age is {self.min_age:.0f} s"
        if self.marker is not None and not self._released(file, beside):
            return f"not released by a marker {self.marker}"
        return None

    def _released(self, file: Seen, beside: Mapping[str, Seen]) -> bool:
        marker, name = (self.marker or "").lower(), file.name.lower()
        plain = re.sub(r"\.gz$", "", name)
        stems = {name, plain, plain.rpartition(".")[0] or plain}
        found = (beside.get(marker.replace("*", stem)) for stem in stems)
        return any(mark is not None and _not_older(mark, file) for mark in found)


def _not_older(mark: Seen, file: Seen) -> bool:
    """A marker older than its file is that of the file before it."""
    if mark.modified is None or file.modified is None:
        return True
    return mark.modified >= file.modified - _SKEW


def seconds(duration: str) -> float:
    """`90s`, `2m`, `1h`, `1d`."""
    return float(int(duration[:-1]) * _UNITS[duration[-1]])
