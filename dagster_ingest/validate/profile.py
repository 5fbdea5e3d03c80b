"""What one load looked like, column by column: counts, no rows. Values only, JSON and back.

A cell counts as the rules see it: blank texts and the contract's null texts are null. Values are kept
for one thing alone, texts outside an enum, and never of a column that the contract calls private.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column of one load.

    nulls      rows without a value
    distinct   different values; exact below `profiler.SKETCH`, else estimated to about 6%
    longest    bytes of the longest value in UTF-8, blanks around it included where no rule strips them
    unparsed   cells that are not of the contract's type; 0 for texts
    outside    values beyond the contract's enum with their rows, the most frequent first
    beyond     rows with a value beyond the enum, those counted whose value is not listed
    """

    nulls: int = 0
    distinct: int = 0
    longest: int = 0
    unparsed: int = 0
    outside: Mapping[str, int] = field(default_factory=dict, hash=False)
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """One load. `rows` were looked at; not all of the delivery where `whole` is false.

    added    raw name to heading of columns beyond the contract
    missing  raw names of the contract's columns that the delivery lacks
    columns  raw name to what was seen, missing columns left out
    partial  the delivery was a delta: its size says nothing of the table's
    """

    rows: int
    columns: Mapping[str, ColumnProfile]
    added: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    whole: bool = True
    partial: bool = False

    def to_json(self) -> str:
        columns = {name: _packed(column) for name, column in self.columns.items()}
        parts: dict[str, Any] = {"format": FORMAT, "rows": self.rows, "columns": columns}
        parts |= {"added": dict(self.added)} if self.added else {}
        parts |= {"missing": list(self.missing)} if self.missing else {}
        parts |= {"whole": False} if not self.whole else {}
        parts |= {"partial": True} if self.partial else {}
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Profile | None:
        """None for a profile that another version of the software wrote."""
        parts = json.loads(text)
        if parts.get("format") != FORMAT:
            return None
        return cls(
            rows=parts["rows"],
            columns={name: _unpacked(column) for name, column in parts["columns"].items()},
            added=parts.get("added", {}),
            missing=tuple(parts.get("missing", ())),
            whole=parts.get("whole", True),
            partial=parts.get("partial", False),
        )


def _packed(column: ColumnProfile) -> list[Any]:
    """Nulls, distinct, longest, and an object with what else there is: twenty columns are 500 bytes."""
    plain = [column.nulls, column.distinct, column.longest]
    parts = {"unparsed": column.unparsed, "outside": dict(column.outside), "beyond": column.beyond}
    more = {name: part for name, part in parts.items() if part}
    return [*plain, more] if more else plain


def _unpacked(packed: list[Any]) -> ColumnProfile:
    nulls, distinct, longest, *more = packed
    return ColumnProfile(nulls, distinct, longest, **(more[0] if more else {}))
