"""How rows of a new tenant belong to states: guessed from the values of the sample's columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_ingest.evolution.secrecy import words
from dagster_ingest.naming import US_STATES
from dagster_ingest.scaffold.seen import TableSeen

_TOKEN = re.compile(r"[A-Za-z]+")
# The time zone in which most people of a state live.
_ZONES = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}


@dataclass(frozen=True, slots=True)
class StateColumn:
    """A column that says to which state a row belongs. `values`: value to state, every one that was seen."""

    heading: str
    values: dict[str, str]

    @property
    def states(self) -> list[str]:
        return sorted(set(self.values.values()))

    def binding(self) -> dict[str, Any]:
        """As the tenant file says it; a value that is the state's two letters needs no mapping."""
        plain = all(value.upper() == state for value, state in self.values.items())
        return {
            "by": "column",
            "column": self.heading,
            **({} if plain else {"values": dict(sorted(self.values.items()))}),
        }


def state_columns(tables: Sequence[TableSeen], states: Collection[str] = ()) -> list[StateColumn]:
    """Columns that all tables have and whose every value leads to one state; the likeliest first.

    states  those the tenant has; left out: any state counts
    """
    looked = [table for table in tables if table.origin]
    found = []
    for heading in looked[0].values if looked else ():
        if all(heading in table.values for table in looked):
            seen = {value for table in looked for value in table.values[heading]}
            led = {value: state_of(value, states or US_STATES) for value in seen}
            if led and all(led.values()):
                found.append(StateColumn(heading, {v: s for v, s in led.items() if s}))
    return sorted(found, key=_rank)


def state_of(value: str, allowed: Collection[str]) -> str | None:
    """The one state that a cell names: `IA`, `PRAIRIE-IA`, `ia`; None for none or several."""
    text = value.strip()
    if text.upper() in allowed:
        return text.upper()
    named = {token for token in _TOKEN.findall(text) if token in allowed}
    return named.pop() if len(named) == 1 and text == text.upper() else None


def _rank(column: StateColumn) -> tuple[int, int]:
    """The keeper of a record before the state of an address, and more states before fewer."""
    said = words(column.heading)
    return (0 if "owner" in said else 1 if "state" in said else 2), -len(column.states)


def zone_of(states: Sequence[str]) -> str | None:
    """The time zone of the first state, None for none."""
    return next((zone for zone, held in _ZONES.items() if states and states[0] in held.split()), None)
