"""How a candidate differs from the partition that it would replace. Values only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """One cell of one row. `key` is the row's key as text; a private value reads `***`."""

    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """In how many kept keys the text of a column differs."""

    column: str
    changed: int
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Counts are keys; of a table without a key they are rows, and `changed` is unknown.

    before, after      keys of the partition, of the candidate
    columns            reviewed columns (all, where none is named) that changed, most changes first
    added_keys, removed_keys   some of them
    new_columns, gone_columns  columns that only one of the two has
    """

    before: int
    after: int
    added: int
    removed: int
    changed: int | None
    columns: tuple[ColumnChange, ...] = ()
    added_keys: tuple[str, ...] = ()
    removed_keys: tuple[str, ...] = ()
    new_columns: tuple[str, ...] = ()
    gone_columns: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        return self.before - self.removed

    def share(self, count: int) -> float:
        """Of the present partition's keys; anything is more than all of nothing."""
        return count / self.before if self.before else (float("inf") if count else 0.0)

    def as_json(self) -> dict[str, Any]:
        """As it reads once it was stored: lists, no tuples."""
        return json.loads(json.dumps(asdict(self)))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Difference:
        columns = tuple(
            ColumnChange(c["column"], c["changed"], tuple(Sample(**s) for s in c["samples"]))
            for c in value["columns"]
        )
        lists = {name: tuple(v) for name, v in value.items() if isinstance(v, list | tuple)}
        return cls(**{**value, **lists, "columns": columns})

    def words(self) -> str:
        """`12 added, 3 removed (1.5%), 40 changed (20.0%) of 200`."""
        parts = [f"{self.added} added", f"{self.removed} removed", f"{self.changed or 0} changed"]
        counts = (self.added, self.removed, self.changed or 0)
        shown = [
            f"{part} ({self.share(count):.1%})" if count and self.before else part
            for part, count in zip(parts, counts, strict=True)
        ]
        return f"{', '.join(shown[: 2 if self.changed is None else 3])} of {self.before}"


def around(before: str | None, after: str | None, width: int) -> tuple[str, str]:
    """The two texts, cut to about `width` signs around the place where they first differ."""
    if before is None or after is None:
        return tuple("(null)" if t is None else _cut(t, 0, width) for t in (before, after))  # type: ignore[return-value]
    same = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    at = min(len(before), len(after)) if same is None else same
    start = max(0, at - width // 3) if max(len(before), len(after)) > width else 0
    return _cut(before, start, width), _cut(after, start, width)


def _cut(text: str, start: int, width: int) -> str:
    end = start + width
    return ("..." if start else "") + text[start:end] + ("..." if end < len(text) else "")
