"""Which old id leads where: what a tenant says of its records, and what was found moved. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lead:
    """Where an old id leads. declared: the tenant says so, and may take it back."""

    to: str
    declared: bool = False


def leads(
    standing: Mapping[str, Lead],
    moved: Mapping[str, str],
    declared: Mapping[str, str],
    shown: Collection[str],
) -> dict[str, Lead]:
    """Every redirect that a tenant is to have, by old id.

    standing  what there is; moved: old id to new, found just now; declared: the same, as the tenant says
    shown     ids of all the tenant's published records

    Each leads to a record that is published, past ids that are old themselves. An id that is shown leads
    nowhere, and nothing leads to what is withheld or gone. The tenant's word goes before what was found.
    """
    found = {old: lead.to for old, lead in standing.items() if not lead.declared}
    steps = {**found, **moved, **declared}
    made = {}
    for old in steps:
        if old not in shown and (end := _end(old, steps, shown)) is not None:
            made[old] = Lead(end, old in declared)
    return made


def _end(old: str, steps: Mapping[str, str], shown: Collection[str]) -> str | None:
    """The first published id on the way; None where there is none."""
    seen, at = {old}, steps[old]
    while at not in shown:
        if at in seen or at not in steps:
            return None
        seen.add(at)
        at = steps[at]
    return at
