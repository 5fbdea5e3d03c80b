"""What a sample delivery showed of a table, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FEW = 40  # different values of a column that are kept


@dataclass(frozen=True, slots=True)
class TableSeen:
    """One table of a source.

    origin    where its rows came from, "" if nothing was found
    columns   headings in the source's order; `known`: how many of them the contract has
    lacking   headings of the contract that have to be there and are not
    values    headings of columns that are always filled and hold at most FEW values, with these
    settings  what reads it, beyond what the source and the system say
    note      why it could not be looked at, or what is odd
    draft     text of a contract drafted from the sample, for a table that the system does not declare
    """

    table: str
    origin: str = ""
    columns: tuple[str, ...] = ()
    rows: int = 0
    known: int | None = None
    lacking: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    draft: str | None = None

    @property
    def words(self) -> str:
        """For a person: what was found."""
        if not self.origin:
            return self.note or "not looked at"
        parts = [f"{self.origin}: {self.rows:,} rows, {len(self.columns)} columns"]
        if self.draft is not None:
            parts.append("a contract was drafted from it")
        elif self.known is not None:
            more = len(self.columns) - self.known
            parts.append("all in the contract" if not more else f"{more} not in the contract (they land too)")
        if self.lacking:
            parts.append(f"MISSING {', '.join(self.lacking)}")
        return ", ".join([*parts, *filter(None, [self.note])])
