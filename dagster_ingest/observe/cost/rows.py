"""Rows of cost, and their sums. Pure.

A row is what one asset's partition took on one day. What no tag claims is a row without a tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

PLACE = ("day", "tenant", "state", "layer", "table", "owner")
FLOWS = (
    "steps",
    "statements",
    "credits",
    "execution_seconds",
    "cpu_seconds",
    "seconds",
    "bytes_scanned",
    "bytes_read",
    "bytes_written",
    "calls",
    "characters",
    "money",
)
# Of these a warehouse outside tells itself.
OUTSIDE = ("statements", "credits", "execution_seconds", "bytes_scanned", "bytes_written")
LEVEL = "bytes_stored"
MEASURES = (*FLOWS, LEVEL)
BY = ("asset", "tenant", "state", "owner", "day")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """day: ISO date in UTC. Times in seconds, sizes in bytes, credits as Snowflake attributes them.

    steps       steps of this platform that are on record
    statements  in the warehouse
    calls, characters, money  what went to geocoders and translators; money in the budgets' currency
    """

    day: str
    tenant: str = ""
    state: str = ""
    layer: str = ""
    table: str = ""
    owner: str = ""
    steps: int = 0
    statements: int = 0
    credits: float = 0.0
    execution_seconds: float = 0.0
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    bytes_scanned: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    calls: int = 0
    characters: int = 0
    money: float = 0.0
    bytes_stored: int = 0

    @property
    def asset(self) -> str:
        return "/".join(part for part in (self.tenant, self.layer, self.table) if part)

    def measures(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in MEASURES}


TYPES: Mapping[str, type] = {
    f.name: {"str": str, "int": int, "float": float}[str(f.type)] for f in fields(CostRow)
}


def joined(*parts: Iterable[CostRow]) -> list[CostRow]:
    """One row for each place: what is said of it in several is added up; of levels the highest counts."""
    found: dict[tuple[str, ...], CostRow] = {}
    for row in (row for part in parts for row in part):
        place = tuple(getattr(row, name) for name in PLACE)
        before = found.get(place)
        found[place] = row if before is None else _sum(before, row)
    return [found[place] for place in sorted(found)]


def owned(rows: Iterable[CostRow], owners: Mapping[str, str]) -> list[CostRow]:
    """With the owner of each tenant, "" for what is no tenant's."""
    return [replace(row, owner=owners.get(row.tenant, "")) for row in rows]


def grouped(rows: Iterable[CostRow], by: Sequence[str]) -> dict[tuple[str, ...], dict[str, float]]:
    """Sums by some of BY. Of what is stored, the most of any day."""
    sums: dict[tuple[str, ...], dict[str, float]] = {}
    levels: dict[tuple[str, ...], dict[str, float]] = {}
    for row in rows:
        key = tuple(str(getattr(row, name)) for name in by)
        total = sums.setdefault(key, dict.fromkeys(MEASURES, 0))
        for name in FLOWS:
            total[name] += getattr(row, name)
        level = levels.setdefault(key, {})
        level[row.day] = level.get(row.day, 0) + row.bytes_stored
    for key, level in levels.items():
        sums[key][LEVEL] = max(level.values())
    return sums


def _sum(one: CostRow, other: CostRow) -> CostRow:
    added: dict[str, Any] = {name: getattr(one, name) + getattr(other, name) for name in FLOWS}
    return replace(one, **added, bytes_stored=max(one.bytes_stored, other.bytes_stored))
