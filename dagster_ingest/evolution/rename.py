"""Columns that are gone and columns that came: which of them are the same column under a new name."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from dagster_ingest.spec.contract import Column, Contract

# Weights of what two columns share, and the sum from which a rename is offered. The type must agree.
_NAME, _PLACE, _RULES, _WORDS = 0.5, 0.25, 0.25, 0.3
_PLAIN = 0.4
_OFFERED = 0.55
# Names are compared pair by pair; of more pairs than these, only those that share a place or their words.
_MANY = 2_000


@dataclass(frozen=True, slots=True)
class Rename:
    """declared: a contract says so by `was`; otherwise it is a guess, to be offered."""

    old: Column
    new: Column
    declared: bool


def renames(old: Contract, new: Contract) -> tuple[Rename, ...]:
    """Renames in the new contract's order; each column stands in one at most."""
    before = {c.field.lower(): c for c in old.columns}
    after = {c.field.lower(): c for c in new.columns}
    gone = [c for name, c in before.items() if name not in after]
    came = [c for name, c in after.items() if name not in before]
    declared = _declared(gone, came)
    taken = {r.old.field for r in declared}
    # A column that says what it was is no guess's business, even if that name was gone long before.
    given = {r.new.field for r in declared}
    free = [c for c in came if c.was is None and c.field not in given]
    guessed = _guessed(old, new, [c for c in gone if c.field not in taken], free)
    order = {column.field: place for place, column in enumerate(new.columns)}
    return tuple(sorted((*declared, *guessed), key=lambda r: order[r.new.field]))


def _declared(gone: list[Column], came: list[Column]) -> list[Rename]:
    """By the new column's `was`, or by the old one's: then the rename is taken back."""
    named = {c.was.lower(): c for c in reversed(came) if c.was}
    back = {c.field.lower(): c for c in came if c.was is None}
    found: dict[str, Rename] = {}
    for column in gone:
        other = named.get(column.field.lower()) or back.get((column.was or "").lower())
        if other is not None:
            found.setdefault(other.field, Rename(column, other, True))
    return list(found.values())


def _guessed(old: Contract, new: Contract, gone: list[Column], came: list[Column]) -> list[Rename]:
    if not gone or not came:
        return []
    kept = {c.field.lower() for c in old.columns} & {c.field.lower() for c in new.columns}
    places = _neighbours(old, kept), _neighbours(new, kept)
    rules = _rules(old), _rules(new)
    few = len(gone) * len(came) <= _MANY
    scored = [
        (_likeness(a, b, places, rules), -i, -j, a, b)
        for i, a in enumerate(gone)
        for j, b in enumerate(came)
        if a.type == b.type and a.private <= b.private and (few or _near(a, b, places))
    ]
    found: list[Rename] = []
    used: set[str] = set()
    for score, _, _, a, b in sorted(scored, key=lambda s: s[:3], reverse=True):
        if score >= _OFFERED and not {f"-{a.field}", f"+{b.field}"} & used:
            used |= {f"-{a.field}", f"+{b.field}"}
            found.append(Rename(a, b, False))
    return found


def _near(a: Column, b: Column, places: tuple[dict, dict]) -> bool:
    return _shared_place(a, b, places) == 1 or bool(a.description and a.description == b.description)


def _shared_place(a: Column, b: Column, places: tuple[dict, dict]) -> float:
    """Share of the two neighbours that agree; where no column was kept, no place says anything."""
    before, after = places[0][a.field], places[1][b.field]
    if before == (None, None):
        return 0
    return sum(x == y for x, y in zip(before, after, strict=True)) / 2


def _likeness(a: Column, b: Column, places: tuple[dict, dict], rules: tuple[dict, dict]) -> float:
    score = _NAME * SequenceMatcher(None, a.field.lower(), b.field.lower(), autojunk=False).ratio()
    score += _PLACE * _shared_place(a, b, places)
    asked, asks = rules[0].get(a.field), rules[1].get(b.field)
    if asked == asks:
        score += _RULES * (1 if asked else _PLAIN)
    if a.description and a.description == b.description:
        score += _WORDS
    return score


def _neighbours(contract: Contract, kept: set[str]) -> dict[str, tuple[str | None, str | None]]:
    """The nearest kept columns before and after each column."""
    names = [c.field for c in contract.columns]
    before, after = _nearest(names, kept), _nearest(names[::-1], kept)
    return {name: (before[name], after[name]) for name in names}


def _nearest(names: list[str], kept: set[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    last = None
    for name in names:
        found[name] = last
        last = name.lower() if name.lower() in kept else last
    return found


def _rules(contract: Contract) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for rule in contract.rules:
        if len(rule.columns) == 1:
            asked = f"{rule.kind} {sorted(rule.params.items(), key=str)}"
            found.setdefault(rule.columns[0], set()).add(asked)
    return {name: frozenset(asked) for name, asked in found.items()}
